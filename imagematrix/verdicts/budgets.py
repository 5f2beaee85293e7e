"""A run held against its budgets: which are kept, which are broken, by how much and by what.

Two rules keep a budget from crying wolf, and from sleeping:

- A budget that cannot be decided, as its figure was not measured, counts as broken.
- Where it is the baseline that has nothing to hold a figure against (no run yet, not measured there, another
  machine), or the other variant is not in this run, the budget is not held, with the reason: a first run must
  be able to pass and become the baseline.  It does not count as kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from imagematrix.model import (
    Budget,
    BudgetResult,
    BudgetStatus,
    Must,
    Result,
    Run,
    RunStatus,
    Status,
)
from imagematrix.verdicts.budget_answers import answered
from imagematrix.verdicts.budget_causes import Files
from imagematrix.verdicts.budget_figures import DEEP, Desk, weighed


def needs_deep(budgets: Mapping[str, Sequence[Budget]]) -> bool:
    """Whether a budget asks for what only --deep measures, or for causes that only it tells."""
    return any(budget.measurement in DEEP for own in budgets.values() for budget in own)


def held(
    run: Run, budgets: Mapping[str, Sequence[Budget]], baselines: Mapping[str, Run], *, files: Files
) -> Run:
    """The run with what became of each budget; a variant that breaks one has failed, and so has the run.

    `budgets` are by label, and so are `baselines`, the runs to hold against; `files` gives an image's listing,
    where one is kept.  A variant that was skipped is held against nothing; one that failed keeps its own
    reason.
    """
    desk = Desk(run=run, baselines=baselines, files=files)
    results = tuple(_held(result, budgets.get(result.label, ()), desk) for result in run.results)
    failed = run.status is RunStatus.PASSED and any(result.status is Status.FAILED for result in results)
    ids = {baseline.id for baseline in baselines.values()}
    return replace(
        run,
        results=results,
        status=RunStatus.FAILED if failed else run.status,
        baseline=ids.pop() if len(ids) == 1 else "",  # of several, each budget names its own
    )


def _held(result: Result, budgets: Sequence[Budget], desk: Desk) -> Result:
    if result.status is Status.SKIPPED or not budgets:
        return result
    judged = tuple(_judged(budget, result, desk) for budget in budgets)
    failing = [each for each in judged if each.status.fails]
    if result.status is Status.FAILED or not failing:
        return replace(result, budgets=judged)
    return replace(result, budgets=judged, status=Status.FAILED, reason=_reason(failing))


def _reason(failing: Sequence[BudgetResult]) -> str:
    """One budget with by how much, several by name: each tells its own reason."""
    if len(failing) == 1:
        return f"budget {failing[0].name}: {failing[0].reason}"
    named = {
        status: ", ".join(each.name for each in failing if each.status is status)
        for status in (BudgetStatus.BROKEN, BudgetStatus.UNDECIDED)
    }
    return "budgets " + "; ".join(f"{status}: {names}" for status, names in named.items() if names)


def _judged(budget: Budget, result: Result, desk: Desk) -> BudgetResult:
    if isinstance(budget.limit, Must):
        status, reason, causes = answered(budget, result)
    else:
        status, reason, causes = weighed(budget, result, desk)
    said = result.not_reached and result.not_reached in reason
    if status is BudgetStatus.UNDECIDED and result.status is Status.FAILED and not said:
        reason = f"the variant failed before this could be told: {reason}"
    return BudgetResult(
        name=budget.name,
        text=budget.text,
        measurement=budget.measurement,
        status=status,
        reason=reason,
        causes=causes,
    )
