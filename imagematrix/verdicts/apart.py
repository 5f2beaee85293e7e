"""Whether two figures of one run can be told apart, or lie within noise.

- Exact bytes and counts: any difference is one.
- Estimated bytes: where what both may be in truth does not overlap.
- Start-up times: by the rule for times that have changed (see noisy.py), over the single starts of both.
- Memory: read once, so there is no spread to hold a difference against; from that rule's least share on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from imagematrix.model import How, Result
from imagematrix.verdicts.noise import CHANCE, p_value
from imagematrix.verdicts.noisy import LEAST
from imagematrix.verdicts.told import EACH, samples, told

ESTIMATE: Final = 0.05  # how far from the truth an estimate of bytes may be (image/sampling.py)
_MOST: Final = 15  # starts that are taken of a variant: the test counts every way to rank them
RULES: Final[Mapping[str, str]] = {
    "start_seconds": f"a start-up counts as slower from {LEAST:.0%} on, where a rank-sum test over the single "
    f"starts gives p below {CHANCE}",
    "memory_idle_bytes": f"memory is read once, and counts as more from {LEAST:.0%} on",
    "download_bytes": f"estimated download sizes are within {ESTIMATE:.0%}: a difference counts where these do "
    "not overlap",
}


def number(result: Result, name: str) -> int | float | None:
    """The figure; None where it was not measured."""
    found = told(result).get(name)
    if found is None or not found.measured or not isinstance(found.value, (int, float)):
        return None
    return found.value


def less(one: Result, other: Result, name: str) -> bool:
    """Whether the one's figure is less than the other's by more than noise; False where either has none."""
    small, large = number(one, name), number(other, name)
    if small is None or large is None or small >= large:
        return False
    if name in EACH:
        return large >= (1 + LEAST) * small and _ranks_above(other, one, name)
    if name.startswith("memory_"):
        return large >= (1 + LEAST) * small
    return small * (1 + _error(one, name)) < large * (1 - _error(other, name))


def _error(result: Result, name: str) -> float:
    return ESTIMATE if told(result)[name].how is How.ESTIMATED else 0.0


def _ranks_above(slow: Result, fast: Result, name: str) -> bool:
    """Too few starts, or none that are known one by one, tell nothing."""
    above, below = samples(slow, name)[:_MOST], samples(fast, name)[:_MOST]
    return bool(above and below) and _chance(below, above) < CHANCE


@lru_cache(maxsize=4096)
def _chance(before: tuple[float, ...], after: tuple[float, ...]) -> float:
    """Kept: every profile asks it of the same pairs."""
    return p_value(before, after)
