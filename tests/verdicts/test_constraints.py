"""Constraints and budgets, of figures just this side and that of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import (
    AtMostTimes,
    BudgetStatus,
)
from imagematrix.verdicts.advise import advise_for, weighed
from tests import made
from tests.verdicts.advised import (
    ALPINE,
    ARTICLE,
    DISTROLESS,
    DOWNLOAD_60,
    MB,
    VANILLA,
    asked,
    at_most,
    by_profile,
    over_budget,
    without,
)


def test_a_constraint_rules_out_and_says_by_how_much() -> None:
    advice = advise_for(ARTICLE, [DOWNLOAD_60, asked("glibc")])
    assert advice.choice == "distroless"
    assert (
        advice.why == "distroless is the only variant of this run that has at most 60MB to download and glibc"
    )
    assert [(each.label, each.out, each.reason) for each in advice.against] == [
        ("vanilla", True, "400 MB to download is 340 MB over 60MB"),
        ("alpine", True, "runs on musl"),
    ]
    assert advice.front == ("distroless",)


def test_of_those_that_hold_the_smallest_download_is_chosen() -> None:
    assert advise_for(ARTICLE, [DOWNLOAD_60]).choice == "alpine"
    assert advise_for(ARTICLE, [asked("no_shell")]).choice == "distroless"
    assert (
        advise_for(ARTICLE, [at_most("max_memory", 30 * MB, "30MB", "memory_idle_bytes")]).choice == "alpine"
    )


def test_a_limit_itself_holds() -> None:
    assert (
        advise_for(ARTICLE, [at_most("max_download", 40 * MB, "40MB", "download_bytes")]).choice == "alpine"
    )


def test_constraints_that_none_holds_leave_none() -> None:
    advice = advise_for(ARTICLE, [asked("non_root")])
    assert advice.choice == ""
    assert advice.why == (
        "no variant has what is wanted (a user other than root); vanilla comes nearest: runs as root"
    )
    assert {each.reason for each in advice.against} == {"runs as root"}
    assert all(each.out for each in advice.against)


def test_where_none_holds_the_nearest_is_named_with_by_how_much() -> None:
    advice = advise_for(ARTICLE, [at_most("max_download", 1 * MB, "1MB", "download_bytes")])
    assert (advice.choice, advice.why) == (
        "",
        "no variant has what is wanted (at most 1MB to download); alpine comes nearest: 40.0 MB to download is "
        "39.0 MB over 1MB",
    )


def test_the_nearest_is_short_of_the_fewest_and_known() -> None:
    tight = at_most("max_download", 41 * MB, "41MB", "download_bytes")
    why = advise_for(ARTICLE, [tight, asked("glibc"), asked("no_shell")]).why
    assert why.endswith("; distroless comes nearest: 45.0 MB to download is 4.00 MB over 41MB")
    unknown = made.run(without(DISTROLESS, "download_bytes"), VANILLA)
    assert "; vanilla comes nearest: " in advise_for(unknown, [tight]).why
    alone = made.run(without(DISTROLESS, "download_bytes"))
    assert advise_for(alone, [tight]).why == "no variant has what is wanted (at most 41MB to download)"


def test_a_limit_of_nothing_is_answered() -> None:
    advice = advise_for(ARTICLE, [at_most("max_download", 0, "0", "download_bytes")])
    assert "alpine comes nearest: 40.0 MB to download is 40.0 MB over 0" in advice.why


def test_what_was_not_measured_does_not_hold() -> None:
    run = made.run(without(ALPINE, "download_bytes"), without(DISTROLESS, "libc"))
    assert advise_for(run, [DOWNLOAD_60]).choice == "distroless"
    reason = advise_for(run, [DOWNLOAD_60]).against[0].reason
    assert reason == "the download was not measured: nobody looked"
    assert advise_for(run, [asked("glibc")]).against[1].reason == "whether it has glibc was not measured"


def test_only_limits_of_its_own_are_constraints() -> None:
    odd = replace(DOWNLOAD_60, limit=AtMostTimes(factor=0.2, variant="vanilla"))
    with pytest.raises(ValueError, match="max_download"):
        advise_for(ARTICLE, [odd])


def test_what_breaks_its_own_budget_is_weighed_but_not_for_production() -> None:
    """Without the budget, distroless is the one for production and alpine is the smallest."""
    over = "5.43 MB is 2.00 MB over 3.43 MB"
    found = by_profile(VANILLA, over_budget(DISTROLESS, over), over_budget(ALPINE, over))
    told = f"breaks its own budget max_0: {over}"
    production = found["production and security"]
    assert production.choice == "vanilla"
    assert [(each.out, each.reason) for each in production.against] == [(True, told), (True, told)]
    smallest = found["smallest"]
    assert (smallest.choice, smallest.costs[0]) == ("alpine", told)
    assert smallest.against[1].out is False
    assert smallest.against[1].reason.endswith(f"; {told}")


def test_where_all_break_a_budget_none_is_for_production() -> None:
    run = [over_budget(each, "a", "b") for each in (VANILLA, ALPINE)]
    production = by_profile(*run)["production and security"]
    assert (production.choice, production.why) == (
        "",
        "every variant that can be weighed breaks a budget of its own, so none is recommended",
    )
    assert production.against[0].reason == "breaks its own budgets max_0 and max_1"
    assert advise_for(made.run(*run), [DOWNLOAD_60]).choice == "alpine"


def test_a_budget_that_was_not_decided_is_not_called_broken() -> None:
    odd = over_budget(ALPINE, "not measured", status=BudgetStatus.UNDECIDED)
    (against,) = by_profile(VANILLA, odd)["production and security"].against
    assert against.reason == "cannot be held against its own budget max_0: not measured"


def test_a_step_that_failed_is_no_matter_of_budgets() -> None:
    failed = replace(over_budget(ALPINE, "undecided"), reason="smoke: no answer")
    advice = by_profile(VANILLA, failed)["smallest"]
    assert (advice.choice, advice.against[0].reason) == ("vanilla", "failed: smoke: no answer")
    assert weighed(made.run(failed)) == ()
