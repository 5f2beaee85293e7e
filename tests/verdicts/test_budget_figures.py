"""Budgets of a figure, with variants for which the right answer is known by construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from imagematrix.model import (
    AtMost,
    AtMostTimes,
    Budget,
    BudgetStatus,
    Run,
    RunStatus,
    Status,
    estimated,
    not_applicable,
    unavailable,
)
from tests import made
from tests.verdicts.advised import EARLIER
from tests.verdicts.budgeted import (
    BROKEN,
    KEPT,
    MB,
    NOT_HELD,
    UNDECIDED,
    budget,
    judged,
    more,
    own,
    started,
    with_,
)
from tests.verdicts.test_taken_over import marked


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


def test_an_estimate_is_called_one() -> None:
    result = with_(made.result(), estimated("download_bytes", 66 * MB, unit="bytes", method="sample"))
    told = judged(result, budget(AtMost(limit=60 * MB), "download_bytes", text="60MB"))
    assert told.reason == "66.0 MB (estimated) is 6.00 MB over 60MB"


def test_a_start_up_of_an_earlier_run_is_told_with_it() -> None:
    slow = marked(started(0.59, 0.60, 0.60, 0.61, 0.62))
    told = judged(slow, budget(AtMost(limit=0.5), "start_seconds", text="500ms"))
    assert told.status is BROKEN
    assert told.reason.startswith(f"600 ms (measured in run {EARLIER}) is 100 ms over 500ms, beyond noise: ")


def test_what_was_not_measured_says_why_and_what_to_do() -> None:
    told = judged(made.result(), budget(AtMost(limit=60 * MB), "download_bytes"))
    assert told.status is UNDECIDED
    assert told.reason == "download is not known: no registry; measure with --deep"
    missing = unavailable("download_bytes", "not read; measure with --deep", unit="bytes")
    again = judged(with_(made.result(), missing), budget(AtMost(limit=60 * MB), "download_bytes"))
    assert again.reason == "download is not known: not read; measure with --deep"


def test_deep_is_not_advised_where_there_is_no_image_to_read() -> None:
    failed = made.result(status=Status.FAILED, reason="build: npm ci ended with exit code 1\nits log")
    failed = replace(failed, image=None, measurements=())
    limit = budget(AtMost(limit=60 * MB), "download_bytes")
    told = judged(failed, limit)
    assert (told.status, told.reason) == (
        UNDECIDED,
        "download is not known: it failed before that: build: npm ci ended with exit code 1; mend that first",
    )
    by_variant = budget(AtMostTimes(factor=1.0, variant="alpine"), "download_bytes")
    other = with_(made.result("vanilla"), estimated("download_bytes", 1, unit="bytes", method="sample"))
    assert judged(other, by_variant, failed).reason.endswith("exit code 1; mend that first")
    assert "--deep" not in judged(replace(made.result(), image=None, measurements=()), limit).reason


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
    assert told.status is NOT_HELD  # a part of the matrix was asked for
    assert told.reason == "vanilla is not in this run; the whole matrix holds it"


def test_a_variant_that_was_not_measured_leaves_the_other_undecided() -> None:
    told = judged(
        own(50),
        budget(AtMostTimes(factor=1.0, variant="vanilla")),
        replace(made.result("vanilla"), image=None),
    )
    assert told.status is UNDECIDED
    assert told.reason == "that of vanilla is not known: there is no image"


# --- by the baseline


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
        (None, "no run before this one has passed and measured alpine"),
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
    assert (told.status, told.reason) == (NOT_HELD, f"nothing to hold it against yet: {reason}")


def test_but_this_run_s_own_figure_must_be_known() -> None:
    assert judged(made.result(), more(), baseline=made.run(own(1))).status is UNDECIDED


def test_what_the_baseline_does_not_have_at_all_is_nothing_to_grow_from() -> None:
    nothing = with_(made.result(), not_applicable("own_bytes", "none", unit="bytes"))
    assert judged(own(5), more(1.0), baseline=made.run(nothing)).status is BROKEN
    assert judged(own(5), more(count=5), baseline=made.run(nothing)).status is KEPT


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.INTERRUPTED])
def test_a_baseline_that_did_not_pass_is_said_to_have_not(status: RunStatus) -> None:
    told = judged(own(2000), more(1.0), baseline=made.run(own(1000), status=status))
    assert told.reason == f"2.00 kB is 990 B over 1.01 kB, +1% on the {status} baseline's 1.00 kB"


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
    assert told.status is NOT_HELD
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
    assert judged(started(*new, key="k2"), limit, baseline=made.run(started(*old, key="k1"))).status is status


def test_a_start_is_held_against_all_starts_of_another_variant() -> None:
    limit = budget(AtMostTimes(factor=2.0, variant="vanilla"), "start_seconds")
    other = started(0.10, 0.11, 0.12, 0.13, 0.14, label="vanilla")
    assert judged(started(0.25, 0.26, 0.29, 0.3, 0.31), limit, other).status is BROKEN
    assert judged(started(0.21, 0.22, 0.25, 0.26, 0.27), limit, other).status is KEPT
