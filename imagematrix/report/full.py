"""One image in full: every measurement, each with how it was got; tables with their first rows."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from imagematrix.model import Cell, Measurement, Result, Table
from imagematrix.report.console import Look, draw, grid
from imagematrix.report.findings import one_finding
from imagematrix.units import duration, size

_ROWS: Final = 15  # of a table on a terminal; the record has them all


def full_view(result: Result, *, look: Look) -> str:
    """All that is known of one variant's image."""
    digest = f"  {result.image.config_digest}" if result.image else ""
    parts = [draw(Text(""), Text(f"{result.label}{digest}", "bold"), look=look)]
    figures = [m for m in result.measurements if not isinstance(m.value, Table)]
    rows = [(m.name, _shown(m), _how(m)) for m in figures]
    parts.append(grid(("figure", "value", "how it was got, or why not"), rows, look=look))
    parts += [_table(m, m.value, look) for m in result.measurements if isinstance(m.value, Table)]
    parts += [one_finding(finding, look=look) for finding in result.findings]
    return "".join(parts)


def _shown(measurement: Measurement) -> str | Text:
    if not measurement.measured:
        return Text(measurement.how.value.replace("_", " "), "dim")
    value = measurement.value
    if isinstance(value, tuple):
        return ", ".join(_cell(each, measurement.unit) for each in value) or "none"
    return "" if isinstance(value, Table) else _cell(value, measurement.unit)


def _how(measurement: Measurement) -> Text:
    text = measurement.reason if measurement.how != "estimated" else f"estimated: {measurement.reason}"
    return Text(text, "dim")


def _cell(value: Cell, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit == "bytes" and isinstance(value, int):
        return f"{size(value)} ({value:,})" if value >= 1000 else size(value)
    if unit == "seconds" and isinstance(value, (int, float)):
        return duration(value)
    return str(value)


def _table(measurement: Measurement, table: Table, look: Look) -> str:
    """A table under its name; columns whose name ends in bytes or seconds are shown in those units."""
    units = [_unit(column) for column in table.columns]
    rows = [
        tuple(
            size(cell) if unit == "bytes" and isinstance(cell, int) else _cell(cell, unit)
            for cell, unit in zip(row, units, strict=True)
        )
        for row in table.rows[:_ROWS]
    ]
    more = len(table.rows) - len(rows)
    headings = [column.removesuffix("_bytes").replace("_", " ") for column in table.columns]
    right = {heading for heading, unit in zip(headings, units, strict=True) if unit}
    title = Text(measurement.name.replace("_", " "), "bold").append(f"  {measurement.reason}", "not bold dim")
    body = grid(headings, rows, look=look, right=right) if rows else " none\n"
    rest = f" … and {more} more; the record has them all\n" if more > 0 else ""
    return draw(Text(""), title, look=look) + body + rest


def _unit(column: str) -> str:
    return next((unit for unit in ("bytes", "seconds", "files") if column.endswith(unit)), "")
