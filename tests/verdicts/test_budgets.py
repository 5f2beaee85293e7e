"""What becomes of budgets, with runs in which the right answer is known by construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from imagematrix.model import (
    AtMost,
    AtMostMore,
    AtMostTimes,
    Budget,
    BudgetResult,
    BudgetStatus,
    Limit,
    Measurement,
    Must,
    Result,
    Run,
    RunStatus,
    Status,
    estimated,
    exact,
    not_applicable,
    unavailable,
)
from imagematrix.verdicts.budgets import held, needs_deep
from tests import made

MB = 10**6
KEPT, BROKEN, UNDECIDED = BudgetStatus.KEPT, BudgetStatus.BROKEN, BudgetStatus.UNDECIDED


def budget(limit: Limit, measurement: str = "own_bytes", *, name: str = "max_own", text: str = "?") -> Budget:
    return Budget(name=name, text=text, measurement=measurement, limit=limit)


def with_(result: Result, *measurements: Measurement) -> Result:
    names = {measurement.name for measurement in measurements}
    kept = (each for each in result.measurements if each.name not in names)
    return replace(result, measurements=(*kept, *measurements))


def own(count: int, label: str = "alpine") -> Result:
    """A variant with that many bytes of its own."""
    return with_(made.result(label), exact("own_bytes", count, unit="bytes", method="layers"))


def started(*seconds: float, label: str = "alpine") -> Result:
    middle = sorted(seconds)[len(seconds) // 2]
    return with_(
        made.result(label),
        exact("start_seconds", middle, unit="seconds", method="median"),
        exact("start_each_seconds", seconds, unit="seconds", method="each"),
    )


def judged(
    result: Result, limit: Budget, *others: Result, baseline: Run | None = None, run: Run | None = None
) -> BudgetResult:
    whole = held(
        run or made.run(result, *others), {result.label: (limit,)}, baseline, files=lambda each: each.listing
    )
    (told,) = whole.results[0].budgets
    return told


@pytest.mark.parametrize(
    ("count", "status", "reason"),
    [
        (59 * MB, KEPT, "59.0 MB is within 60MB"),
        (60 * MB, KEPT, "60.0 MB is within 60MB"),
        (60 * MB + 1, BROKEN, "60.0 MB is 1 B over 60MB"),
        (82_100_000, BROKEN, "82.1 MB is 22.1 MB over 60MB"),
    ],
)
def test_an_absolute_limit_is_kept_to_the_byte(count: int, status: BudgetStatus, reason: str) -> None:
    told = judged(own(count), budget(AtMost(limit=60 * MB), text="<= 60MB"))
    assert (told.status, told.reason) == (status, reason)
    assert (told.name, told.text, told.measurement) == ("max_own", "<= 60MB", "own_bytes")


def test_a_broken_budget_fails_the_variant_and_the_run() -> None:
    run = made.run(own(2 * MB), own(MB, "vanilla"))
    whole = held(run, {"alpine": (budget(AtMost(limit=MB), text="1MB"),)}, None, files=lambda _: None)
    assert whole.status is RunStatus.FAILED
    assert [result.status for result in whole.results] == [Status.FAILED, Status.PASSED]
    assert whole.results[0].reason == "budget max_own: 2.00 MB is 1.00 MB over 1MB"
    assert whole.results[1] == run.results[1]
    assert whole.baseline == ""


def test_kept_budgets_change_nothing_else() -> None:
    run, base = made.run(own(MB)), replace(made.run(own(MB)), id="20261101T000000Z-aaaaaa")
    whole = held(run, {"alpine": (budget(AtMost(limit=MB)),)}, base, files=lambda _: None)
    assert whole.results[0].budgets[0].status is KEPT
    assert replace(whole, results=run.results, baseline="") == run
    assert whole.baseline == base.id


def test_several_are_named_and_undecided_ones_count_as_broken() -> None:
    limits = (
        budget(AtMost(limit=1)),
        budget(AtMost(limit=10 * MB), "app_bytes", name="max_app"),
        budget(Must(word="none"), "shells", name="shells"),
    )
    whole = held(made.run(own(2)), {"alpine": limits}, None, files=lambda _: None)
    assert whole.results[0].reason == "budgets broken: max_own, shells; undecided: max_app"
    only = held(made.run(own(1)), {"alpine": limits[:2]}, None, files=lambda _: None)
    assert only.status is RunStatus.FAILED
    assert only.results[0].reason == "budget max_app: app_bytes is not known: this run did not measure it"


def test_a_skipped_variant_is_held_against_nothing_and_a_failed_one_keeps_its_reason() -> None:
    skipped = replace(own(2), status=Status.SKIPPED, reason="base: none")
    failed = replace(own(2, "vanilla"), status=Status.FAILED, reason="smoke: no answer")
    run = made.run(skipped, failed, status=RunStatus.FAILED)
    limits = (budget(AtMost(limit=1)), budget(AtMost(limit=0.1), "start_seconds", name="max_start"))
    whole = held(run, {"alpine": limits, "vanilla": limits}, None, files=lambda _: None)
    assert whole.results[0] == skipped
    assert whole.results[1].reason == "smoke: no answer"
    broken, undecided = whole.results[1].budgets
    assert (broken.status, undecided.status) == (BROKEN, UNDECIDED)
    assert undecided.reason.startswith("the variant failed before this could be told: ")


def test_an_interrupted_run_stays_one() -> None:
    run = made.run(own(2), status=RunStatus.INTERRUPTED)
    assert held(run, {"alpine": (budget(AtMost(limit=1)),)}, None, files=lambda _: None).status is run.status


def test_an_estimate_is_called_one() -> None:
    result = with_(made.result(), estimated("download_bytes", 66 * MB, unit="bytes", method="sample"))
    told = judged(result, budget(AtMost(limit=60 * MB), "download_bytes", text="60MB"))
    assert told.reason == "66.0 MB (estimated) is 6.00 MB over 60MB"


def test_what_was_not_measured_says_why_and_what_to_do() -> None:
    told = judged(made.result(), budget(AtMost(limit=60 * MB), "download_bytes"))
    assert told.status is UNDECIDED
    assert told.reason == "download_bytes is not known: no registry; measure with --deep"
    missing = unavailable("download_bytes", "not read; measure with --deep", unit="bytes")
    again = judged(with_(made.result(), missing), budget(AtMost(limit=60 * MB), "download_bytes"))
    assert again.reason == "download_bytes is not known: not read; measure with --deep"


def test_what_is_not_there_is_within_every_limit() -> None:
    result = with_(made.result(), not_applicable("node_modules_bytes", "the image has no node_modules"))
    told = judged(result, budget(AtMost(limit=5), "node_modules_bytes"))
    assert (told.status, told.reason) == (KEPT, "nothing to hold against it: the image has no node_modules")


def test_an_image_that_is_no_server_has_no_start_to_be_late() -> None:
    result = with_(made.result(), not_applicable("first_response_seconds", "no server", unit="seconds"))
    told = judged(result, budget(AtMost(limit=0.1), "start_seconds"))
    assert (told.status, told.reason) == (KEPT, "nothing to hold against it: no server")


# --- by another variant


@pytest.mark.parametrize(
    ("count", "status", "reason"),
    [
        (20, KEPT, "20 B is within 20 B, which is 0.2 x vanilla's 100 B"),
        (21, BROKEN, "21 B is 1 B over 20 B, which is 0.2 x vanilla's 100 B"),
    ],
)
def test_a_limit_by_another_variant(count: int, status: BudgetStatus, reason: str) -> None:
    told = judged(own(count), budget(AtMostTimes(factor=0.2, variant="vanilla")), own(100, "vanilla"))
    assert (told.status, told.reason) == (status, reason)


def test_of_its_rows_the_one_with_the_same_axis_values_counts() -> None:
    limit = budget(AtMostTimes(factor=1.0, variant="vanilla"))
    other = replace(own(1, "vanilla"), axes=(("node", "22"),), label="vanilla-node22")
    same = replace(own(100, "vanilla"), label="vanilla-node24")
    assert judged(own(50), limit, other, same).status is KEPT
    told = judged(own(50), limit, other)
    assert told.status is KEPT  # a part of the matrix was asked for
    assert told.reason == "not held here: vanilla is not in this run; the whole matrix holds it"


def test_a_variant_that_was_not_measured_leaves_the_other_undecided() -> None:
    told = judged(
        own(50),
        budget(AtMostTimes(factor=1.0, variant="vanilla")),
        replace(made.result("vanilla"), image=None),
    )
    assert told.status is UNDECIDED
    assert told.reason == "that of vanilla is not known: there is no image"


# --- by the baseline


def more(percent: float = 0.0, count: float = 0, text: str = "+1%") -> Budget:
    return budget(AtMostMore(percent=percent, more=count), text=text)


@pytest.mark.parametrize(
    ("count", "limit", "status", "reason"),
    [
        (1010, more(1.0), KEPT, "1.01 kB is within 1.01 kB, +1% on the baseline's 1.00 kB"),
        (1011, more(1.0), BROKEN, "1.01 kB is 1 B over 1.01 kB, +1% on the baseline's 1.00 kB"),
        (1050, more(count=50, text="+50"), KEPT, "1.05 kB is within 1.05 kB, +50 on the baseline's 1.00 kB"),
        (
            1051,
            more(count=50, text="+50"),
            BROKEN,
            "1.05 kB is 1 B over 1.05 kB, +50 on the baseline's 1.00 kB",
        ),
        (1, more(text="+0"), KEPT, "1 B is within 1.00 kB, +0 on the baseline's 1.00 kB"),
    ],
)
def test_a_limit_by_the_baseline(count: int, limit: Budget, status: BudgetStatus, reason: str) -> None:
    told = judged(own(count), limit, baseline=made.run(own(1000)))
    assert (told.status, told.reason) == (status, reason)


def test_percentages_are_exact() -> None:
    """As floats, 100,000,000 x 1.1 is 110,000,000.00000001."""
    base = made.run(own(100 * MB))
    assert judged(own(110 * MB), more(10.0), baseline=base).status is KEPT
    assert judged(own(110 * MB + 1), more(10.0), baseline=base).status is BROKEN


@pytest.mark.parametrize(
    ("baseline", "reason"),
    [
        (None, "no run before this one has passed"),
        (
            made.run(own(1, "vanilla")),
            "the baseline 20261124T024000Z-3fa9c1 has no variant alpine",
        ),
        (
            made.run(made.result()),
            "the baseline 20261124T024000Z-3fa9c1 does not have it: this run did not measure it",
        ),
    ],
)
def test_a_first_run_can_pass(baseline: Run | None, reason: str) -> None:
    told = judged(own(5), more(), baseline=baseline)
    assert (told.status, told.reason) == (KEPT, f"nothing to hold it against yet: {reason}")


def test_but_this_run_s_own_figure_must_be_known() -> None:
    assert judged(made.result(), more(), baseline=made.run(own(1))).status is UNDECIDED


def test_what_the_baseline_does_not_have_at_all_is_nothing_to_grow_from() -> None:
    nothing = with_(made.result(), not_applicable("own_bytes", "none", unit="bytes"))
    assert judged(own(5), more(1.0), baseline=made.run(nothing)).status is BROKEN
    assert judged(own(5), more(count=5), baseline=made.run(nothing)).status is KEPT


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ({"host": replace(made.run().host, id="fedcba9876543210")}, "on another machine"),
        ({"engine": replace(made.run().engine, version="27.0")}, "on another engine, docker 27.0"),
        (
            {"engine": replace(made.run().engine, image_store="containerd")},
            "on another image store, containerd",
        ),
    ],
)
def test_times_and_memory_are_held_against_the_same_place_alone(where: dict[str, object], named: str) -> None:
    base = replace(made.run(started(*[0.1] * 5)), **where)  # type: ignore[arg-type]
    told = judged(started(*[0.9] * 5), replace(more(1.0), measurement="start_seconds"), baseline=base)
    assert told.status is KEPT
    assert f"was made {named}; " in told.reason
    # Bytes are the same everywhere.
    elsewhere = replace(made.run(own(1000)), **where)  # type: ignore[arg-type]
    assert judged(own(2000), more(1.0), baseline=elsewhere).status is BROKEN


# --- noise


@pytest.mark.parametrize(
    ("seconds", "status", "words"),
    [
        ([0.4, 0.45, 0.49, 0.6, 0.7], KEPT, "490 ms is within 500ms"),
        ([0.4, 0.45, 0.51, 0.6, 0.7], KEPT, "but within noise: 3 of 5 starts over it (p = 0.5)"),
        ([0.51, 0.52, 0.53, 0.54, 0.55], BROKEN, "beyond noise: 5 of 5 starts over it (p = 0.031)"),
        ([9.0, 9.1, 9.2], UNDECIDED, "but 3 of 3 starts over it are too few to tell it from noise"),
    ],
)
def test_a_start_is_late_only_beyond_noise(
    seconds: Sequence[float], status: BudgetStatus, words: str
) -> None:
    told = judged(started(*seconds), budget(AtMost(limit=0.5), "start_seconds", text="500ms"))
    assert told.status is status
    assert words in told.reason


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ([0.10, 0.11, 0.12, 0.13, 0.14], [0.2, 0.21, 0.22, 0.23, 0.24], BROKEN),
        # 10 % are allowed: 0.12 becomes 0.132, and two of the new starts are below it.
        ([0.10, 0.11, 0.12, 0.13, 0.14], [0.12, 0.13, 0.14, 0.15, 0.16], KEPT),
        ([0.10, 0.12], [0.8, 0.9], UNDECIDED),
    ],
)
def test_a_start_is_held_against_all_starts_of_the_baseline(
    old: list[float], new: list[float], status: BudgetStatus
) -> None:
    limit = replace(more(10.0), measurement="start_seconds")
    assert judged(started(*new), limit, baseline=made.run(started(*old))).status is status


def test_a_start_is_held_against_all_starts_of_another_variant() -> None:
    limit = budget(AtMostTimes(factor=2.0, variant="vanilla"), "start_seconds")
    other = started(0.10, 0.11, 0.12, 0.13, 0.14, label="vanilla")
    assert judged(started(0.25, 0.26, 0.29, 0.3, 0.31), limit, other).status is BROKEN
    assert judged(started(0.21, 0.22, 0.25, 0.26, 0.27), limit, other).status is KEPT


# --- deep


@pytest.mark.parametrize(
    ("measurement", "deep"),
    [("download_bytes", True), ("waste_bytes", True), ("secret_files", True), ("unpacked_bytes", False)],
)
def test_which_budgets_take_every_layer(measurement: str, deep: bool) -> None:
    assert needs_deep({"alpine": (), "vanilla": (budget(AtMost(limit=1), measurement),)}) is deep
