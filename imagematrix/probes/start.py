"""How soon a container answers: cold starts, repeated, with their spread and their outliers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from statistics import median
from typing import Final

from imagematrix.container import Start
from imagematrix.errors import StepError
from imagematrix.model import Measurement, Smoke, exact, unavailable
from imagematrix.probes.http import smoke

NAMES: Final = (
    "start_seconds",
    "start_min_seconds",
    "start_spread_seconds",
    "start_each_seconds",
    "start_outliers",
)
# A factor that makes the median absolute deviation of normal data estimate their standard deviation.
_MAD_TO_DEVIATION: Final = 1.4826
# Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993): label |modified z-score| > 3.5.
_OUTLIER: Final = 3.5
_FEWEST: Final = 3  # starts, before a spread means anything


def starts(
    start: Start,
    expected: Smoke,
    *,
    repeat: int,
    one_start: AbstractContextManager[object],
    stop: threading.Event,
) -> tuple[Measurement, ...]:
    """`start_seconds` and the rest of NAMES, of `repeat` starts, each of a new container.

    A start is from the engine's return of the start call to the whole right answer.  `one_start` is held
    from before a container is made until it is removed.  Raises StepError when one start gives no right
    answer; Interrupted.
    """
    each: list[float] = []
    for number in range(1, repeat + 1):
        try:
            with one_start, start() as running:
                each.append(smoke(running, expected, stop).first_response_seconds)
        except StepError as failure:
            raise StepError(failure.step, f"start {number} of {repeat}: {failure.reason}") from failure
    return summary(each)


def summary(each: Sequence[float]) -> tuple[Measurement, ...]:
    """What is said of the seconds that each start took, in their order."""
    count = f"{len(each)} start" + ("s" if len(each) > 1 else "")
    what = f"of {count}, each a new container, from the start call's return to the right answer"
    if len(each) < _FEWEST:
        reason = f"{count}: fewer than {_FEWEST} have no spread"
        spread = (
            unavailable("start_spread_seconds", reason, unit="seconds"),
            unavailable("start_outliers", reason),
        )
    else:
        spread = (
            exact(
                "start_spread_seconds",
                round(deviation(each), 6),
                unit="seconds",
                method=f"median absolute deviation x {_MAD_TO_DEVIATION} {what}",
            ),
            exact(
                "start_outliers",
                outliers(each),
                method=f"modified z-score above {_OUTLIER} (Iglewicz and Hoaglin 1993) {what}",
            ),
        )
    return (
        exact("start_seconds", round(median(each), 6), unit="seconds", method=f"median {what}"),
        exact("start_min_seconds", min(each), unit="seconds", method=f"minimum {what}"),
        spread[0],
        exact("start_each_seconds", tuple(each), unit="seconds", method=f"all {what}, in order"),
        spread[1],
    )


def deviation(values: Sequence[float]) -> float:
    """An estimate of the standard deviation that outliers do not spoil; in the unit of the values."""
    middle = median(values)
    return _MAD_TO_DEVIATION * median(abs(value - middle) for value in values)


def outliers(values: Sequence[float]) -> tuple[str, ...]:
    """Which values stand out, and how far: "start 1: 0.912 s, modified z-score 7.3".

    Where more than half of the values are equal there is no scale to hold one against: none is named.
    """
    middle, scale = median(values), deviation(values)
    if not scale:
        return ()
    scores = [(value - middle) / scale for value in values]
    return tuple(
        f"start {number}: {value:.3f} s, modified z-score {score:.1f}"
        for number, (value, score) in enumerate(zip(values, scores, strict=True), start=1)
        if abs(score) > _OUTLIER
    )
