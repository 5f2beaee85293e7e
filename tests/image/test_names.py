from __future__ import annotations

import pytest

from imagematrix.image.names import visible


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/etc/häßlich-é", "/etc/häßlich-é"),
        (b"/b\xff\x80".decode("utf-8", "surrogateescape"), r"/b\xff\x80"),
        ("\x1b[2J\n\t", r"\x1b[2J\n\t"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\ud800", r"\ud800"),  # half a pair, out of JSON: no byte of any name
    ],
)
def test_a_name_is_shown_as_what_it_is(name: str, shown: str) -> None:
    assert visible(name) == shown
    assert visible(name).isprintable()
    visible(name).encode()
