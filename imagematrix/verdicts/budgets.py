"""A run held against its budgets: which are kept, which are broken, by how much and by what.

Two rules keep a budget from crying wolf, and from sleeping:

- A budget that cannot be decided, as its figure was not measured, counts as broken.  But where it is the
  baseline that has nothing to hold a figure against (no run yet, no such variant, not measured there, another
  machine), the budget is kept, with the reason: a first run must be able to pass and become the baseline.
- A start-up time is over its limit only beyond noise: when its median is over, and chance alone would give
  such starts in less than 1 of 20 cases.  Held against a number, that is a sign test over the starts; held
  against those of another variant or run, a rank-sum test (Mann-Whitney), both one-sided and exact.  Times
  and memory are held against the baseline on the same host, engine and image store alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import comb
from typing import Final

from imagematrix.model import (
    AtMost,
    AtMostMore,
    AtMostTimes,
    Budget,
    BudgetResult,
    BudgetStatus,
    How,
    Measurement,
    Must,
    Result,
    Run,
    RunStatus,
    Status,
)
from imagematrix.units import size
from imagematrix.verdicts.budget_answers import Judged, answered
from imagematrix.verdicts.budget_causes import Files, brought, largest
from imagematrix.verdicts.noise import rank_sum_test, sign_test
from imagematrix.verdicts.told import under

# Measurements of a running container; they depend on the machine.
_BEHAVIOUR: Final = frozenset(
    {"start_seconds", "stop_seconds", "memory_idle_bytes", "memory_after_burst_bytes"}
)
# Those that only reading every layer gives, or gives whole: a secret may lie under another layer.
_DEEP: Final = frozenset({"download_bytes", "waste_bytes", "secret_files"})
_CHANCE: Final = 0.05
_STARTS: Final = 50  # that are taken of a side: the test counts every way to rank them


def needs_deep(budgets: Mapping[str, Sequence[Budget]]) -> bool:
    """Whether a budget asks for what only --deep measures, or for causes that only it tells."""
    return any(budget.measurement in _DEEP for own in budgets.values() for budget in own)


def held(run: Run, budgets: Mapping[str, Sequence[Budget]], baseline: Run | None, *, files: Files) -> Run:
    """The run with what became of each budget; a variant that breaks one has failed, and so has the run.

    `budgets` are by label; `files` gives an image's listing, where one is kept.  A variant that was skipped is
    held against nothing; one that failed keeps its own reason.
    """
    desk = _Desk(run=run, baseline=baseline, files=files)
    results = tuple(_held(result, budgets.get(result.label, ()), desk) for result in run.results)
    failed = run.status is RunStatus.PASSED and any(result.status is Status.FAILED for result in results)
    return replace(
        run,
        results=results,
        status=RunStatus.FAILED if failed else run.status,
        baseline=baseline.id if baseline is not None else "",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Desk:
    """What a budget is judged from."""

    run: Run
    baseline: Run | None
    files: Files


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bar:
    """A limit worked out."""

    limit: int | float  # in the measurement's unit
    words: str  # after "over": "60MB", "31.0 MB, 0.2 x vanilla's 155 MB"
    other: Result | None  # whose figure it comes from; None for an absolute one
    scale: Callable[[float], float] = float  # from the other's single starts to what they allow


def _held(result: Result, budgets: Sequence[Budget], desk: _Desk) -> Result:
    if result.status is Status.SKIPPED or not budgets:
        return result
    judged = tuple(_judged(budget, result, desk) for budget in budgets)
    failing = [each for each in judged if each.status is not BudgetStatus.KEPT]
    if result.status is Status.FAILED or not failing:
        return replace(result, budgets=judged)
    return replace(result, budgets=judged, status=Status.FAILED, reason=_reason(failing))


def _reason(failing: Sequence[BudgetResult]) -> str:
    """One budget with by how much, several by name: each tells its own reason."""
    if len(failing) == 1:
        return f"budget {failing[0].name}: {failing[0].reason}"
    named = {
        status: ", ".join(each.name for each in failing if each.status is status)
        for status in (BudgetStatus.BROKEN, BudgetStatus.UNDECIDED)
    }
    return "budgets " + "; ".join(f"{status}: {names}" for status, names in named.items() if names)


def _judged(budget: Budget, result: Result, desk: _Desk) -> BudgetResult:
    if isinstance(budget.limit, Must):
        status, reason, causes = answered(budget, result)
    else:
        status, reason, causes = _figure(budget, result, desk)
    if status is BudgetStatus.UNDECIDED and result.status is Status.FAILED:
        reason = f"the variant failed before this could be told: {reason}"
    return BudgetResult(
        name=budget.name,
        text=budget.text,
        measurement=budget.measurement,
        status=status,
        reason=reason,
        causes=causes,
    )


def _figure(budget: Budget, result: Result, desk: _Desk) -> Judged:
    """A budget of a figure."""
    found = under(result, budget.measurement)
    first = under(result, "first_response_seconds")
    if budget.measurement in _BEHAVIOUR and not found.measured and first.how is How.NOT_APPLICABLE:
        return BudgetStatus.KEPT, f"nothing to hold against it: {first.reason}", ()
    if found.how is How.NOT_APPLICABLE:
        return BudgetStatus.KEPT, f"nothing to hold against it: {found.reason}", ()
    figure = _number(found)
    if figure is None:
        return BudgetStatus.UNDECIDED, f"{budget.measurement} is not known: {_to_do(found, budget)}", ()
    bar = _bar(budget, result, desk, found.unit)
    if not isinstance(bar, _Bar):
        return (*bar, ())
    unit = "" if found.unit in ("bytes", "seconds") else f" {found.unit}"
    shown = _amount(figure, found.unit) + unit + (" (estimated)" if found.how is How.ESTIMATED else "")
    if figure <= bar.limit:
        return BudgetStatus.KEPT, f"{shown} is within {bar.words}", ()
    over = f"{shown} is {_amount(figure - bar.limit, found.unit)} over {bar.words}"
    status, chance = _beyond_noise(result, bar) if budget.measurement == "start_seconds" else (None, "")
    if status in (BudgetStatus.KEPT, BudgetStatus.UNDECIDED):
        return status, f"{over}, {chance}", ()
    causes = (
        brought(bar.other, result, budget.measurement, files=desk.files)
        if bar.other is not None
        else largest(result, budget.measurement, files=desk.files)
    )
    return BudgetStatus.BROKEN, f"{over}{chance and f', {chance}'}", causes


def _bar(budget: Budget, result: Result, desk: _Desk, unit: str) -> _Bar | tuple[BudgetStatus, str]:
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
    budget: Budget, limit: AtMostTimes, result: Result, desk: _Desk, unit: str
) -> _Bar | tuple[BudgetStatus, str]:
    name = limit.variant
    other = next((r for r in desk.run.results if (r.name, r.axes) == (name, result.axes)), None)
    if other is None:
        # The matrix has it, or would have been refused: the user has asked for a part of the matrix.
        return BudgetStatus.KEPT, f"not held here: {name} is not in this run; the whole matrix holds it"
    base = _base(under(other, budget.measurement))
    if base is None:
        found = under(other, budget.measurement)
        return BudgetStatus.UNDECIDED, f"that of {other.label} is not known: {_to_do(found, budget)}"
    factor = Fraction(str(limit.factor))
    bar = _whole(Fraction(base) * factor, unit)
    words = f"{_amount(bar, unit)}, which is {limit.factor:g} x {other.label}'s {_amount(base, unit)}"
    return _Bar(limit=bar, words=words, other=other, scale=lambda each: each * limit.factor)


def _by_baseline(
    budget: Budget, limit: AtMostMore, result: Result, desk: _Desk, unit: str
) -> _Bar | tuple[BudgetStatus, str]:
    kept, nothing, run = BudgetStatus.KEPT, "nothing to hold it against yet: ", desk.baseline
    if run is None:
        return kept, f"{nothing}no run before this one has passed"
    other = next((r for r in run.results if r.label == result.label), None)
    if other is None:
        return kept, f"{nothing}the baseline {run.id} has no variant {result.label}"
    if budget.measurement in _BEHAVIOUR and (differs := _elsewhere(run, desk.run)):
        return kept, f"{nothing}the baseline {run.id} was made {differs}; a run that passes here will do"
    found = under(other, budget.measurement)
    base = _base(found)
    if base is None:
        return kept, f"{nothing}the baseline {run.id} does not have it: {found.reason}"
    more = Fraction(base) * Fraction(str(limit.percent)) / 100 + Fraction(str(limit.more))
    bar = _whole(Fraction(base) + more, unit)
    words = f"{_amount(bar, unit)}, {budget.text} on the baseline's {_amount(base, unit)}"
    grown = 1 + limit.percent / 100
    return _Bar(limit=bar, words=words, other=other, scale=lambda each: each * grown + limit.more)


def _elsewhere(old: Run, new: Run) -> str:
    """How the place of an older run is another; "" where it is the same."""
    if old.host.id != new.host.id:
        return "on another machine"
    if (old.engine.name, old.engine.version) != (new.engine.name, new.engine.version):
        return f"on another engine, {old.engine.name} {old.engine.version}"
    if old.engine.image_store != new.engine.image_store:
        return f"on another image store, {old.engine.image_store}"
    return ""


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


def _to_do(found: Measurement, budget: Budget) -> str:
    """Why there is no figure, and what to do about it."""
    needs = budget.measurement in _DEEP and "--deep" not in found.reason
    return f"{found.reason}; measure with --deep" if needs else found.reason
