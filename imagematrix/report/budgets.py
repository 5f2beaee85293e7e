"""What became of the budgets: the broken ones with what brought them over, and the kept ones too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from imagematrix.model import BudgetResult, BudgetStatus, Run
from imagematrix.report.console import Look, draw
from imagematrix.text import one_line

_STYLES: Final = {
    BudgetStatus.BROKEN: "bold red",
    BudgetStatus.UNDECIDED: "bold yellow",
    BudgetStatus.KEPT: "green",
}
_Labelled = tuple[str, BudgetResult]


def budget_lines(run: Run, *, look: Look) -> str:
    """For under the run's table: how many were kept, and each of the others; "" where no budget is set."""
    failing = [each for each in _budgets(run) if each[1].status is not BudgetStatus.KEPT]
    return _drawn(run, failing, look)


def budgets_view(run: Run, *, look: Look) -> str:
    """Every budget of every variant: broken, undecided, kept; "" where none is set."""
    rank = list(_STYLES)
    return _drawn(run, sorted(_budgets(run), key=lambda each: rank.index(each[1].status)), look)


def _drawn(run: Run, shown: Iterable[_Labelled], look: Look) -> str:
    count = Counter(budget.status for _, budget in _budgets(run))
    if not count:
        return ""
    told = ", ".join(f"{count[status]} {status}" for status in BudgetStatus if count[status])
    baseline = f"; baseline {one_line(run.baseline)}" if run.baseline else ""
    return draw(Text(f"budgets: {told}{baseline}"), *_lines(shown), look=look)


def _budgets(run: Run) -> list[_Labelled]:
    return [(result.label, budget) for result in run.results for budget in result.budgets]


def _lines(shown: Iterable[_Labelled]) -> Iterator[RenderableType]:
    for label, budget in shown:
        kept = budget.status is BudgetStatus.KEPT
        line = Text.assemble(
            (f"{label} {budget.name} {one_line(budget.text)} ", "" if kept else "bold"),
            (budget.status.value, _STYLES[budget.status]),
            (f": {one_line(budget.reason)}", "dim" if kept else ""),
        )
        yield Padding(line, (0, 0, 0, 1))
        for cause in budget.causes:
            yield Padding(Text(one_line(cause)), (0, 0, 0, 5))
