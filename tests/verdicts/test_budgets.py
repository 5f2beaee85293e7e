"""A run held against its budgets, with runs in which the right answer is known by construction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import AtMost, Must, RunStatus, Status, unavailable
from imagematrix.verdicts.budgets import held, needs_deep
from tests import made
from tests.verdicts.budgeted import BROKEN, KEPT, MB, NOT_HELD, UNDECIDED, budget, more, own, with_


def test_a_broken_budget_fails_the_variant_and_the_run() -> None:
    run = made.run(own(2 * MB), own(MB, "vanilla"))
    whole = held(run, {"alpine": (budget(AtMost(limit=MB), text="1MB"),)}, {}, files=lambda _: None)
    assert whole.status is RunStatus.FAILED
    assert [result.status for result in whole.results] == [Status.FAILED, Status.PASSED]
    assert whole.results[0].reason == "budget max_own: 2.00 MB is 1.00 MB over 1MB"
    assert whole.results[1] == run.results[1]
    assert whole.baseline == ""


def test_kept_budgets_change_nothing_else() -> None:
    run, base = made.run(own(MB)), replace(made.run(own(MB)), id="20261101T000000Z-aaaaaa")
    whole = held(run, {"alpine": (budget(AtMost(limit=MB)),)}, {"alpine": base}, files=lambda _: None)
    assert whole.results[0].budgets[0].status is KEPT
    assert replace(whole, results=run.results, baseline="") == run
    assert whole.baseline == base.id


def test_several_are_named_and_undecided_ones_count_as_broken() -> None:
    limits = (
        budget(AtMost(limit=1)),
        budget(AtMost(limit=10 * MB), "app_bytes", name="max_app"),
        budget(Must(word="none"), "shells", name="shells"),
    )
    whole = held(made.run(own(2)), {"alpine": limits}, {}, files=lambda _: None)
    assert whole.results[0].reason == "budgets broken: max_own, shells; undecided: max_app"
    only = held(made.run(own(1)), {"alpine": limits[:2]}, {}, files=lambda _: None)
    assert only.status is RunStatus.FAILED
    assert only.results[0].reason == "budget max_app: app is not known: this run did not measure it"


def test_a_skipped_variant_is_held_against_nothing_and_a_failed_one_keeps_its_reason() -> None:
    skipped = replace(own(2), status=Status.SKIPPED, reason="base: none")
    failed = replace(own(2, "vanilla"), status=Status.FAILED, reason="smoke: no answer")
    run = made.run(skipped, failed, status=RunStatus.FAILED)
    limits = (budget(AtMost(limit=1)), budget(AtMost(limit=0.1), "start_seconds", name="max_start"))
    whole = held(run, {"alpine": limits, "vanilla": limits}, {}, files=lambda _: None)
    assert whole.results[0] == skipped
    assert whole.results[1].reason == "smoke: no answer"
    broken, undecided = whole.results[1].budgets
    assert (broken.status, undecided.status) == (BROKEN, UNDECIDED)
    assert undecided.reason == (
        "start-up is not known: it failed before that: smoke: no answer; mend that first"
    )


def test_what_a_failed_variant_could_not_be_asked_is_told_as_such() -> None:
    unasked = with_(own(2), unavailable("start_seconds", "no node in it", unit="seconds"))
    failed = replace(unasked, status=Status.FAILED, reason="smoke: no answer")
    limits = (budget(AtMost(limit=0.1), "start_seconds"),)
    (told,) = held(made.run(failed), {"alpine": limits}, {}, files=lambda _: None).results[0].budgets
    assert told.reason == (
        "the variant failed before this could be told: start-up is not known: no node in it"
    )


def test_an_interrupted_run_stays_one() -> None:
    run = made.run(own(2), status=RunStatus.INTERRUPTED)
    assert held(run, {"alpine": (budget(AtMost(limit=1)),)}, {}, files=lambda _: None).status is run.status


def test_a_budget_that_cannot_be_held_fails_nothing_and_is_not_kept() -> None:
    whole = held(made.run(own(5)), {"alpine": (more(),)}, {}, files=lambda _: None)
    assert whole.status is RunStatus.PASSED
    assert whole.results[0].status is Status.PASSED
    assert [each.status for each in whole.results[0].budgets] == [NOT_HELD]
    assert whole.baseline == ""


def test_each_variant_is_held_against_a_run_of_its_own_which_is_named_where_they_differ() -> None:
    old = replace(made.run(own(1000), own(1000, "vanilla")), id="20261101T000000Z-aaaaaa")
    new = replace(made.run(own(2000)), id="20261102T000000Z-bbbbbb")
    limits = {"alpine": (more(1.0),), "vanilla": (more(1.0),)}
    run = made.run(own(2000), own(2000, "vanilla"))
    whole = held(run, limits, {"alpine": new, "vanilla": old}, files=lambda _: None)
    assert [result.status for result in whole.results] == [Status.PASSED, Status.FAILED]
    assert [result.budgets[0].reason for result in whole.results] == [
        f"2.00 kB is within 2.02 kB, +1% on run {new.id}'s 2.00 kB",
        f"2.00 kB is 990 B over 1.01 kB, +1% on run {old.id}'s 1.00 kB",
    ]
    assert whole.baseline == ""  # of the run there is not one alone


@pytest.mark.parametrize(
    ("measurement", "deep"),
    [("download_bytes", True), ("waste_bytes", True), ("secret_files", True), ("unpacked_bytes", False)],
)
def test_which_budgets_take_every_layer(measurement: str, deep: bool) -> None:
    assert needs_deep({"alpine": (), "vanilla": (budget(AtMost(limit=1), measurement),)}) is deep
