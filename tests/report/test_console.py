"""What a place can show, and what is drawn there."""

from __future__ import annotations

import io

import pytest
from rich.text import Text

from imagematrix.report.console import ENDLESS, Look, draw, grid, look_at


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_has_no_edge_and_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for stream in (io.StringIO(), None):
        look = look_at(stream, color=True, term="xterm-256color")
        assert (look.width, look.color, look.encoding) == (ENDLESS, False, "utf-8")


def test_a_terminal_has_its_columns_and_its_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "97")
    assert look_at(Terminal(), color=True, term="xterm-256color") == Look(width=97, color=True)
    assert look_at(Terminal(), color=True, term="") == Look(width=97, color=True)
    assert look_at(Terminal(), color=False, term="xterm-256color") == Look(width=97, color=False)


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_dumb_terminal_gets_no_escapes(term: str) -> None:
    look = look_at(Terminal(), color=True, term=term)
    assert "\x1b" not in draw(Text("x", "bold red"), look=look)


def test_a_stream_that_knows_ascii_alone_is_drawn_by_it() -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    look = look_at(ascii_only, color=True, term="")
    assert draw(Text("naïve"), look=look) == "na\\xefve\n"


def test_a_column_that_is_to_stay_whole_is_never_broken() -> None:
    name = "20261124T121450Z-c51407"
    shown = grid(
        ("run", "says"), [(name, "many words " * 9)], look=Look(width=40, color=False), whole=("run",)
    )
    assert name in shown.split()
    assert all(len(line) <= 40 for line in shown.splitlines())


def test_what_goes_to_a_pipe_is_on_one_line() -> None:
    long = "word " * 999
    assert long.strip() in draw(Text(long), look=look_at(None, color=True, term="")).splitlines()


def test_a_table_leaves_its_least_columns_out_before_it_breaks_a_word() -> None:
    rows = [("vanilla", "dockerfiles/vanilla.Dockerfile", "a few words that can be folded well enough")]

    def heads(width: int) -> tuple[list[str], list[str]]:
        text = grid(("name", "file", "text"), rows, look=Look(width=width, color=False), least=("file",))
        assert all(len(line) <= width for line in text.splitlines())
        return text.splitlines()[1].split(), text.split()

    for width in (100, 66):
        names, words = heads(width)
        assert names == ["name", "file", "text"]
        assert "dockerfiles/vanilla.Dockerfile" in words
    names, words = heads(50)
    assert names == ["name", "text"]
    assert " ".join(words).endswith("left out for want of room: file")


def test_no_cell_does_anything_and_its_lines_stay_in_it() -> None:
    rows: list[tuple[str | Text, str]] = [
        ("\x1b[2J\x9b1m\u202ex", "one\r\n  two"),
        (Text("ours", "bold"), ""),
    ]
    shown = grid(("a", "b"), rows, look=Look(width=80, color=False))
    hostile = r" \x1b[2J\x9b1m\u202ex"
    lines = [line.rstrip() for line in shown.splitlines() if line.strip()]
    assert lines[2:] == [rf"{hostile}  one\r", " " * len(hostile) + "    two", " ours"]
