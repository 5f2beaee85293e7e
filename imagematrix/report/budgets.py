"""What became of the budgets: the broken ones with what brought them over, and the kept ones too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from imagematrix.model import BudgetResult, BudgetStatus, Result, Run
from imagematrix.report.console import Look, draw
from imagematrix.text import first_few, one_line

_STYLES: Final = {
    BudgetStatus.BROKEN: "bold red",
    BudgetStatus.UNDECIDED: "bold yellow",
    BudgetStatus.NOT_HELD: "yellow",
    BudgetStatus.KEPT: "green",
}
_NAMED: Final = 4  # of the variants that one reason keeps from being held to a budget
_Labelled = tuple[str, BudgetResult]


def budget_lines(run: Run, *, look: Look) -> str:
    """For under the run's table: how many were kept, and each of the others; "" where no budget is set."""
    return _drawn(run, [status for status in _STYLES if status is not BudgetStatus.KEPT], look)


def budgets_view(run: Run, *, look: Look) -> str:
    """Every budget of every variant: broken, undecided, not held, kept; "" where none is set."""
    return _drawn(run, list(_STYLES), look)


def counted(results: Sequence[Result]) -> str:
    """ "3 kept, 1 broken, 2 not held"; "" where no budget is set."""
    count = Counter(budget.status for result in results for budget in result.budgets)
    return ", ".join(f"{count[status]} {status}" for status in BudgetStatus if count[status])


def having(results: Sequence[Result], status: BudgetStatus) -> list[_Labelled]:
    """The budgets of this status with whose they are.

    What was not held is so for the same reason with every variant, as long as no run has passed: told once.
    """
    every = [(r.label, budget) for r in results for budget in r.budgets if budget.status is status]
    if status is not BudgetStatus.NOT_HELD:
        return every
    together: dict[BudgetResult, list[str]] = {}
    for label, budget in every:
        together.setdefault(budget, []).append(label)
    return [(first_few(labels, _NAMED), budget) for budget, labels in together.items()]


def _drawn(run: Run, statuses: Sequence[BudgetStatus], look: Look) -> str:
    told = counted(run.results)
    if not told:
        return ""
    baseline = f"; baseline {one_line(run.baseline)}" if run.baseline else ""
    lines = (_line(*each) for status in statuses for each in having(run.results, status))
    return draw(Text(f"budgets: {told}{baseline}"), *lines, look=look)


def _line(label: str, budget: BudgetResult) -> RenderableType:
    kept = budget.status is BudgetStatus.KEPT
    told = Text.assemble(
        (f"{one_line(label)} {one_line(budget.name)} {one_line(budget.text)} ", "" if kept else "bold"),
        (budget.status.value, _STYLES[budget.status]),
        (f": {one_line(budget.reason)}", "dim" if kept else ""),
    )
    causes = (Padding(Text(one_line(cause)), (0, 0, 0, 4), expand=False) for cause in budget.causes)
    return Padding(Group(told, *causes), (0, 0, 0, 1), expand=False)
