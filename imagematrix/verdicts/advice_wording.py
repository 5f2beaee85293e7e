"""The sentences of an advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from imagematrix.model import How, Result, Status
from imagematrix.units import size
from imagematrix.verdicts.apart import number
from imagematrix.verdicts.choosing import Decided
from imagematrix.verdicts.profiles import Amount, Profile
from imagematrix.verdicts.taken_over import at_other_times, surely_less
from imagematrix.verdicts.told import under
from imagematrix.verdicts.wants import Want

_LISTED: Final = 6  # names in a sentence
# What stands after a figure.
_NAMES: Final[Mapping[str, str]] = {
    "download_bytes": "to download",
    "unpacked_bytes": "unpacked",
    "start_seconds": "to start",
    "memory_idle_bytes": "of memory",
    "executables": "executable files",
}
# What it is called by itself.
_NOUNS: Final[Mapping[str, str]] = {
    "download_bytes": "the download",
    "unpacked_bytes": "the unpacked size",
    "start_seconds": "the start-up",
    "memory_idle_bytes": "the memory when idle",
}


def noun(measurement: str) -> str:
    """A figure in words, where it stands alone."""
    return _NOUNS[measurement]


def figure_name(measurement: str) -> str:
    """What stands after a figure: "57.3 MB to download"."""
    return _NAMES[measurement]


def shown(value: float, measurement: str) -> str:
    """A figure in its unit."""
    if measurement.endswith("_seconds"):
        return f"{value * 1000:.0f} ms" if value < 0.9995 else f"{value:.1f} s"
    return size(int(value)) if measurement.endswith("_bytes") else f"{int(value):,}"


def told(result: Result, measurement: str) -> str:
    """A figure of a result that has it, in its unit, with "~" before an estimate."""
    about = "~" if under(result, measurement).how is How.ESTIMATED else ""
    return f"{about}{shown(number(result, measurement) or 0, measurement)}"


def listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c", "a, b, c, d, e and 3 more"."""
    if len(words) > _LISTED:
        return f"{', '.join(words[: _LISTED - 1])} and {len(words) - _LISTED + 1} more"
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1] if words else "")))


def wants(profile: Profile, conditions: Sequence[str], amounts: Sequence[Amount]) -> str:
    """What is asked for, in the order in which it is weighed."""
    asked = [*conditions, *(want.name for want in profile.wants)]
    weighed = f"the {', '.join(amount.wish for amount in amounts)}"
    return (
        f"in this order: {', '.join(asked)}; of those alike, {weighed}"
        if asked
        else f"in this order: {weighed}"
    )


def why(
    choice: Result,
    steps: Sequence[Decided],
    left: Sequence[Result],
    conditions: Sequence[str],
    *,
    alone: bool,
) -> str:
    """The criteria that left the choice, each with what it ruled out; `left` hold the conditions.

    `alone`: no other variant was in the run.
    """
    if alone:
        holds = f" and has {listed(conditions)}" if conditions else ""
        return f"{choice.label} is the only variant of this run{holds}; no other was in it to be weighed"
    if len(left) == 1:
        through = "passed" if choice.status is Status.PASSED else "came through every step"
        only = f"has {listed(conditions)}" if conditions else through
        return f"{choice.label} is the only variant of this run that {only}"
    if not steps:
        return f"nothing that is weighed tells {listed([result.label for result in left])} apart"
    found = {result.label: result for result in left}
    phrases = [_ruled_out(choice, step, found) for step in steps]
    return f"{choice.label} {'; it '.join(phrases)}"


def _ruled_out(choice: Result, step: Decided, found: Mapping[str, Result]) -> str:
    if isinstance(step.by, Want):
        answer = step.by.ask(choice)
        return f"{answer.text if answer else ''}, which rules out {listed(step.out)}"
    name = step.by.measurement
    out = [f"{label} ({told(found[label], name)})" for label in step.out]
    return f"has the {step.by.wish} ({told(choice, name)}), which rules out {listed(out)}"


def against(choice: Result, other: Result, by: Want | Amount | None, objectives: Sequence[str]) -> str:
    """What the choice has over another variant, and at which figures that one does better."""
    parts = []
    if isinstance(by, Want):
        answer = by.ask(other)
        parts.append(answer.text if answer else f"whether it has {by.name} was not measured")
    elif by is not None and by.measurement not in objectives:
        parts.append(more_than(other, choice, by.measurement))
    parts += [more_than(other, choice, name) for name in objectives]
    return "; ".join(filter(None, parts))


def more_than(one: Result, other: Result, measurement: str) -> str:
    """How the one's figure stands to the other's: "12.3 MB more to download (1.2 x)"."""
    mine, theirs = number(one, measurement), number(other, measurement)
    if mine is None or theirs is None:
        return ""
    start, name = measurement == "start_seconds", _NAMES[measurement].removeprefix("of ")
    apart = surely_less(one, other, measurement) or surely_less(other, one, measurement)
    doubted = mine != theirs and at_other_times(one, other, measurement)
    if not apart and not doubted:
        same = "starts as fast" if start else f"as much {name}"
        return same if mine == theirs else f"{same}, within noise"
    about = "~" if any(under(each, measurement).how is How.ESTIMATED for each in (one, other)) else ""
    gap = f"{about}{shown(abs(mine - theirs), measurement)}"
    ratio = _ratio(mine, theirs)
    if start:
        rest = ", measured in another run" if doubted else ""
        return f"starts {gap} {'slower' if mine > theirs else 'faster'}{ratio}{rest}"
    return f"{gap} {'more' if mine > theirs else 'less'} {name}{ratio}"


def _ratio(mine: float, theirs: float) -> str:
    """ " (1.2 x)"; "" where there is nothing to divide by, or nothing to be seen at this precision."""
    if not theirs:
        return ""
    ratio = mine / theirs
    text = f"{ratio:.2f}" if ratio < 1 else f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:.0f}"
    return "" if float(text) == 1 else f" ({text} x)"
