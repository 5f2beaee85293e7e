"""The budgets of a run on a terminal."""

from __future__ import annotations

from dataclasses import replace

from imagematrix.model import BudgetResult, BudgetStatus, Run
from imagematrix.report.budgets import budget_lines, budgets_view
from imagematrix.report.console import ENDLESS, Look
from tests import made

WIDE = Look(width=120, color=False)


def told(name: str, status: BudgetStatus, reason: str, *causes: str) -> BudgetResult:
    return BudgetResult(name=name, text="60MB", measurement="m", status=status, reason=reason, causes=causes)


def run(*budgets: BudgetResult) -> Run:
    return replace(made.run(replace(made.result(), budgets=budgets)), baseline="20261101T000000Z-aaaaaa")


KEPT = told("max_own", BudgetStatus.KEPT, "2.00 MB is within 60MB")
BROKEN = told("max_download", BudgetStatus.BROKEN, "66.0 MB is 6.00 MB over 60MB", "app file /big: 9 MB new")
OPEN = told("max_waste", BudgetStatus.UNDECIDED, "waste is not known: measure with --deep")


def test_no_budgets_no_words() -> None:
    assert budgets_view(made.run(), look=WIDE) == budget_lines(made.run(), look=WIDE) == ""


def test_the_lines_tell_how_many_were_kept_and_all_of_the_others() -> None:
    assert budget_lines(run(KEPT, BROKEN, OPEN), look=WIDE).splitlines() == [
        "budgets: 1 kept, 1 broken, 1 undecided; baseline 20261101T000000Z-aaaaaa",
        " alpine max_download 60MB broken: 66.0 MB is 6.00 MB over 60MB",
        "     app file /big: 9 MB new",
        " alpine max_waste 60MB undecided: waste is not known: measure with --deep",
    ]


def test_the_view_has_the_broken_ones_first_and_the_kept_ones_too() -> None:
    lines = budgets_view(run(KEPT, OPEN, BROKEN), look=WIDE).splitlines()
    assert lines == [
        "budgets: 1 kept, 1 broken, 1 undecided; baseline 20261101T000000Z-aaaaaa",
        " alpine max_download 60MB broken: 66.0 MB is 6.00 MB over 60MB",
        "     app file /big: 9 MB new",
        " alpine max_waste 60MB undecided: waste is not known: measure with --deep",
        " alpine max_own 60MB kept: 2.00 MB is within 60MB",
    ]


def test_what_could_not_be_held_is_counted_and_told_once_with_why() -> None:
    why = "nothing to hold it against yet: no run before this one has passed"
    results = [
        replace(made.result(f"v{n}"), budgets=(KEPT, told("max_own", BudgetStatus.NOT_HELD, why)))
        for n in range(5)
    ]
    lines = budget_lines(made.run(*results), look=WIDE).splitlines()
    assert lines == [
        "budgets: 5 kept, 5 not held",
        f" v0, v1, v2, v3 and 1 more max_own 60MB not held: {why}",
    ]


def test_colours_are_for_a_terminal_alone() -> None:
    assert "\x1b[" in budget_lines(run(BROKEN), look=Look(width=120, color=True))
    assert "\x1b" not in budget_lines(run(BROKEN), look=WIDE)


def test_names_out_of_an_image_do_nothing_to_a_terminal() -> None:
    hostile = told("max_app", BudgetStatus.BROKEN, "a\x1b[2Jb", "app file /\x1b]0;x\x07[red]\n/y: 1 B new")
    for text in (budget_lines(run(hostile), look=WIDE), budgets_view(run(hostile), look=WIDE)):
        assert "\x1b" not in text
        assert "\x07" not in text
        assert r"\x1b]0;x\x07[red]\n/y" in text


def test_a_narrow_terminal_loses_no_word() -> None:
    narrow = Look(width=60, color=False)
    for text in (budget_lines(run(BROKEN), look=narrow), budgets_view(run(BROKEN), look=narrow)):
        assert all(len(line) <= 60 for line in text.splitlines())
        assert {"max_download", "66.0", "6.00", "over", "/big:", "new"} <= set(text.split())


def test_in_a_pipe_each_cause_is_one_line() -> None:
    cause = f"file /app/{'node_modules/very-long/' * 40}x.js: 9 MB new"
    text = budgets_view(run(replace(BROKEN, causes=(cause,))), look=Look(width=ENDLESS, color=False))
    assert f"     {cause}" in text.splitlines()
