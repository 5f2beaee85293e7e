"""Budgets of times against a baseline: what the machine does is no image's fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import AtMostTimes, BudgetStatus, exact
from tests import made
from tests.verdicts.budgeted import BROKEN, KEPT, NOT_HELD, judged, more, started, with_
from tests.verdicts.test_taken_over import marked

QUIET = (0.20, 0.21, 0.22, 0.23, 0.24)
BUSY = tuple(3 * each for each in QUIET)
START = replace(more(25.0, text="+25%"), measurement="start_seconds")


def test_the_baseline_s_own_image_breaks_no_start_up() -> None:
    told = judged(started(*BUSY, key="k"), START, baseline=made.run(started(*QUIET, key="k")))
    assert told.status is NOT_HELD
    assert told.reason == (
        "660 ms is 385 ms over 275 ms, +25% on the baseline's 220 ms, but the image is the baseline's own, "
        "so it is not the image that has become worse"
    )


def test_nor_does_it_with_fewer_starts_than_a_test_takes() -> None:
    told = judged(started(9.0, key="k2"), START, baseline=made.run(started(*QUIET, key="k1")))
    assert told.status is NOT_HELD, "a key of other starts tells nothing of the image"


@pytest.mark.parametrize("measurement", ["stop_seconds", "memory_idle_bytes"])
def test_nor_any_other_figure_of_how_it_behaves(measurement: str) -> None:
    old, new = (
        with_(made.result(), exact(measurement, figure, unit="bytes", method="made")) for figure in (10, 90)
    )
    limit = replace(more(25.0), measurement=measurement)
    assert judged(new, limit, baseline=made.run(old)).status is NOT_HELD


@pytest.mark.parametrize(
    ("times", "status"),
    [
        (3.0, NOT_HELD),  # as much slower as the image that has not changed
        (3.6, NOT_HELD),  # 20 % more than that, and 25 % are allowed
        (5.0, BROKEN),  # two thirds more than that
        (1.2, KEPT),
    ],
)
def test_a_start_up_is_broken_beyond_what_unchanged_images_do(times: float, status: BudgetStatus) -> None:
    changed = started(*(times * each for each in QUIET), key="new")
    control = [started(*each, label="vanilla", key="same") for each in (QUIET, BUSY)]
    base = made.run(started(*QUIET, key="old"), control[0])
    told = judged(changed, START, control[1], baseline=base)
    assert told.status is status
    assert ("images that have not changed start up to 200% slower too" in told.reason) is (status is NOT_HELD)


def test_a_machine_that_has_become_quicker_excuses_nothing() -> None:
    changed = started(*BUSY, key="new")
    control = [started(*each, label="vanilla", key="same") for each in (BUSY, QUIET)]
    base = made.run(started(*QUIET, key="old"), control[0])
    assert judged(changed, START, control[1], baseline=base).status is BROKEN


@pytest.mark.parametrize(
    ("earlier", "status"), [((), BROKEN), (("alpine",), NOT_HELD), (("vanilla",), NOT_HELD)]
)
def test_starts_of_two_runs_are_not_held_against_one_another(
    earlier: tuple[str, ...], status: BudgetStatus
) -> None:
    sides = [started(*BUSY), started(*QUIET, label="vanilla")]
    slow, quick = (marked(side) if side.label in earlier else side for side in sides)
    limit = replace(START, limit=AtMostTimes(factor=1.5, variant="vanilla"), text="<= 1.5 x vanilla")
    told = judged(slow, limit, quick)
    assert told.status is status
    assert ("measured in different runs: --fresh measures both in one" in told.reason) is bool(earlier)
