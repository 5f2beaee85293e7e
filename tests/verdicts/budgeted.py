"""Variants and budgets, and what becomes of them, for the tests of budgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from imagematrix.model import (
    AtMostMore,
    Budget,
    BudgetResult,
    BudgetStatus,
    Limit,
    Measurement,
    Result,
    Run,
    exact,
)
from imagematrix.verdicts.budgets import held
from tests import made

MB: Final = 10**6
KEPT, BROKEN, UNDECIDED = BudgetStatus.KEPT, BudgetStatus.BROKEN, BudgetStatus.UNDECIDED
NOT_HELD: Final = BudgetStatus.NOT_HELD


def budget(limit: Limit, measurement: str = "own_bytes", *, name: str = "max_own", text: str = "?") -> Budget:
    return Budget(name=name, text=text, measurement=measurement, limit=limit)


def with_(result: Result, *measurements: Measurement) -> Result:
    names = {measurement.name for measurement in measurements}
    kept = (each for each in result.measurements if each.name not in names)
    return replace(result, measurements=(*kept, *measurements))


def own(count: int, label: str = "alpine") -> Result:
    """A variant with that many bytes of its own."""
    return with_(made.result(label), exact("own_bytes", count, unit="bytes", method="layers"))


def started(*seconds: float, label: str = "alpine", key: str = "") -> Result:
    """One with these starts; of two with a `key`, both images and their behaviour are the same where the keys are."""
    middle = sorted(seconds)[len(seconds) // 2]
    return with_(
        made.result(label),
        *([exact("behaviour_key", key, method="sha256")] if key else []),
        exact("start_seconds", middle, unit="seconds", method="median"),
        exact("start_each_seconds", seconds, unit="seconds", method="each"),
    )


def judged(
    result: Result, limit: Budget, *others: Result, baseline: Run | None = None, run: Run | None = None
) -> BudgetResult:
    baselines = {result.label: baseline} if baseline is not None else {}
    whole = held(
        run or made.run(result, *others), {result.label: (limit,)}, baselines, files=lambda each: each.listing
    )
    (told,) = whole.results[0].budgets
    return told


def more(percent: float = 0.0, count: float = 0, text: str = "+1%") -> Budget:
    return budget(AtMostMore(percent=percent, more=count), text=text)
