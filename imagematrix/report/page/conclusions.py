"""What was found amiss, what became of the budgets, and what the set shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from imagematrix.model import BudgetStatus, Finding, Result, Run, Severity, Sharing
from imagematrix.report.figures import called, in_common
from imagematrix.report.page.grid import Cell, Grid, Words, amount, columns, turned, with_bars

_TONES = {Severity.HIGH: "bad", Severity.MEDIUM: "fair", Severity.LOW: ""}
# In the order that they are told in.
_BUDGET_TONES = {
    BudgetStatus.BROKEN: "bad",
    BudgetStatus.UNDECIDED: "bad",
    BudgetStatus.NOT_HELD: "fair",
    BudgetStatus.KEPT: "good",
}
_ORDER = list(Severity)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A finding, told once for all the variants that it is true of."""

    finding: Finding
    tone: str
    measurement: str  # that it rests on, in words
    labels: tuple[str, ...]
    places: tuple[str, ...]  # Dockerfile lines: "alpine.Dockerfile:3"


def findings(results: Iterable[Result]) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
    """(Open ones, accepted ones), most severe first; alike ones of several variants together."""
    together: dict[tuple[str, ...], list[tuple[str, Finding]]] = {}
    for result in results:
        for each in result.findings:
            key = (each.rule, each.severity, each.text, each.remedy, each.accepted)
            together.setdefault(key, []).append((result.label, each))
    told = sorted(
        (_told(alike) for alike in together.values()), key=lambda t: _ORDER.index(t.finding.severity)
    )
    return tuple(t for t in told if not t.finding.accepted), tuple(t for t in told if t.finding.accepted)


def _told(alike: list[tuple[str, Finding]]) -> Told:
    first = alike[0][1]
    places = (f"{f.file}:{f.line}" if f.line else f.file for _, f in alike if f.file)
    return Told(
        finding=first,
        tone=_TONES[first.severity],
        measurement=called(first.measurement),
        labels=tuple(dict.fromkeys(label for label, _ in alike)),
        places=tuple(dict.fromkeys(places)),
    )


def budgets(run: Run) -> Grid | None:
    """One row a variant and budget, broken ones first; None where no budget is set."""
    order = list(_BUDGET_TONES)
    held = sorted(
        ((result.label, budget) for result in run.results for budget in result.budgets),
        key=lambda pair: order.index(pair[1].status),
    )
    rows = tuple(
        (
            Words(text=label),
            Words(text=budget.name, note=budget.text),
            Words(text="", chip=budget.status.value, tone=_BUDGET_TONES[budget.status]),
            Words(text=budget.reason, lines=budget.causes),
        )
        for label, budget in held
    )
    heads = columns("Variant", "Budget", "Verdict", "Why")
    return Grid(caption="Budgets", columns=heads, rows=rows, sortable=True) if rows else None


def sharing(shared: Sharing, *, estimated: bool = False) -> Grid:
    """One row a variant: how much of it others have too; `estimated` where some layer's bytes are."""
    shares = shared.variants
    others: tuple[Cell, ...] = tuple(
        Words(
            text="nothing" if not share.shared_with else "",
            lines=in_common(share),
        )
        for share in shares
    )
    rows = turned(
        [Words(text=share.label) for share in shares],
        with_bars(amount(share.bytes, "bytes", estimated=estimated) for share in shares),
        with_bars(amount(share.shared_bytes, "bytes", estimated=estimated) for share in shares),
        with_bars(amount(share.marginal_bytes, "bytes", estimated=estimated) for share in shares),
        others,
    )
    heads = columns(
        "Variant", "Layers", "Shared", "Alone", "In common with", right=("Layers", "Shared", "Alone")
    )
    return Grid(caption="What the set takes on one host", columns=heads, rows=rows)
