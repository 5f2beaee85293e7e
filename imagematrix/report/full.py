"""One image in full: every measurement, each with how it was got; tables with their first rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from rich.text import Text

from imagematrix.model import Cell, How, Measurement, Result, Table
from imagematrix.report.console import Look, draw, grid
from imagematrix.report.figures import called, cell, figure, instruction, number, unit_of, words
from imagematrix.report.findings import one_finding
from imagematrix.report.harmless import harmless

_INSTRUCTIONS: Final = ("created_by", "hidden_by")  # columns of these
_INSTRUCTION: Final = 100  # characters of one; the record has it whole
_ROWS: Final = 15  # of a table on a terminal; the record has them all


def full_view(result: Result, *, look: Look) -> str:
    """All that is known of one variant's image."""
    result = harmless(replace(result, listing=None))
    digest = f"  {result.image.config_digest}" if result.image else ""
    parts = [draw(Text(""), Text(f"{result.label}{digest}", "bold"), look=look)]
    figures = [m for m in result.measurements if not isinstance(m.value, Table)]
    rows = [(called(m.name), _shown(m), _how(m)) for m in figures]
    parts.append(grid(("figure", "value", "how it was got, or why not"), rows, look=look))
    parts += [_table(m, m.value, look) for m in result.measurements if isinstance(m.value, Table)]
    parts += [one_finding(finding, look=look) for finding in result.findings]
    return "".join(parts)


def _shown(measurement: Measurement) -> Text:
    value = number(measurement)
    if value is None:
        return Text(words(measurement), "" if measurement.measured else "dim")
    to_the_byte = measurement.how is How.EXACT and measurement.unit == "bytes" and value >= 1000
    exactly = f" ({value:,})" if to_the_byte else ""
    return Text(f"{figure(measurement)}{exactly}")


def _how(measurement: Measurement) -> Text:
    text = measurement.reason if measurement.how is not How.ESTIMATED else f"estimated: {measurement.reason}"
    return Text(text, "dim")


def _cell(value: Cell, column: str, unit: str) -> str:
    text = cell(value, unit)
    return instruction(text, _INSTRUCTION) if column in _INSTRUCTIONS else text


def _table(measurement: Measurement, table: Table, look: Look) -> str:
    """A table under its name; columns whose name ends in bytes or seconds are shown in those units."""
    units = [unit_of(column) for column in table.columns]
    rows = [tuple(map(_cell, row, table.columns, units)) for row in table.rows[:_ROWS]]
    headings = [called(column) for column in table.columns]
    right = {heading for heading, unit in zip(headings, units, strict=True) if unit}
    title = Text(called(measurement.name), "bold").append(f"  {measurement.reason}", "not bold dim")
    body = grid(headings, rows, look=look, right=right) if rows else " none\n"
    more = len(table.rows) - len(rows)
    rest = f" … and {more} more; the record has them all\n" if more > 0 else ""
    return draw(Text(""), title, look=look) + body + rest
