from __future__ import annotations

import pytest

from imagematrix.report.page.inert import inert


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain <b> & “quoted” naïve 日本", "plain <b> & “quoted” naïve 日本"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\x00", r"a\nb\x00"),
        ("\u202etxt.exe\u2066", r"\u202etxt.exe\u2066"),
        ("\udcff\ufffe", r"\udcff\ufffe"),
    ],
)
def test_what_is_no_plain_writing_is_shown_as_escapes(text: str, shown: str) -> None:
    assert inert(text) == shown
