"""Whether times and memory have changed: only when the change is large enough and statistically sure."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from statistics import median
from typing import Final

from imagematrix.model import Result
from imagematrix.model.difference import NoisyDifference, TimeVerdict
from imagematrix.verdicts.noise import rank_sum_test
from imagematrix.verdicts.told import EACH, known, samples, under

NAMES: Final = (
    "start_seconds",
    "stop_seconds",
    "stop_init_seconds",
    "memory_idle_bytes",
    "memory_after_burst_bytes",
)
_KEY: Final = "behaviour_key"
# Five starts on each side can just be sure: 2 of the 252 ways to rank them are as far apart, p = 0.0079.
CHANCE: Final = 0.01
# Less is not worth a word: the same image differs by as much from one hour to the next.
LEAST: Final = 0.10
_MOST: Final = 30  # samples that are taken of a side: the test counts every way to rank them
RULE: Final = (
    f"times and memory: changed is said only where the medians differ by {LEAST:.0%} or more and a two-sided "
    f"rank-sum test (Mann and Whitney) over the single measurements gives p below {CHANCE}, and by more than an "
    "image that has not changed differs between the two runs; what was measured once cannot be told from chance"
)


def noisy_differences(
    old: Result, new: Result, *, apart: str, drifted: float = 0.0
) -> tuple[NoisyDifference, ...]:
    """The noisy figures that either has.

    `apart` says why they cannot be compared, "" where they can; a change by no more than `drifted`, a
    part of the old figure, is none.
    """
    found = []
    for name in NAMES:
        was, now = under(old, name), under(new, name)
        if was.measured or now.measured:
            verdict, reason = _judged(old, new, name, apart=apart, drifted=drifted)
            unit = now.unit or was.unit
            found.append(
                NoisyDifference(name=name, unit=unit, old=was, new=now, verdict=verdict, reason=reason)
            )
    return tuple(found)


def drift(old: Result, new: Result) -> float:
    """By what part of itself the start-up of the very same image differs, where that is no chance; else 0.

    It is the machine that has changed then: how busy it was.
    """
    before, after = (_samples(result, "start_seconds") for result in (old, new))
    if not _one_image(old, new) or before == after or not _enough(before, after):
        return 0.0
    return abs(_change(before, after)) if p_value(before, after) < CHANCE else 0.0


def _one_image(old: Result, new: Result) -> bool:
    """The same image, started in the same way on the same engine."""
    before, after = under(old, _KEY), under(new, _KEY)
    return before.measured and after.measured and before.value == after.value


def _samples(result: Result, name: str) -> tuple[float, ...]:
    """The single measurements; of a figure that is measured once, that."""
    if name in EACH:
        return samples(result, name)[:_MOST]
    found = under(result, name)
    return (float(found.value),) if found.measured and isinstance(found.value, (int, float)) else ()


def _enough(before: Sequence[float], after: Sequence[float]) -> bool:
    """Whether a test over so many can be sure at all."""
    return 2 / comb(len(before) + len(after), len(before)) < CHANCE


def _judged(old: Result, new: Result, name: str, *, apart: str, drifted: float) -> tuple[TimeVerdict, str]:
    was, now = under(old, name), under(new, name)
    for side, measurement in (("old", was), ("new", now)):
        if not measurement.measured:
            how = "not applicable to" if known(measurement) else "not measured in"
            return TimeVerdict.NOT_COMPARED, f"{how} the {side}: {measurement.reason}"
    if apart:
        return TimeVerdict.NOT_COMPARED, apart
    before, after = _samples(old, name), _samples(new, name)
    if _one_image(old, new) and (was.value, before) == (now.value, after):
        return TimeVerdict.SAME, "the image has not changed, and its behaviour was not measured again"
    if not before or not after:
        return TimeVerdict.UNDECIDED, "the single measurements are not in the record"
    if len(before) == len(after) == 1:
        return TimeVerdict.UNDECIDED, "measured once on each side"
    counts = f"{len(before)} and {len(after)} measurements"
    if not _enough(before, after):
        return TimeVerdict.UNDECIDED, f"{counts}: too few to tell a change from chance"
    verdict, told = judge(before, after, counts, drifted=drifted)
    if _one_image(old, new) and verdict is not TimeVerdict.WITHIN:
        return TimeVerdict.WITHIN, f"{told}, of the very same image: the machine was not as busy"
    return verdict, told


def judge(
    before: Sequence[float], after: Sequence[float], counts: str, *, drifted: float = 0.0
) -> tuple[TimeVerdict, str]:
    """By RULE; there must be samples enough on both sides.  `counts` says how many there are."""
    p, change = p_value(before, after), _change(before, after)
    told = f"medians {change:+.0%}, p {p:.2g}, {counts}"
    if p >= CHANCE or abs(change) < LEAST or abs(change) <= drifted:
        return TimeVerdict.WITHIN, told
    return TimeVerdict.MORE if change > 0 else TimeVerdict.LESS, told


def _change(before: Sequence[float], after: Sequence[float]) -> float:
    """Of the medians, as a part of the old one."""
    was = median(before)
    return (median(after) - was) / was if was else 0.0


def p_value(before: Sequence[float], after: Sequence[float]) -> float:
    """Two-sided: twice the smaller of the two one-sided chances, 1 at most."""
    return min(1.0, 2 * min(rank_sum_test(after, before), rank_sum_test(before, after)))
