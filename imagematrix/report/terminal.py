"""A run as a table: one row a variant, what went wrong under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from imagematrix.model import BaseSource, Result, Run, Status, Step
from imagematrix.report.console import Look, draw
from imagematrix.report.figures import (
    NONE,
    figure,
    figures,
    libc,
    number,
    on_stand_in,
    plain,
    start_up,
    words,
)
from imagematrix.report.taken_over import remark
from imagematrix.units import duration, size

_STYLES: Final = {Status.PASSED: "green", Status.FAILED: "bold red", Status.SKIPPED: "yellow"}
_NUMBERS: Final = ("unpacked", "download", "build", "start-up")
_NAMES: Final = {"variant": 16, "base": 16}  # columns of any length, and what they can be folded to
_GAP: Final = 2

_Row = dict[str, Text]  # a variant's cells by their headings, in the table's order


def run_table(run: Run, place: str, *, look: Look) -> str:
    """The table of a run.  `place` is where it is archived.

    What a run did not ask for, as most quick ones do not ask for the bytes to download, has no column.
    """
    rows = [_row(result) for result in run.results]
    told = {heading for row in rows for heading, cell in row.items() if cell.plain != NONE}
    rows = [{heading: cell for heading, cell in row.items() if heading in told} for row in rows]
    widths = {
        heading: max(len(heading), *(row[heading].cell_len for row in rows))
        for heading in (rows[0] if rows else ())
    }
    least = sum(min(width, _NAMES.get(heading, width)) + _GAP for heading, width in widths.items())
    table = [_wide(rows)] if least <= look.width else _tall(rows, widths)
    return draw(*table, *_below(run, place), look=look)


def _wide(rows: Sequence[_Row]) -> Table:
    """Every variant on one line; where there is little room, names are folded."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in rows[0] if rows else ():
        table.add_column(
            heading,
            justify="right" if heading in _NUMBERS else "left",
            no_wrap=heading not in _NAMES,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*row.values())
    return table


def _tall(rows: Sequence[_Row], widths: dict[str, int]) -> list[Text]:
    """Every variant on two lines, names over figures, where one does not hold both."""
    told = [heading for heading in widths if heading not in (*_NAMES, "smoke")]

    def line(cells: dict[str, Text]) -> Text:
        parts = []
        for heading in told:
            part = cells[heading].copy()
            part.align("right" if heading in _NUMBERS else "left", widths[heading])
            parts.append(part)
        return Text("  ").append_text(Text(" " * _GAP).join(parts))

    lines = [Text(""), line({heading: Text(heading, "bold") for heading in told})]
    for row in rows:
        lines.append(row["variant"].copy())
        for between, name in ((" on ", "base"), (": ", "smoke")):
            if name in row and row[name].plain != NONE:
                lines[-1].append(between, "not bold").append_text(row[name])
        lines.append(line(row))
    return [*lines, Text("")]


def _row(result: Result) -> _Row:
    found = figures(result)
    build, image = result.build, result.image
    cached = " cached" if build and build.cached else ""
    download = found.get("download_bytes")
    return {
        "variant": Text(plain(result.label), style="bold"),
        "base": _base(result),
        "unpacked": Text(size(image.unpacked_bytes) if image else NONE),
        "download": Text(NONE if number(download) is None else figure(download)),
        "layers": _layers(result),
        "build": Text(f"{duration(build.seconds)}{cached}" if build else NONE),
        "start-up": Text(start_up(result)),
        "shells": Text(words(found.get("shells"))),
        "libc": Text(libc(result)),
        "smoke": _smoke(result),
    }


def _smoke(result: Result) -> Text:
    """The verdict on the smoke test alone: a variant may pass it and fail for something else."""
    command = number(figures(result).get("command_exit_code"))
    if command is not None:  # of a command that ended as it should
        return Text(f"{Status.PASSED} exit {command}", _STYLES[Status.PASSED])
    if result.smoke is None:
        reached = result.ended_in == Step.SMOKE or result.status is Status.SKIPPED
        verdict = result.status if reached else None
        return Text(str(verdict), _STYLES[verdict]) if verdict else Text(NONE)
    verdict = Status.FAILED if result.ended_in == Step.SMOKE else Status.PASSED
    return Text(f"{verdict} {result.smoke.http_status}", _STYLES[verdict])


def _base(result: Result) -> Text:
    text = Text(words(figures(result).get("base")))
    return text.append(" (stand-in)", style="yellow") if on_stand_in(result) else text


def _layers(result: Result) -> Text:
    if result.image is None:
        return Text(NONE)
    found = figures(result)
    below, own = number(found.get("base_layers")), number(found.get("own_layers"))
    return Text(str(len(result.image.layers)) if below is None or own is None else f"{below} + {own}")


def _below(run: Run, place: str) -> list[Text]:
    lines = []
    for result in run.results:
        if result.status is not Status.PASSED:
            who = Text(f"{plain(result.label)} {result.status}: ", _STYLES[result.status])
            # A reason may have lines of a log.
            lines.append(who.append("\n".join(map(plain, result.reason.split("\n"))), "not bold default"))
    if any(
        result.image and base.source is BaseSource.STAND_IN for result in run.results for base in result.bases
    ):
        why = "(stand-in): no registry's image, but one made on this machine from packages"
        lines.append(Text(why, style="dim"))
    if taken := remark(run.results, "start_seconds"):
        lines.append(Text(taken, style="dim"))
    counts = ", ".join(
        f"{count} {status}" for status in Status if (count := sum(r.status is status for r in run.results))
    )
    lines.append(
        Text(f"{run.status}: {counts or 'no variant'} in {duration(run.seconds)}; archived in {plain(place)}")
    )
    return lines
