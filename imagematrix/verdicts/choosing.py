"""The choice: one criterion after the other, each keeping those that do best at it.

Among those that a criterion leaves, the next decides.  A figure keeps all that cannot be told apart from the
best, so that noise decides nothing.  A variant of which a want was not measured is not ruled out by it, nor
does it rule out another; a figure that was not measured of all is not weighed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imagematrix.model import Result
from imagematrix.verdicts.apart import number
from imagematrix.verdicts.profiles import Amount
from imagematrix.verdicts.taken_over import surely_less
from imagematrix.verdicts.wants import Want


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """A criterion that told variants apart."""

    by: Want | Amount
    left: tuple[str, ...]  # labels that it keeps
    out: tuple[str, ...]  # labels that it rules out


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """What is left at the end, and how it came to that."""

    left: tuple[Result, ...]  # more than one where nothing tells them apart
    steps: tuple[Decided, ...]
    unasked: tuple[str, ...]  # wants and figures that could not be weighed
    unknown: tuple[tuple[str, str], ...]  # (want, label): not measured, where it was of others


def choose(results: Sequence[Result], wants: Sequence[Want], amounts: Sequence[Amount]) -> Chosen:
    """Of at least one result."""
    left = list(results)
    steps: list[Decided] = []
    unasked: list[str] = []
    unknown: list[tuple[str, str]] = []
    for want in wants:
        answers = {result.label: want.ask(result) for result in left}
        known = [answer.short for answer in answers.values() if answer is not None]
        if not known:
            unasked.append(want.name)
            continue
        unknown += [(want.name, label) for label, answer in answers.items() if answer is None]
        best = min(known)
        kept = [r for r in left if (answer := answers[r.label]) is None or answer.short == best]
        left = _step(want, left, kept, steps)
    for amount in amounts:
        if any(number(result, amount.measurement) is None for result in results):
            unasked.append(amount.wish)
            continue
        kept = [each for each in left if not any(_beats(other, each, amount) for other in left)]
        left = _step(amount, left, kept, steps)
    return Chosen(
        left=tuple(left),
        steps=tuple(steps),
        unasked=tuple(unasked),
        unknown=tuple(unknown),
    )


def _step(by: Want | Amount, left: list[Result], kept: list[Result], steps: list[Decided]) -> list[Result]:
    if len(kept) < len(left):
        labels = tuple(result.label for result in kept)
        out = tuple(result.label for result in left if result.label not in labels)
        steps.append(Decided(by=by, left=labels, out=out))
    return kept


def _beats(one: Result, other: Result, amount: Amount) -> bool:
    less, more = (other, one) if amount.large else (one, other)
    return surely_less(less, more, amount.measurement)


def pareto(results: Sequence[Result], objectives: Sequence[str]) -> tuple[str, ...]:
    """Labels of those that no other beats: at one objective by more than noise, and at none by it beaten."""
    if not objectives:
        return ()
    kept = [each for each in results if not any(_dominates(other, each, objectives) for other in results)]
    return tuple(result.label for result in kept or results)  # noise can make a ring, each beating the next


def _dominates(one: Result, other: Result, objectives: Sequence[str]) -> bool:
    return any(surely_less(one, other, name) for name in objectives) and not any(
        surely_less(other, one, name) for name in objectives
    )
