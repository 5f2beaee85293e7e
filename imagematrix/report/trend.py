"""Figures over the archived runs, for a terminal and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from imagematrix.model import Point, Series
from imagematrix.model.trend import Change
from imagematrix.report.console import Look, draw
from imagematrix.report.figures import called, plain
from imagematrix.report.sparkline import sparkline
from imagematrix.units import duration, size

_GAPS: Final = 12  # columns between the six of a line, and before them
_ROOMY: Final = 110  # columns that a step takes with the run, revision and tag where it came in
_CHART: Final = (8, 60)  # columns: at least, at most
_LEAST_PERCENT: Final = 0.05  # less reads as nothing
_COMMIT: Final = 9  # characters


def trend_view(
    series: Sequence[Series],
    *,
    remarks: Sequence[str],
    ascii_only: bool,
    look: Look,
) -> str:
    """A line a figure: first, chart, last and change; under it where it stepped."""
    columns = _room(series, look)
    rows = [_row(each, columns, ascii_only=ascii_only) for each in series]
    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)]
    parts: list[Text | Padding] = []
    for label in dict.fromkeys(each.label for each in series):
        own = [(each, row) for each, row in zip(series, rows, strict=True) if each.label == label]
        parts += [Text(""), Text(plain(label), "bold"), _indented(_lines([row for _, row in own], widths))]
        parts += [_indented(line) for each, _ in own for line in _steps(each, look)]
    parts += [Text(""), *(Text(plain(remark), "dim") for remark in remarks)]
    return draw(*parts, look=look)


def _room(series: Sequence[Series], look: Look) -> int:
    """Columns for the charts: what the words beside them leave."""
    words = [_words(each) for each in series]
    taken: int = sum(max(cell.cell_len for cell in column) for column in zip(*words, strict=True))
    return min(max(look.width - taken - _GAPS, _CHART[0]), _CHART[1])


def _lines(rows: Sequence[tuple[Text, ...]], widths: Sequence[int]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for width, right in zip(widths, (False, True, False, True, False, True), strict=True):
        table.add_column(justify="right" if right else "left", no_wrap=True, min_width=width)
    for row in rows:
        table.add_row(*row)
    return table


def _indented(part: Table | Text) -> Padding:
    return Padding(part, (0, 0, 0, 2))


def trend_json(series: Sequence[Series]) -> list[dict[str, Any]]:
    """The same for machines: each `Series` as it is."""
    return [asdict(each) for each in series]


def _row(series: Series, columns: int, *, ascii_only: bool) -> tuple[Text, ...]:
    chart = sparkline([point.value for point in series.points], columns=columns, ascii_only=ascii_only)
    name, first, *rest = _words(series)
    return name, first, Text(chart, "cyan"), *rest


def _words(series: Series) -> tuple[Text, ...]:
    """What stands beside a chart: name and first figure before it, the last, the change and the runs after."""
    first, last, count = series.points[0], series.points[-1], len(series.points)
    return (
        Text(plain(called(series.measurement))),
        Text(_point(first, series.unit)),
        Text(_point(last, series.unit), "bold"),
        Text(_change(first.value, last.value, series.unit) if count > 1 else ""),
        Text(f"{count} run{'' if count == 1 else 's'}", "dim"),
    )


def _steps(series: Series, look: Look) -> Iterator[Text]:
    apart = "  " if look.width >= _ROOMY else "\n  "
    for change in series.changes:
        more = change.after > change.before
        text = Text(f"{plain(called(series.measurement))} ", "dim")
        text.append("up " if more else "down ", "bold red" if more else "bold green")
        text.append(_both(change, series.unit))
        text.append(f" ({_change(change.before, change.after, series.unit)})")
        yield text.append(f"{apart}{_came_in(change, series)}", "dim")


def _both(change: Change, unit: str) -> str:
    """Before and after; to the byte where they look alike."""
    before, after = _shown(change.before, unit), _shown(change.after, unit)
    about, now = _about(change.before_estimated), _about(change.after_estimated)
    if before == after:
        return f"{about}{change.before:,} -> {now}{change.after:,} {unit}"
    return f"{about}{before} -> {now}{after}"


def _came_in(change: Change, series: Series) -> str:
    point = next(point for point in series.points if point.run_id == change.run_id)
    tag = f", tag {plain(point.tag)}" if point.tag else ""
    commit = f", revision {plain(change.commit[:_COMMIT])}" if change.commit else ""
    changed = ", with uncommitted changes" if change.dirty else ""
    return f"in {plain(change.run_id)}{commit}{changed}{tag}"


def _point(point: Point, unit: str) -> str:
    return f"{_about(point.estimated)}{_shown(point.value, unit)}"


def _about(estimated: bool) -> str:
    return "~" if estimated else ""


def _shown(value: float, unit: str) -> str:
    if unit == "bytes":
        return size(round(value))
    if unit == "seconds":
        return duration(value)
    return f"{value:,}"


def _change(before: float, after: float, unit: str) -> str:
    """ "+31.0 MB, +14.2 %"; "no change"."""
    gap = after - before
    if not gap:
        return "no change"
    sign = "+" if gap > 0 else "-"
    percent = 100 * abs(gap) / before if before else 0.0
    share = f", {sign}{percent:.1f} %" if percent >= _LEAST_PERCENT else ""
    return f"{sign}{_shown(abs(gap), unit)}{share}"
