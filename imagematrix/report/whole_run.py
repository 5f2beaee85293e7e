"""A run on a terminal with all that was concluded from it: the table, budgets, findings, advice, the set."""

from __future__ import annotations

from typing import Final

from imagematrix.model import Advice, Report, Run
from imagematrix.report.advice import advice_view
from imagematrix.report.budgets import budgets_view
from imagematrix.report.console import ENDLESS, Look
from imagematrix.report.findings import findings_view
from imagematrix.report.harmless import harmless
from imagematrix.report.sharing import sharing_table
from imagematrix.report.terminal import run_table

_PLAIN: Final = Look(width=ENDLESS, color=False)


def plain_view(report: Report) -> str:
    """The same for a file."""
    return whole_run(report, look=_PLAIN)


def whole_run(report: Report, *, look: Look) -> str:
    """What there is to know of a run, under its table."""
    # A record may come from elsewhere, and hold anything.
    run: Run = harmless(report.run)
    advice: tuple[Advice, ...] = harmless(report.advice)
    parts = [run_table(run, report.place, look=look), budgets_view(run, look=look)]
    if any(result.findings for result in run.results):
        parts += ["\n", findings_view(run.results, look=look)]
    if advice:
        parts.append(advice_view(advice, look=look))
    if run.sharing and len(run.sharing.variants) > 1:
        parts.append(sharing_table(run.sharing, look=look))
    return "".join(parts)
