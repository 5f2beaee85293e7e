"""What of a change is the machine's and not an image's: the controls of every comparison of two runs.

Times and memory of two runs are compared on the same machine and engine alone.  There, an image that has not
changed is a control: what it starts slower or faster by is how busy the machine was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb
from statistics import median
from typing import Final

from imagematrix.model import Result, Run
from imagematrix.verdicts.noise import CHANCE, p_value
from imagematrix.verdicts.told import EACH, samples, under

_KEY: Final = "behaviour_key"
_MOST: Final = 30  # samples that are taken of a side: the test counts every way to rank them


def elsewhere(old: Run, new: Run) -> str:
    """Where the old run was made, if its times and memory cannot be held against the new one's; else ""."""
    if old.host.id != new.host.id:
        return "on another machine"
    if (old.host.cpus, old.host.memory_bytes, old.host.release) != (
        new.host.cpus,
        new.host.memory_bytes,
        new.host.release,
    ):
        return "on this machine with other processors, another memory or another kernel"
    if (old.engine.name, old.engine.version) != (new.engine.name, new.engine.version):
        return f"on another engine, {old.engine.name} {old.engine.version}"
    if old.engine.image_store != new.engine.image_store:
        return f"on another image store, {old.engine.image_store}"
    return "" if old.engine == new.engine else f"on another engine of version {old.engine.version}"


def unchanged(old: Result, new: Result) -> bool:
    """The same image, started in the same way as far as the records tell.

    The key of its behaviour tells it, unless the starts were not as many: it is another one for that alone.
    """
    if old.image is None or new.image is None or old.image.config_digest != new.image.config_digest:
        return False
    if not all(under(result, _KEY).measured for result in (old, new)):
        return True
    counts = [len(samples(result, "start_seconds")) for result in (old, new)]
    return one_key(old, new) or counts[0] != counts[1]


def one_key(old: Result, new: Result) -> bool:
    """Whether all that their behaviour depends on is known to be the same, so that it may be of one measurement."""
    before, after = under(old, _KEY), under(new, _KEY)
    return before.measured and after.measured and before.value == after.value


def drifts(old: Run, new: Run) -> tuple[float, ...]:
    """By how much each image that has not changed starts slower in the new run, or faster: see `drift`."""
    return tuple(each for each in (drift(*pair) for pair in _pairs(old, new)) if each)


def controlled(old: Run, new: Run) -> bool:
    """Whether an image that has not changed was timed in each of the two, so that `drifts` can tell at all."""
    return any(_is_control(*pair) for pair in _pairs(old, new))


def _pairs(old: Run, new: Run) -> Iterator[tuple[Result, Result]]:
    before = {result.label: result for result in old.results}
    return ((before[each.label], each) for each in new.results if each.label in before)


def _is_control(old: Result, new: Result) -> bool:
    before, after = (taken(result, "start_seconds") for result in (old, new))
    return unchanged(old, new) and before != after and enough(before, after)


def drift(old: Result, new: Result) -> float:
    """By what part of itself the very same image starts slower, negative for faster, beyond chance; else 0."""
    if not _is_control(old, new):
        return 0.0
    before, after = (taken(result, "start_seconds") for result in (old, new))
    return change(before, after) if p_value(before, after) < CHANCE else 0.0


def slowed(times: Sequence[float], by: float) -> tuple[float, ...]:
    """The times of a machine that is slower by this part; quicker, where it is negative."""
    return tuple(each * (1 + by) for each in times)


def taken(result: Result, name: str) -> tuple[float, ...]:
    """The single measurements; of a figure that is measured once, that."""
    if name in EACH:
        return samples(result, name)[:_MOST]
    found = under(result, name)
    return (float(found.value),) if found.measured and isinstance(found.value, (int, float)) else ()


def enough(before: Sequence[float], after: Sequence[float]) -> bool:
    """Whether a test over so many can be sure at all."""
    return 2 / comb(len(before) + len(after), len(before)) < CHANCE


def change(before: Sequence[float], after: Sequence[float]) -> float:
    """Of the medians, as a part of the old one."""
    was = median(before)
    return (median(after) - was) / was if was else 0.0
