"""Whether times and memory have changed: only when the change is large enough and statistically sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imagematrix.model import Result
from imagematrix.model.difference import NoisyDifference, TimeVerdict
from imagematrix.verdicts.controls import change, enough, one_key, slowed, taken, unchanged
from imagematrix.verdicts.noise import CHANCE, p_value
from imagematrix.verdicts.told import known, under

NAMES: Final = (
    "start_seconds",
    "stop_seconds",
    "stop_init_seconds",
    "memory_idle_bytes",
    "memory_after_burst_bytes",
)
# Less is not worth a word: the same image differs by as much from one hour to the next.
LEAST: Final = 0.10
RULE: Final = (
    f"times and memory: changed is said only where the medians differ by {LEAST:.0%} or more and a two-sided "
    f"rank-sum test (Mann and Whitney) over the single measurements gives p below {CHANCE}, also when the old "
    "are taken for as much slower, or faster, as an image that has not changed; what was measured once cannot be "
    "told from chance"
)


def noisy_differences(
    old: Result, new: Result, *, apart: str, drifted: float = 0.0
) -> tuple[NoisyDifference, ...]:
    """The noisy figures that either has.

    `apart` says why they cannot be compared, "" where they can; images that have not changed differ by
    `drifted`, a part of the old figure.
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


def _judged(old: Result, new: Result, name: str, *, apart: str, drifted: float) -> tuple[TimeVerdict, str]:
    was, now = under(old, name), under(new, name)
    for side, measurement in (("old", was), ("new", now)):
        if not measurement.measured:
            how = "not applicable to" if known(measurement) else "not measured in"
            return TimeVerdict.NOT_COMPARED, f"{how} the {side}: {measurement.reason}"
    if apart:
        return TimeVerdict.NOT_COMPARED, apart
    before, after = taken(old, name), taken(new, name)
    if one_key(old, new) and (was.value, before) == (now.value, after):
        return TimeVerdict.SAME, "the image has not changed, and its behaviour was not measured again"
    if not before or not after:
        return TimeVerdict.UNDECIDED, "the single measurements are not in the record"
    if len(before) == len(after) == 1:
        return TimeVerdict.UNDECIDED, "measured once on each side"
    counts = f"{len(before)} and {len(after)} measurements"
    if not enough(before, after):
        return TimeVerdict.UNDECIDED, f"{counts}: too few to tell a change from chance"
    verdict, told = judge(before, after, counts, drifted=drifted)
    if unchanged(old, new) and verdict is not TimeVerdict.WITHIN:
        return TimeVerdict.WITHIN, f"{told}, of the very same image: the machine was not as busy"
    return verdict, told


def judge(
    before: Sequence[float], after: Sequence[float], counts: str, *, drifted: float = 0.0
) -> tuple[TimeVerdict, str]:
    """By RULE; there must be samples enough on both sides.  `counts` says how many there are."""
    by = change(before, after)
    told = f"medians {by:+.0%}, p {p_value(before, after):.2g}, {counts}"
    verdict = _sure(before, after)
    if verdict is not TimeVerdict.WITHIN and drifted:
        # By the machine's share, in the direction that makes the least of the change.
        share = drifted if by > 0 else 1 / (1 + drifted) - 1
        if _sure(slowed(before, share), after) is not verdict:
            return TimeVerdict.WITHIN, f"{told}; images that have not changed differ by {drifted:.0%}"
    return verdict, told


def _sure(before: Sequence[float], after: Sequence[float]) -> TimeVerdict:
    by = change(before, after)
    if abs(by) < LEAST or p_value(before, after) >= CHANCE:
        return TimeVerdict.WITHIN
    return TimeVerdict.MORE if by > 0 else TimeVerdict.LESS
