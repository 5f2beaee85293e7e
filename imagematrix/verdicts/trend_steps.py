"""Where a figure steps, by rules that can be told in a sentence.

Bytes: a step is what differs from the bytes at the last step by `BYTES` of these or more, so that a few bytes
are none, and many times a few become one.  Counts: any change is a step.  Only where one is an estimate and
the other is not, a change within the estimate's error is none.

Times and memory: a step comes in with a run where that run and the next both differ from the level before,
in one direction, by `LEAST` or more and by `DEVIATIONS` or more; and, where the single starts are known, a
rank-sum test over those of the two runs and those of the level gives a p below `CHANCE` (noisy.py).  The
level is the runs since the last step, `LEVEL` of them at most.  The deviation is that of the level's runs, or
of what all runs move from one to the next where that is more, both by medians, which a few steps do not
spoil.  So a run that stands out alone is no step: the machine may have been busy.  After asv's idea of
piecewise constant levels (its documentation, "Regression detection"), in a form that needs few runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import median
from typing import Final

from imagematrix.model import Change, How, Measurement, Point
from imagematrix.verdicts.apart import ESTIMATE
from imagematrix.verdicts.noise import CHANCE, p_value
from imagematrix.verdicts.noisy import LEAST

BYTES: Final = 0.001
DEVIATIONS: Final = 3.0
LEVEL: Final = 8  # runs: what is before them is another time
_MOST: Final = 5  # starts that are taken of a run: the test counts every way to rank them
_FEWEST: Final = 2  # runs of a level, and of what differs from it
# A factor that makes the median absolute deviation of normal data estimate their standard deviation.
_MAD_TO_DEVIATION: Final = 1.4826
ENOUGH: Final = 2 * _FEWEST  # runs, of which a step can be told
BYTE_RULE: Final = f"bytes step where they differ by {BYTES:.1%} or more from those at the last step"
RULE: Final = (
    f"a time or memory steps where two runs in a row differ, in one direction, from the two or more before them by "
    f"{LEAST:.0%} and by {DEVIATIONS:.0f} deviations (of those before, or of what all runs move from one to the "
    f"next where that is more), and a rank-sum test over their single starts, where these are known, gives p below "
    f"{CHANCE}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One run's figure, and what is known of it besides."""

    point: Point
    measurement: Measurement
    each: tuple[float, ...]  # the times that it is the median of; () where it is none


def byte_steps(seen: Sequence[Seen]) -> tuple[Change, ...]:
    """The steps of a figure that is the same for the same image."""
    steps = []
    level = seen[0] if seen else None
    for each in seen[1:]:
        assert level is not None
        one_kind = level.measurement.how is each.measurement.how
        if _steps(level, each) if one_kind else _beyond_estimate(level, each):
            steps.append(_change(each.point, level.point, level.point.value, each.point.value))
            level = each
        elif not one_kind:
            level = (
                each  # what is no step by the kind of the figure is none to those of its own kind after it
            )
    return tuple(steps)


def _steps(level: Seen, later: Seen) -> bool:
    old, new = level.point.value, later.point.value
    least = BYTES * old if later.measurement.unit == "bytes" else 0.0
    return old != new and abs(new - old) >= least


def _beyond_estimate(level: Seen, later: Seen) -> bool:
    """Two estimates of one image are equal; so only an estimate and another kind of figure are held apart."""
    estimate, other = sorted((level, later), key=lambda each: each.measurement.how is not How.ESTIMATED)
    return abs(estimate.point.value - other.point.value) > ESTIMATE * estimate.point.value


def noisy_steps(seen: Sequence[Seen]) -> tuple[Change, ...]:
    """The steps of a time or of memory."""
    noise = _noise([each.point.value for each in seen])
    starts = [0]
    place = _FEWEST
    while place + _FEWEST <= len(seen):
        level = seen[max(starts[-1], place - LEVEL) : place]
        if len(level) >= _FEWEST and _differs(level, seen[place : place + _FEWEST], noise):
            starts.append(place)
            place += _FEWEST
        else:
            place += 1
    levels = [seen[begin:end] for begin, end in zip(starts, [*starts[1:], len(seen)], strict=True)]
    return tuple(
        _change(after[0].point, before[-1].point, _middle(before), _middle(after))
        for before, after in pairwise(levels)
    )


def told_from(values: Sequence[float]) -> float:
    """The least step that `noisy_steps` can tell in them, as a part of their median: what they move hides a smaller."""
    middle = median(values)
    return max(LEAST, DEVIATIONS * _noise(values) / middle) if middle else LEAST


def _noise(values: Sequence[float]) -> float:
    """The deviation that values of one level would have, were they to move from one to the next as these do."""
    moves = [abs(later - each) for each, later in pairwise(values)]
    return _MAD_TO_DEVIATION * median(moves) / sqrt(2) if moves else 0.0


def _differs(level: Sequence[Seen], later: Sequence[Seen], noise: float) -> bool:
    middle = _middle(level)
    gaps = [each.point.value - middle for each in later]
    far = max(LEAST * middle, DEVIATIONS * max(noise, _deviation([each.point.value for each in level])))
    one_way = all(gap > 0 for gap in gaps) or all(gap < 0 for gap in gaps)
    if not one_way or any(abs(gap) < far for gap in gaps):
        return False
    before = [time for each in level for time in each.each[:_MOST]]
    after = [time for each in later for time in each.each[:_MOST]]
    if not before or not after:
        return True  # memory, and times of which there is one a run
    return p_value(before, after) < CHANCE


def _middle(seen: Sequence[Seen]) -> int | float:
    values = [each.point.value for each in seen]
    middle = median(values)
    return round(middle) if all(isinstance(value, int) for value in values) else middle


def _deviation(values: Sequence[float]) -> float:
    middle = median(values)
    return _MAD_TO_DEVIATION * median(abs(value - middle) for value in values)


def _change(point: Point, last: Point, before: int | float, after: int | float) -> Change:
    """`last` is a point of the level before."""
    return Change(
        run_id=point.run_id,
        commit=point.commit,
        before=before,
        after=after,
        dirty=point.dirty,
        before_estimated=last.estimated,
        after_estimated=point.estimated,
    )
