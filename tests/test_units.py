from __future__ import annotations

import pytest

from imagematrix.units import amount, duration, in_bytes, in_seconds, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (69_700_000, "69.7 MB"),
        (678_000_000, "678 MB"),
        (999_600_000, "1.00 GB"),
        (1_253_000_000, "1.25 GB"),
        (12_345_000_000_000_000, "12345 TB"),
    ],
)
def test_sizes_have_three_figures(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0004, "0 ms"),
        (0.1834, "183 ms"),
        (0.9996, "1.0 s"),
        (1.04, "1.0 s"),
        (59.96, "60.0 s"),
        (125.2, "2 min 5 s"),
        (179.7, "3 min 0 s"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_what_people_write_is_taken_exactly() -> None:
    assert in_bytes("60", "MB") == 60_000_000
    assert in_bytes("1.0000001", "kB") == 1000
    assert in_seconds("500", "ms") == 0.5
    assert in_seconds("0.1", "s") == 0.1
    with pytest.raises(KeyError):
        in_bytes("1", "Mb")
    with pytest.raises(KeyError):
        in_seconds("1", "min")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("60MB", ("60", "MB")),
        ("1.5 GB", ("1.5", "GB")),
        ("7", ("7", "")),
        ("", ("", "")),
        ("-1GB", ("", "")),
        ("1e9B", ("", "")),
        ("1.B", ("", "")),
        ("1 GB ", ("", "")),
    ],
)
def test_an_amount_is_a_number_and_its_unit(text: str, parts: tuple[str, str]) -> None:
    assert amount(text) == parts
