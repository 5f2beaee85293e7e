from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.report.console import Look
from imagematrix.report.whole_run import plain_view, whole_run
from tests import made
from tests.report.reports import HOSTILE, full, planted

LOOK = Look(width=120, color=False)


def test_every_part_is_there_in_order() -> None:
    text = whole_run(full(), look=LOOK)
    marks = (
        "alpine",
        "archived in results/",
        "budgets: ",
        "runs-as-root",
        "production and security",
        "together on one host",
    )
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_a_run_with_nothing_concluded_is_its_table() -> None:
    bare = replace(full(), run=made.run(made.result()), advice=())
    text = whole_run(bare, look=LOOK)
    assert "budgets" not in text
    assert "nothing" not in text, "a run from before there were findings has none, and that says nothing"
    assert "together on one host" not in text


def test_a_reason_keeps_its_lines_and_a_name_has_one() -> None:
    report = full()
    odd = replace(report.run.results[2], label="a\nb", reason="build: it failed\n    | \x1b[31mno")
    text = plain_view(replace(report, run=replace(report.run, results=(odd,))))
    assert "a\\nb failed: build: it failed\n    | \\x1b[31mno\n" in text


def test_in_a_file_there_is_no_escape() -> None:
    assert "\x1b" in whole_run(full(), look=replace(LOOK, color=True))
    assert "\x1b" not in plain_view(full())


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_moves_no_cursor(text: str) -> None:
    shown = plain_view(planted(text))
    assert not any((ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c == "\u202e" for c in shown)
