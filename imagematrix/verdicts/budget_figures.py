"""Budgets of a figure: against a number, against another variant of the run, or against the baseline.

A start-up time is over its limit only beyond noise: when its median is over, and chance alone would give such
starts in less than 1 of 20 cases.  Held against a number, that is a sign test over the starts; held against
those of another variant or run, a rank-sum test (Mann-Whitney), both one-sided and exact.  Times and memory
are held against the baseline by the controls of every comparison of two runs (see controls.py): on the same
machine and engine alone, of an image that has changed, and beyond what those do that have not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Final

from imagematrix.model import (
    AtMost,
    AtMostMore,
    AtMostTimes,
    Budget,
    BudgetStatus,
    How,
    Measurement,
    Result,
    Run,
    RunStatus,
)
from imagematrix.units import called, size
from imagematrix.verdicts.budget_answers import Judged
from imagematrix.verdicts.budget_causes import Files, brought, largest
from imagematrix.verdicts.controls import drifts, elsewhere, slowed, unchanged
from imagematrix.verdicts.noise import rank_sum_test, sign_test
from imagematrix.verdicts.taken_over import at_other_times
from imagematrix.verdicts.told import under

# Those that only reading every layer gives, or gives whole: a secret may lie under another layer.
DEEP: Final = frozenset({"download_bytes", "waste_bytes", "secret_files"})
# Measurements of a running container; they depend on the machine.
_BEHAVIOUR: Final = frozenset(
    {"start_seconds", "stop_seconds", "memory_idle_bytes", "memory_after_burst_bytes"}
)
_TIMES: Final = frozenset({"start_seconds", "stop_seconds"})
_CHANCE: Final = 0.05
_STARTS: Final = 50  # that are taken of a side: the test counts every way to rank them


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What a budget is judged from."""

    run: Run
    baselines: Mapping[str, Run]  # by label
    files: Files


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bar:
    """A limit worked out."""

    limit: int | float  # in the measurement's unit
    words: str  # after "over": "60MB", "31.0 MB, 0.2 x vanilla's 155 MB"
    other: Result | None  # whose figure it comes from; None for an absolute one
    scale: Callable[[float], float] = float  # from the other's single starts to what they allow
    moved: str = ""  # why what is over the limit need not be the image's; "" where it is
    slower: float = 0.0  # by what part the machine is slower than when the other was measured


def weighed(budget: Budget, result: Result, desk: Desk) -> Judged:
    """What became of a budget of a figure."""
    found = under(result, budget.measurement)
    first = under(result, "first_response_seconds")
    if budget.measurement in _BEHAVIOUR and not found.measured and first.how is How.NOT_APPLICABLE:
        return BudgetStatus.KEPT, f"nothing to hold against it: {first.reason}", ()
    if found.how is How.NOT_APPLICABLE:
        return BudgetStatus.KEPT, f"nothing to hold against it: {found.reason}", ()
    figure = _number(found)
    if figure is None:
        return (
            BudgetStatus.UNDECIDED,
            f"{called(budget.measurement)} is not known: {_to_do(found, budget, result)}",
            (),
        )
    bar = _bar(budget, result, desk, found.unit)
    if not isinstance(bar, _Bar):
        return (*bar, ())
    unit = "" if found.unit in ("bytes", "seconds") else f" {found.unit}"
    shown = _amount(figure, found.unit) + unit + (" (estimated)" if found.how is How.ESTIMATED else "")
    shown += f" (measured in run {found.measured_in})" if found.measured_in else ""
    if figure <= bar.limit:
        return BudgetStatus.KEPT, f"{shown} is within {bar.words}", ()
    over = f"{shown} is {_amount(figure - bar.limit, found.unit)} over {bar.words}"
    status, chance = _beyond_noise(result, bar) if budget.measurement == "start_seconds" else (None, "")
    if bar.moved and status is not BudgetStatus.KEPT:
        return BudgetStatus.NOT_HELD, f"{over}, but {bar.moved}", ()
    if status in (BudgetStatus.KEPT, BudgetStatus.UNDECIDED):
        return status, f"{over}, {chance}", ()
    if bar.slower and _on_a_slower_machine(result, bar, figure):
        busier = (
            f"images that have not changed start up to {bar.slower:.0%} slower too: the machine is busier"
        )
        return BudgetStatus.NOT_HELD, f"{over}, but {busier}", ()
    causes = (
        brought(bar.other, result, budget.measurement, files=desk.files)
        if bar.other is not None
        else largest(result, budget.measurement, files=desk.files)
    )
    return BudgetStatus.BROKEN, f"{over}{chance and f', {chance}'}", causes


def _bar(budget: Budget, result: Result, desk: Desk, unit: str) -> _Bar | tuple[BudgetStatus, str]:
    """The limit in figures; or, where it cannot be worked out, what that makes of the budget and why."""
    match budget.limit:
        case AtMost(limit=limit):
            return _Bar(limit=limit, words=budget.text.removeprefix("<=").strip(), other=None)
        case AtMostTimes():
            return _by_variant(budget, budget.limit, result, desk, unit)
        case AtMostMore():
            return _by_baseline(budget, budget.limit, result, desk, unit)
    raise AssertionError(f"{budget.name} has no limit that is a figure")


def _by_variant(
    budget: Budget, limit: AtMostTimes, result: Result, desk: Desk, unit: str
) -> _Bar | tuple[BudgetStatus, str]:
    name = limit.variant
    other = next((r for r in desk.run.results if (r.name, r.axes) == (name, result.axes)), None)
    if other is None:
        # The matrix has it, or would have been refused: the user has asked for a part of the matrix.
        return BudgetStatus.NOT_HELD, f"{name} is not in this run; the whole matrix holds it"
    base = _base(under(other, budget.measurement))
    if base is None:
        found = under(other, budget.measurement)
        return BudgetStatus.UNDECIDED, f"that of {other.label} is not known: {_to_do(found, budget, other)}"
    factor = Fraction(str(limit.factor))
    bar = _whole(Fraction(base) * factor, unit)
    words = f"{_amount(bar, unit)}, which is {limit.factor:g} x {other.label}'s {_amount(base, unit)}"
    apart = at_other_times(result, other, budget.measurement)
    return _Bar(
        limit=bar,
        words=words,
        other=other,
        scale=lambda each: each * limit.factor,
        moved="the two were measured in different runs: --fresh measures both in one" if apart else "",
    )


def _by_baseline(
    budget: Budget, limit: AtMostMore, result: Result, desk: Desk, unit: str
) -> _Bar | tuple[BudgetStatus, str]:
    not_held, nothing = BudgetStatus.NOT_HELD, "nothing to hold it against yet: "
    run = desk.baselines.get(result.label)
    if run is None:
        return not_held, f"{nothing}no run before this one has passed and measured {result.label}"
    other = next((r for r in run.results if r.label == result.label), None)
    if other is None:
        return not_held, f"{nothing}the baseline {run.id} has no variant {result.label}"
    if budget.measurement in _BEHAVIOUR and (differs := elsewhere(run, desk.run)):
        return not_held, f"{nothing}the baseline {run.id} was made {differs}; a run that passes here will do"
    found = under(other, budget.measurement)
    base = _base(found)
    if base is None:
        return not_held, f"{nothing}the baseline {run.id} does not have it: {found.reason}"
    more = Fraction(base) * Fraction(str(limit.percent)) / 100 + Fraction(str(limit.more))
    bar = _whole(Fraction(base) + more, unit)
    words = f"{_amount(bar, unit)}, {budget.text} on {_called(run, desk)}'s {_amount(base, unit)}"
    grown = 1 + limit.percent / 100
    behaves = budget.measurement in _BEHAVIOUR
    same = "the image is the baseline's own, so it is not the image that has become worse"
    return _Bar(
        limit=bar,
        words=words,
        other=other,
        scale=lambda each: each * grown + limit.more,
        moved=same if behaves and unchanged(other, result) else "",
        slower=max((0.0, *drifts(run, desk.run))) if budget.measurement in _TIMES else 0.0,
    )


def _called(run: Run, desk: Desk) -> str:
    """A baseline in words: by its id where there are several; one that did not pass is said to have not."""
    if len({each.id for each in desk.baselines.values()}) > 1:
        return f"run {run.id}"
    return "the baseline" if run.status is RunStatus.PASSED else f"the {run.status} baseline"


def _beyond_noise(result: Result, bar: _Bar) -> tuple[BudgetStatus, str]:
    """Of a median that is over its limit: whether the single starts bear it out, in words with the figures."""
    each = _starts(result)
    if bar.other is None:
        over = sum(seconds > bar.limit for seconds in each)
        words, chance = f"{over} of {len(each)} starts over it", sign_test(over, len(each))
        least = sign_test(len(each), len(each))
    else:
        allowed = [bar.scale(seconds) for seconds in _starts(bar.other)]
        words, chance = f"{len(each)} starts against {len(allowed)}", rank_sum_test(each, allowed)
        least = 1 / comb(len(each) + len(allowed), len(each))
    if least > _CHANCE:
        return (
            BudgetStatus.UNDECIDED,
            f"but {words} are too few to tell it from noise: measure with --repeat 5",
        )
    if chance >= _CHANCE:
        return BudgetStatus.KEPT, f"but within noise: {words} (p = {chance:.2g})"
    return BudgetStatus.BROKEN, f"beyond noise: {words} (p = {chance:.2g})"


def _on_a_slower_machine(result: Result, bar: _Bar, figure: float) -> bool:
    """Whether a figure that is over its limit is within it, or within noise, where that is slower by as much."""
    if bar.other is None or figure <= bar.limit * (1 + bar.slower):
        return True
    each, allowed = _starts(result), [bar.scale(seconds) for seconds in _starts(bar.other)]
    return bool(each and allowed) and rank_sum_test(each, slowed(allowed, bar.slower)) >= _CHANCE


def _starts(result: Result) -> tuple[float, ...]:
    value = under(result, "start_each_seconds").value
    return tuple(float(each) for each in value)[:_STARTS] if isinstance(value, tuple) else ()


def _number(found: Measurement) -> int | float | None:
    value = found.value
    numeric = found.measured and isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if numeric and isinstance(value, (int, float)) else None


def _base(found: Measurement) -> int | float | None:
    """What a relative limit starts from: where there is no such thing in the other image, its bytes are 0."""
    return 0 if found.how is How.NOT_APPLICABLE else _number(found)


def _whole(limit: Fraction, unit: str) -> int | float:
    """Bytes and counts are whole: parts of one are dropped, which no figure can use anyway."""
    return float(limit) if unit == "seconds" else int(limit)


def _amount(figure: int | float, unit: str) -> str:
    if unit == "bytes":
        return size(int(figure))
    if unit == "seconds":
        return f"{figure * 1000:.0f} ms" if figure < 0.9995 else f"{figure:.2f} s"
    return f"{figure:,}"


def _to_do(found: Measurement, budget: Budget, result: Result) -> str:
    """Why there is no figure, and what to do about it: no way of measuring helps a variant that did not come to it."""
    if found.reason == result.not_reached:
        return f"{found.reason}; mend that first"
    needs = budget.measurement in DEEP and result.image is not None and "--deep" not in found.reason
    return f"{found.reason}; measure with --deep" if needs else found.reason
