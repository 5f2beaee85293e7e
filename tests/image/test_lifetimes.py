from __future__ import annotations

from datetime import date

import pytest

from imagematrix.image.lifetimes import NODE, SYSTEMS, node_end, system_end


@pytest.mark.parametrize(
    ("version", "end"),
    [
        ("8.9.4", date(2019, 12, 31)),
        ("v16.20.2", date(2023, 9, 11)),
        ("24.19.0", date(2028, 4, 30)),
        ("99.0.0", None),
        ("", None),
    ],
)
def test_a_node_ends_with_its_major_version(version: str, end: date | None) -> None:
    assert node_end(version) == end


@pytest.mark.parametrize(
    ("os_id", "version_id", "end"),
    [
        ("debian", "12", date(2028, 6, 30)),
        ("alpine", "3.23.6", date(2027, 11, 1)),
        ("alpine", "3.7", date(2019, 11, 1)),
        ("debian", "", None),  # testing and unstable have no VERSION_ID
        ("ubuntu", "24.04", None),
        ("alpine", "edge", None),
    ],
)
def test_a_system_ends_with_its_release(os_id: str, version_id: str, end: date | None) -> None:
    assert system_end(os_id, version_id) == end


def test_later_releases_end_later() -> None:
    even = [NODE[major] for major in sorted(NODE, key=int) if int(major) % 2 == 0]
    assert even == sorted(even)
    for system in ("debian", "alpine"):
        releases = sorted(
            (tuple(map(int, release.split("."))), end)
            for (name, release), end in SYSTEMS.items()
            if name == system
        )
        assert [end for _, end in releases] == sorted(end for _, end in releases)
