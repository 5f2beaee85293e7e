"""One image in full: its layers, its Dockerfile, every measurement with how it was got, or why not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from imagematrix.model import Cell as Value
from imagematrix.model import How, Measurement, Result, Table
from imagematrix.report.figures import (
    NONE,
    called,
    cell,
    figure,
    figures,
    number,
    on_stand_in,
    start_up,
    unit_of,
    words,
)
from imagematrix.report.page.grid import (
    Cell,
    Column,
    Figure,
    Grid,
    Words,
    amount,
    columns,
    turned,
    with_bars,
)
from imagematrix.units import size

_ROWS: Final = 20  # of a table in the page; the record has them all
_LONG: Final = 140  # letters of a cell, likewise
# Themes by the start of a measurement's name; the first that fits.  What fits none is told under "Other".
_THEMES: Final = (
    ("Starting", r"start|first_response|command_"),
    ("Memory", r"memory"),
    ("Stopping", r"stop"),
    ("Hardening", r"hardening"),
    ("Size", r"(?:unpacked|engine|visible|waste|download|own)_bytes|layers|base_layers|own_layers"),
    ("Where the bytes are", r"\w+_bytes$|bytes_by|waste|largest|download_by|node_modules_packages"),
    ("How it is run", r"user|entrypoint|command$|healthcheck|shells$|libc|exec_|node_"),
    ("What is in it", r"base|os|shells_on|package|build_tools|setuid|executables|dev_|addons|secret|context"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A measurement that is a table."""

    name: str
    reason: str
    grid: Grid
    more: int  # rows that are left out


@dataclass(frozen=True, kw_only=True, slots=True)
class Detail:
    """One variant."""

    number: int  # from 1; names its places in the page
    result: Result
    line: str  # what is said of it while it is folded
    stand_in: bool
    layers: Grid | None
    instructions: Grid | None
    themes: tuple[tuple[str, Grid], ...]
    tables: tuple[Listed, ...]


def detail(result: Result, place: int) -> Detail:
    return Detail(
        number=place,
        result=result,
        line=_line(result),
        stand_in=on_stand_in(result),
        layers=_layers(result),
        instructions=_instructions(result),
        themes=_themes(result),
        tables=tuple(_listed(m, m.value) for m in result.measurements if isinstance(m.value, Table)),
    )


def _line(result: Result) -> str:
    told = [f"{size(result.image.unpacked_bytes)} unpacked"] if result.image else []
    download = figures(result).get("download_bytes")
    if number(download) is not None:
        told.insert(0, f"{figure(download)} to download")
    if (started := start_up(result)) != NONE:
        told.append(f"starts in {started}")
    return " · ".join(told) or "no image"


def _layers(result: Result) -> Grid | None:
    """Newest first, as `docker history` has them."""
    if result.image is None:
        return None
    layers = tuple(reversed(result.image.layers))
    estimated = result.image.bytes_how is How.ESTIMATED
    count = len(layers)
    rows = turned(
        [Words(text=str(count - index)) for index in range(count)],
        [
            Words(text="", chip="base" if x.from_base else "own", tone="" if x.from_base else "good")
            for x in layers
        ],
        with_bars(amount(x.bytes, "bytes", estimated=estimated) for x in layers),
        [Words(text=" ".join(x.created_by.split()), code=True) for x in layers],
    )
    heads = columns("Layer", "From", "Size", "Created by", right=("Size",))
    return Grid(caption="Layers, newest first", columns=heads, rows=rows) if rows else None


def _instructions(result: Result) -> Grid | None:
    rows = tuple(
        (
            Words(text=str(each.line)),
            Words(text=f"{each.keyword} {' '.join(each.text.split())}", code=True),
        )
        for each in result.instructions
    )
    if not rows:
        return None
    file = result.instructions[0].file
    return Grid(caption=f"Instructions of {file}", columns=columns("Line", "Instruction"), rows=rows)


def _theme(name: str) -> str:
    return next((theme for theme, pattern in _THEMES if re.match(pattern, name)), "Other")


def _themes(result: Result) -> tuple[tuple[str, Grid], ...]:
    by_theme: dict[str, list[Measurement]] = {theme: [] for theme in ("Size", "Where the bytes are")}
    for measurement in result.measurements:
        if not isinstance(measurement.value, Table):
            by_theme.setdefault(_theme(measurement.name), []).append(measurement)
    heads = columns("Measurement", "Value", "Got", "How, or why not")
    return tuple(
        (theme, Grid(caption=f"{theme}: {result.label}", columns=heads, rows=tuple(_row(m) for m in several)))
        for theme, several in by_theme.items()
        if several
    )


def _row(m: Measurement) -> tuple[Cell, ...]:
    how = Words(text="", chip=m.how.value.replace("_", " "), tone=_TONES[m.how])
    return Words(text=called(m.name)), _value(m), how, Words(text=m.reason)


_TONES: Final = {How.EXACT: "", How.ESTIMATED: "fair", How.UNAVAILABLE: "bad", How.NOT_APPLICABLE: ""}


def _value(m: Measurement) -> Cell:
    value = number(m)
    if value is None:
        return Words(text=words(m) if m.measured else NONE)
    estimated = m.how is How.ESTIMATED
    exactly = f"{value:,} bytes" if m.unit == "bytes" and value >= 1000 and not estimated else ""
    return amount(value, m.unit, estimated=estimated, note=exactly)


def _listed(m: Measurement, table: Table) -> Listed:
    units = [unit_of(column) for column in table.columns]
    heads = tuple(
        Column(name=called(column), right=bool(unit))
        for column, unit in zip(table.columns, units, strict=True)
    )
    shown = table.rows[:_ROWS]
    cells = [
        with_bars(_cell(row[index], unit) for row in shown)
        if unit == "bytes"
        else tuple(_cell(row[index], unit) for row in shown)
        for index, unit in enumerate(units)
    ]
    return Listed(
        name=called(m.name),
        reason=m.reason,
        grid=Grid(caption=called(m.name), columns=heads, rows=turned(*cells)),
        more=len(table.rows) - len(shown),
    )


def _cell(value: Value, unit: str) -> Figure | Words:
    if unit and isinstance(value, (int, float)) and not isinstance(value, bool):
        return amount(value, unit if unit != "files" else "")
    text = cell(value, unit)
    return Words(text=text if len(text) <= _LONG else f"{text[: _LONG - 1]}…")
