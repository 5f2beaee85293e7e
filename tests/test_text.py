from __future__ import annotations

import pytest

from imagematrix.container import last_lines
from imagematrix.text import first_few, is_called, one_line, short_digests, without_users


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \u00e9\t\u4e16", "plain \u00e9\t\u4e16"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\rb\x07\x9b2J\x7f", "a\\rb\\x07\\x9b2J\\x7f"),
        ("one\u2028two\u2029", "one\\u2028two\\u2029"),
        ("a byte \udcff, half a pair \ud800", "a byte \\xff, half a pair \\ud800"),
        ("\u202etxt.exe\u2066", "\\u202etxt.exe\\u2066"),
    ],
)
def test_what_would_move_a_terminal_is_shown_instead(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_what_a_container_wrote_comes_as_harmless_lines() -> None:
    assert last_lines(b"one\n\x1b[2Jtwo\n\xff") == ("one", "\\x1b[2Jtwo", "\ufffd")
    assert [len(line) for line in last_lines(b"x" * 5000)] == [500]


def test_a_list_tells_its_first_words_and_how_many_there_are_beside() -> None:
    assert first_few([], 2) == ""
    assert first_few(["a", "b"], 2) == "a, b"
    assert first_few(["a", "b", "c", "d"], 2) == "a, b and 2 more"


def test_a_word_means_a_name_that_it_is_or_fits() -> None:
    assert is_called("alpine", "alpine", "alpine [node=22]")
    assert is_called("alp*", "alpine")
    assert not is_called("Alpine", "alpine")
    assert not is_called("alpine", "alpine2")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("E: Unsupported proxy configured: ftp://me:p@ss@proxy:1", "E: Unsupported proxy configured: ftp://***@proxy:1"),
        ('"http://token@a/b" and https://me:pw@c', '"http://***@a/b" and https://***@c'),
        ("http://a/b@1.0 me@b.test", "http://a/b@1.0 me@b.test"),
    ],
)  # fmt: skip
def test_who_asks_at_an_address_is_not_told(text: str, told: str) -> None:
    assert without_users(text) == told


def test_digests_are_told_by_a_dozen_digits() -> None:
    digest = f"sha256:{'0123456789ab' * 5}cdef"
    assert short_digests(f"{digest} to node@{digest}") == "sha256:0123456789ab to node@sha256:0123456789ab"
    assert short_digests("sha256:0123 and node:24") == "sha256:0123 and node:24"
