"""Tables as the templates draw them: what a cell says, what it is sorted by, how long its bar is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from imagematrix.model import How, Measurement, Result, Status
from imagematrix.report.figures import mark
from imagematrix.units import duration, size


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A number with its unit beside it, so that both stand under one another in a column."""

    number: str  # "1.15"
    unit: str  # "GB"
    sort: float  # in the measurement's own unit
    note: str = ""  # a small line under it
    estimated: bool = False
    mark: str = ""  # after it, where an earlier run measured it
    share: float = -1.0  # of the longest bar in the column, 0 to 1; below 0 is no bar
    best: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """What was not measured, and why."""

    word: str  # "unavailable", "not applicable", "not reached"
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """An answer in words; `chip` is set apart from the text and coloured by `tone`."""

    text: str
    chip: str = ""
    tone: str = ""  # "good", "bad", "fair" or ""
    note: str = ""  # a small line under it
    link: str = ""  # to a place in the page; never from outside
    code: bool = False
    lines: tuple[str, ...] = ()  # more of it, one a line


Cell: TypeAlias = Figure | Missing | Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A heading; numbers stand to the right."""

    name: str
    right: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """A table.  The first cell of a row is its heading."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sortable: bool = False


def columns(*names: str, right: Sequence[str] = ()) -> tuple[Column, ...]:
    return tuple(Column(name=name, right=name in right) for name in names)


def amount(value: float, unit: str, *, estimated: bool = False, note: str = "", mark: str = "") -> Figure:
    """A figure in the unit that suits it; `unit` is the measurement's: "bytes", "seconds", "layers", ""."""
    if unit == "bytes":
        number, shown = size(round(value)).split(" ")
    elif unit == "seconds":
        text = duration(value)
        number, shown = text.split(" ") if text.count(" ") == 1 else (text, "")
    else:
        number, shown = f"{value:,}", ""
    return Figure(number=number, unit=shown, sort=value, estimated=estimated, note=note, mark=mark)


def missing(measurement: Measurement | None, result: Result | None = None) -> Missing:
    """Why there is none; `result` is the variant that lacks it, where one does."""
    if measurement is None:
        before = result.not_reached if result else ""
        return Missing(word="not measured", reason=before or "this run did not ask for it")
    return Missing(word=measurement.how.value.replace("_", " "), reason=measurement.reason)


def figure(measurement: Measurement | None, *, of: Result | None = None, note: str = "") -> Figure | Missing:
    """A measured number `of` a variant, or why there is none."""
    if measurement is None or not measurement.measured:
        return missing(measurement, of)
    value = measurement.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return Missing(word="not a number", reason=measurement.reason)
    estimated = measurement.how is How.ESTIMATED
    return amount(value, measurement.unit, estimated=estimated, note=note, mark=mark(measurement))


def with_bars(cells: Iterable[Cell], *, best: bool = False) -> tuple[Cell, ...]:
    """The column's figures with bars from zero; `best` marks the least, where there are two to choose from."""
    cells = tuple(cells)
    values = [cell.sort for cell in cells if isinstance(cell, Figure)]
    longest = max(values, default=0.0)
    if longest <= 0:
        return cells
    least = min(values) if best and len(set(values)) > 1 else None
    return tuple(
        replace(cell, share=cell.sort / longest, best=cell.sort == least)
        if isinstance(cell, Figure)
        else cell
        for cell in cells
    )


def turned(*cells: Sequence[Cell]) -> tuple[tuple[Cell, ...], ...]:
    """Rows from columns."""
    return tuple(zip(*cells, strict=True))


TONES = {Status.PASSED: "good", Status.FAILED: "bad", Status.SKIPPED: "fair"}
