"""What a variant is short of: of one's own constraints, and of its own budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from imagematrix.model import AtMost, Budget, BudgetResult, BudgetStatus, Result, Status
from imagematrix.verdicts.advice_wording import figure_name, listed, noun, shown, told
from imagematrix.verdicts.apart import number
from imagematrix.verdicts.told import under
from imagematrix.verdicts.wants import GLIBC, NO_SHELL, NOT_ROOT, Want

# What a constraint that is yes or no asks; the others are limits of a measurement.
ASKED: Final[Mapping[str, Want]] = {"glibc": GLIBC, "no_shell": NO_SHELL, "non_root": NOT_ROOT}
_NOTHING: Final = 1e-9  # stands for a limit of 0, so that there is something to divide by
_FAILING: Final = (BudgetStatus.BROKEN, BudgetStatus.UNDECIDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Short:
    """How a variant fails to hold a constraint."""

    text: str
    by: float  # what is too much, as a part of the limit; 1 for an answer, infinity where nobody knows


def condition(wish: Budget) -> str:
    """What a constraint asks for, after "has"."""
    if wish.name in ASKED:
        return ASKED[wish.name].name
    return f"at most {wish.text} {figure_name(wish.measurement)}"


def short_of(result: Result, wish: Budget) -> Short | None:
    """What was not measured does not hold.  Raises ValueError for a budget that is no constraint."""
    if wish.name in ASKED:
        answer = ASKED[wish.name].ask(result)
        if answer is None:
            return Short(text=f"whether it has {ASKED[wish.name].name} was not measured", by=inf)
        return Short(text=answer.text, by=1) if answer.short else None
    figure, limit = number(result, wish.measurement), wish.limit
    if not isinstance(limit, AtMost):
        raise ValueError(f"{wish.name} is no constraint")
    if figure is None:
        why = under(result, wish.measurement).reason
        return Short(text=f"{noun(wish.measurement)} was not measured: {why}", by=inf)
    if figure <= limit.limit:
        return None
    over = shown(figure - limit.limit, wish.measurement)
    text = f"{told(result, wish.measurement)} {figure_name(wish.measurement)} is {over} over {wish.text}"
    return Short(text=text, by=(figure - limit.limit) / (limit.limit or _NOTHING))


def nearest(short: Mapping[str, Sequence[Short]]) -> str:
    """Which of these variants comes nearest, and what it is short of; "" where that is not known of any.

    The one that is short of the fewest constraints, and of those the one that is over by the least.
    """
    known = {label: each for label, each in short.items() if all(one.by < inf for one in each)}
    if not known:
        return ""
    label = min(known, key=lambda name: (len(known[name]), sum(one.by for one in known[name])))
    return f"{label} comes nearest: {'; '.join(one.text for one in known[label])}"


def failed_budgets(result: Result) -> tuple[BudgetResult, ...]:
    """Those by which alone a variant has failed; () where it passed, or did not get through a step."""
    if result.status is not Status.FAILED or result.ended_in:
        return ()
    return tuple(budget for budget in result.budgets if budget.status in _FAILING)


def over_budget(result: Result) -> str:
    """How it stands to the budgets that it failed by: one with the figure, several by name; "" for none."""
    failing = failed_budgets(result)
    if len(failing) == 1:
        verb = "breaks" if failing[0].status is BudgetStatus.BROKEN else "cannot be held against"
        return f"{verb} its own budget {failing[0].name}: {failing[0].reason}"
    named = {
        verb: [budget.name for budget in failing if budget.status is status]
        for verb, status in zip(("breaks", "cannot be held against"), _FAILING, strict=True)
    }
    return "; ".join(
        f"{verb} its own budget{'s' if len(names) > 1 else ''} {listed(names)}"
        for verb, names in named.items()
        if names
    )
