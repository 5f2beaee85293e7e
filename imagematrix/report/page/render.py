"""The page: what it shows, put into the templates, with its one style sheet and one script inside."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from imagematrix.model import Advice, How, Report, Run, RunStatus, Status
from imagematrix.report.budgets import counted
from imagematrix.report.figures import plain
from imagematrix.report.page.charts import front, origins, starts, treemap, trend
from imagematrix.report.page.charts.draw import Chart, Drawing, can_draw, draw
from imagematrix.report.page.charts.hues import hue
from imagematrix.report.page.conclusions import Told, budgets, findings, sharing
from imagematrix.report.page.detail import Detail, detail
from imagematrix.report.page.grid import Figure, Grid, Missing, amount
from imagematrix.report.page.summary import Summary, any_stand_in, bases, facts, revision, summary
from imagematrix.report.taken_over import remark

_TONES: Final = {RunStatus.PASSED: "good", RunStatus.FAILED: "bad", RunStatus.INTERRUPTED: "fair"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """A chart, or None where none can be drawn, and the table of the same figures."""

    title: str
    chart: Chart | None
    table: Grid


@dataclass(frozen=True, kw_only=True, slots=True)
class Tracked:
    """One figure over the runs: its lines, each with its chart, and the table."""

    title: str
    lines: tuple[tuple[trend.Line, Chart | None], ...]
    table: Grid


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """All that the templates are given."""

    title: str
    run: Run
    tone: str
    counts: str
    revision: str
    advice: tuple[Advice, ...]
    doubts: tuple[tuple[str, tuple[str, ...]], ...]  # each once, with the profiles if not all have it
    facts: tuple[tuple[str, str], ...]
    bases: Grid | None
    stand_ins: bool
    summary: Summary
    can_draw: bool
    origins: Panel | None
    groups: tuple[tuple[str, str], ...]  # of the origins that are drawn: (name, colour)
    without_origins: tuple[tuple[str, str], ...]
    front: Panel | None
    front_legend: str
    starts: Panel | None
    taken_over: str  # what the mark of start-ups of earlier runs means; "" where none has it
    trends: tuple[Tracked, ...]
    files: tuple[tuple[str, Panel], ...]
    without_files: tuple[str, ...]
    sharing: Grid | None
    together: Figure | None
    apart: Figure | None
    budgets: Grid | None
    budget_counts: str
    findings: tuple[Told, ...]
    accepted: tuple[Told, ...]
    details: tuple[Detail, ...]


def page(report: Report) -> str:
    """The whole page.  Every text in it comes through `plain` and the templates' own escaping."""
    style, script = _part("page.css"), _part("page.js")
    return (
        _environment()
        .get_template("page.html")
        .render(
            view=_view(report),
            style=Markup(style),  # noqa: S704 - our own files
            script=Markup(script),  # noqa: S704
            style_sum=_sum(style),
            script_sum=_sum(script),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("imagematrix.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_final,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["figure"] = lambda cell: isinstance(cell, Figure)
    environment.tests["missing"] = lambda cell: isinstance(cell, Missing)
    return environment


def _final(value: object) -> object:
    """What every expression of a template goes through before it is escaped."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else plain(value)


@cache
def _part(name: str) -> str:
    return resources.files("imagematrix.report.page").joinpath(name).read_text(encoding="utf-8")


def _sum(text: str) -> str:
    """As a Content-Security-Policy names a script or a style sheet that is in the page itself."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _view(report: Report) -> View:
    run = report.run
    walked, field, timed = origins.origins(run), front.field(report), starts.starts(run)
    opened, accepted = findings(run.results)
    shared = run.sharing
    estimated = any(r.image.bytes_how is How.ESTIMATED for r in run.results if r.image)
    return View(
        title=run.app or "container image variants",
        run=run,
        tone=_TONES[run.status],
        counts=", ".join(
            f"{count} {status.value}"
            for status in Status
            if (count := sum(result.status is status for result in run.results))
        ),
        revision=revision(run),
        advice=report.advice,
        doubts=_doubts(report.advice),
        facts=facts(report),
        bases=bases(run),
        stand_ins=any_stand_in(run),
        summary=summary(report),
        can_draw=can_draw(),
        origins=_panel(origins.drawing(walked), origins.table(walked)) if walked.by_label else None,
        groups=tuple((group, hue(group)) for group in walked.groups),
        without_origins=walked.without,
        front=_panel(front.drawing(field), front.table(field)) if len(field.spots) > 1 else None,
        front_legend=front.legend(field, drawn=can_draw()),
        starts=_panel(starts.drawing(timed), starts.table(timed)) if timed else None,
        taken_over=remark(run.results, "start_seconds"),
        trends=_trends(report),
        files=_files(report),
        without_files=tuple(r.label for r in run.results if r.label not in report.listings),
        sharing=sharing(shared, estimated=estimated) if shared else None,
        together=amount(shared.union_bytes, "bytes", estimated=estimated) if shared else None,
        apart=amount(sum(share.bytes for share in shared.variants), "bytes", estimated=estimated)
        if shared
        else None,
        budgets=budgets(run),
        budget_counts=counted(run.results),
        findings=opened,
        accepted=accepted,
        details=tuple(detail(result, number) for number, result in enumerate(run.results, 1)),
    )


def _doubts(every: tuple[Advice, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    profiles: dict[str, list[str]] = {}
    for advice in every:
        for doubt in advice.doubts:
            profiles.setdefault(doubt, []).append(advice.profile)
    return tuple(
        (doubt, () if len(whose) == len(every) else tuple(whose)) for doubt, whose in profiles.items()
    )


def _panel(drawing: Drawing, table: Grid) -> Panel:
    return Panel(title=drawing.title, chart=draw(drawing) if can_draw() else None, table=table)


def _trends(report: Report) -> tuple[Tracked, ...]:
    def chart(line: trend.Line, key: str) -> Chart | None:
        return draw(trend.drawing(line, key)) if can_draw() else None

    return tuple(
        Tracked(
            title=each.title,
            lines=tuple(
                (line, chart(line, f"trend-{number}-{row}")) for row, line in enumerate(each.lines, 1)
            ),
            table=trend.table(each),
        )
        for number, each in enumerate(trend.trends(report.trend), 1)
    )


def _files(report: Report) -> tuple[tuple[str, Panel], ...]:
    """Of each variant whose files were kept, in the run's order."""
    kept = [
        (result.label, report.listings[result.label])
        for result in report.run.results
        if result.label in report.listings and report.listings[result.label].files
    ]
    return tuple(
        (
            label,
            _panel(
                treemap.drawing(label, listing, f"files-{number}"),
                treemap.table(treemap.boxes(listing, treemap.IN_TABLE)),
            ),
        )
        for number, (label, listing) in enumerate(kept, 1)
    )
