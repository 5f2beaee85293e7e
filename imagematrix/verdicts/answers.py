"""Which answers in words differ between two results; what one side alone has; budgets."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from imagematrix.model import BudgetStatus, Cell, Measurement, Result, Table
from imagematrix.model.difference import (
    AnswerDifference,
    BudgetDifference,
    OneSided,
)
from imagematrix.verdicts.noisy import NAMES
from imagematrix.verdicts.told import known, told, under

# No answers: a digest over others, and what is noise.
_LEFT_OUT: Final = frozenset(
    {"behaviour_key", "start_outliers", "start_each_seconds", "start_spread_seconds", "start_min_seconds"}
    | {"first_response_seconds", *NAMES}
)
_WORDS: Final = ("", "exit code")  # units of answers
_IN_ORDER: Final = ("entrypoint", "command")
_NOT_SET: Final = "not set"
_DIGEST: Final = 19  # "sha256:" and a dozen digits


def answer_differences(old: Result, new: Result) -> tuple[AnswerDifference, ...]:
    """The answers that are known on both sides and are not the same."""
    before, after = told(old), told(new)
    both = [name for name in after if name in before]
    answers = (_answer(name, before[name], after[name]) for name in both)
    return (*_ends(old, new), *_bases(old, new), *(each for each in answers if each is not None))


def _ends(old: Result, new: Result) -> Iterator[AnswerDifference]:
    ends = [f"{each.status}: {each.reason}" if each.reason else str(each.status) for each in (old, new)]
    if ends[0] != ends[1]:
        yield _told("status", *(end.split("\n", 1)[0] for end in ends))
    codes = [str(result.smoke.http_status) if result.smoke else "" for result in (old, new)]
    if all(codes) and codes[0] != codes[1]:
        yield _told("http_status", *codes)


def _bases(old: Result, new: Result) -> Iterator[AnswerDifference]:
    """Bases of the same reference that are other images; what the image stands on is an answer by itself."""
    before = {base.reference: base for base in old.bases}
    for base in new.bases:
        was = before.get(base.reference)
        if was is not None and (was.digest, was.source) != (base.digest, base.source):
            words = (f"{each.source} {each.digest[:_DIGEST]}" for each in (was, base))
            yield _told(f"base {base.reference}", *words)


def _told(name: str, old: str, new: str) -> AnswerDifference:
    return AnswerDifference(name=name, old=old, new=new, added=(), removed=())


def _answer(name: str, old: Measurement, new: Measurement) -> AnswerDifference | None:
    if name in _LEFT_OUT or not (known(old) and known(new)) or not _is_answer(old, new):
        return None
    before, after = _listed(name, old), _listed(name, new)
    if before is None or after is None:
        words = _text(old), _text(new)
        return None if words[0] == words[1] else _told(name, *words)
    if before == after:
        return None
    return AnswerDifference(
        name=name,
        old=", ".join(before) or "none",
        new=", ".join(after) or "none",
        added=tuple(each for each in after if each not in before),
        removed=tuple(each for each in before if each not in after),
    )


def _is_answer(*sides: Measurement) -> bool:
    return all(side.unit in _WORDS and not isinstance(side.value, Table) for side in sides)


def _listed(name: str, measurement: Measurement) -> tuple[str, ...] | None:
    """A list whose order says nothing; None for all else."""
    if isinstance(measurement.value, tuple) and name not in _IN_ORDER:
        return tuple(sorted(map(str, measurement.value)))
    return None


def _text(measurement: Measurement) -> str:
    value = measurement.value
    if not measurement.measured:
        return "not applicable"
    if isinstance(value, tuple):
        return shlex.join(map(str, value)) or "none"
    return "" if isinstance(value, Table) else _cell(value)


def _cell(value: Cell) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def one_sided(old: Result, new: Result) -> tuple[OneSided, ...]:
    """What was measured on one side and not on the other, by the reason; the whole image where a side has none."""
    if old.image is None or new.image is None:
        return tuple(_no_image(old, new))
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    before, after = told(old), told(new)
    for name in dict.fromkeys((*after, *before)):
        was, now = under(old, name), under(new, name)
        if known(was) != known(now):
            missing, why = ("new", now) if known(was) else ("old", was)
            names[missing, why.reason].append(name)
    return tuple(
        OneSided(names=tuple(each), missing=missing, reason=reason)
        for (missing, reason), each in names.items()
    )


def _no_image(old: Result, new: Result) -> Iterator[OneSided]:
    for side, having, lacking in (("new", old, new), ("old", new, old)):
        if having.image is not None:
            reason = lacking.not_reached or "there is none"
            yield OneSided(names=("image",), missing=side, reason=reason)


def budget_differences(old: Result, new: Result) -> tuple[BudgetDifference, ...]:
    """Budgets that stand otherwise than before, and those that are not kept."""
    before, after = ({budget.name: budget for budget in result.budgets} for result in (old, new))
    found = []
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name), after.get(name)
        ends = tuple(str(each.status) if each else _NOT_SET for each in (was, now))
        if ends[0] != ends[1] or ends[1] in (BudgetStatus.BROKEN, BudgetStatus.UNDECIDED):
            last = now or was
            assert last is not None
            reason = now.reason if now else ""
            found.append(BudgetDifference(name=name, text=last.text, old=ends[0], new=ends[1], reason=reason))
    return tuple(found)
