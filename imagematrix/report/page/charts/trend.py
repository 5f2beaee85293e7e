"""Figures over the archived runs: a small line for each variant and figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from imagematrix.model import Change, Point, Series
from imagematrix.report.figures import called, plain
from imagematrix.report.page.charts.draw import Drawing, Spec
from imagematrix.report.page.grid import Cell, Figure, Grid, Words, amount, columns
from imagematrix.report.sparkline import ends as reach

_HEIGHT: Final = 52
_MARGIN: Final = 0.1  # of what the values span, above and below them


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One series, as it is told."""

    series: Series
    first: Figure
    last: Figure
    change: str  # "+7.5 %"; "unchanged"
    tone: str  # less is better in all of them
    steps: tuple[str, ...]  # where a change came in


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """All series of one figure."""

    name: str
    lines: tuple[Line, ...]

    @property
    def title(self) -> str:
        words = called(self.name)
        return words[:1].upper() + words[1:]


def trends(every: Iterable[Series]) -> tuple[Trend, ...]:
    """By figure; a series of one run is no trend yet."""
    by_name: dict[str, list[Line]] = {}
    for series in every:
        if len(series.points) > 1:
            by_name.setdefault(series.measurement, []).append(_line(series))
    return tuple(Trend(name=name, lines=tuple(lines)) for name, lines in by_name.items())


def _line(series: Series) -> Line:
    oldest, newest = series.points[0], series.points[-1]
    before, after = oldest.value, newest.value
    change = after - before
    told = (
        f"{change / before:+.1%}".replace("%", "\N{NO-BREAK SPACE}%").replace("-", "\N{MINUS SIGN}")
        if before
        else ""
    )
    small = not change or told[1:4] == "0.0"
    return Line(
        series=series,
        first=amount(before, series.unit, estimated=oldest.estimated),
        last=amount(after, series.unit, estimated=newest.estimated),
        change="unchanged" if not change else "as before" if small else told,
        tone="" if small or not series.changes else "good" if change < 0 else "bad",
        steps=tuple(
            f"{_told(x.before, series.unit, x.before_estimated)} to "
            f"{_told(x.after, series.unit, x.after_estimated)} in run {x.run_id}"
            + (f" ({_revision(x)})" if x.commit else "")
            for x in series.changes
        ),
    )


def _told(value: float, unit: str, estimated: bool) -> str:
    figure = amount(value, unit)
    return f"{'~' if estimated else ''}{figure.number} {figure.unit}".strip()


def _point(point: Point, unit: str) -> str:
    return _told(point.value, unit, point.estimated)


def _revision(of: Point | Change) -> str:
    return f"{of.commit[:9]}{', with changes' if of.dirty else ''}" if of.commit else ""


def _commit(point: Point) -> Words:
    changed = "with changes" if point.dirty else ""
    return Words(text=point.commit[:9] or "none", code=True, note=changed)


def table(trend: Trend) -> Grid:
    """One row a run, newest first; one column a variant."""
    points: dict[str, dict[str, Point]] = {}
    for line in trend.lines:
        for point in line.series.points:
            points.setdefault(point.run_id, {})[line.series.label] = point
    labels = [line.series.label for line in trend.lines]
    unit = trend.lines[0].series.unit
    rows: list[tuple[Cell, ...]] = []
    for run_id, by_label in sorted(points.items(), reverse=True):
        one = next(iter(by_label.values()))
        figures = (
            amount(by_label[label].value, unit, estimated=by_label[label].estimated)
            if label in by_label
            else Words(text="not measured")
            for label in labels
        )
        rows.append((Words(text=run_id, note=one.tag), _commit(one), *figures))
    heads = columns("Run", "Revision", *labels, right=labels)
    return Grid(caption=f"{trend.title} by run", columns=heads, rows=tuple(rows))


def drawing(line: Line, key: str) -> Drawing:
    series = line.series
    first, last = _point(series.points[0], series.unit), _point(series.points[-1], series.unit)
    return Drawing(
        name=key,
        title=f"{plain(called(series.measurement))} of {plain(series.label)} over {len(series.points)} runs",
        description=f"From {first} to {last}. {'; '.join(map(plain, line.steps)) or 'No step in it'}.",
        language="vega-lite",
        spec=lambda width: _spec(series, width),
        widths=(360,),
    )


def _spec(series: Series, width: int) -> Spec:
    values = [point.value for point in series.points]
    low, high = reach(values)
    margin = (max(values) - min(values)) * _MARGIN
    changed = {change.run_id for change in series.changes}
    rows = [
        {
            "at": index,
            "value": point.value,
            "step": point.run_id in changed,
            "last": index == len(values) - 1,
            "told": f"{plain(point.started_at)} {plain(point.tag or _revision(point))}: "
            f"{_point(point, series.unit)}",
        }
        for index, point in enumerate(series.points)
    ]
    ends = {"domain": [0, len(rows) - 1], "nice": False}
    x = {"field": "at", "type": "quantitative", "axis": None, "scale": ends}
    domain = [low - margin, high + margin] if high > low else [-1, 1]
    y = {
        "field": "value",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": domain, "zero": False, "nice": False},
    }
    return {
        "width": width - 16,
        "height": _HEIGHT,
        "padding": {"left": 8, "right": 8, "top": 2, "bottom": 2},
        "autosize": {"type": "none"},
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "line", "color": "var(--strong)", "strokeWidth": 1.8, "aria": False},
                "encoding": {"x": x, "y": y},
            },
            {
                "mark": {"type": "circle", "opacity": 1, "stroke": "var(--paper)", "strokeWidth": 1},
                "encoding": {
                    "x": x,
                    "y": y,
                    "size": {"condition": {"test": "datum.step || datum.last", "value": 70}, "value": 22},
                    "color": {
                        "condition": {"test": "datum.step", "value": "var(--vermilion-strong)"},
                        "value": "var(--strong)",
                    },
                    "description": {"field": "told"},
                },
            },
        ],
    }
