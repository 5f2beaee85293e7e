"""A run as a table: one row a variant, what went wrong under it."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from imagematrix.model import BaseSource, How, Measurement, Result, Run, SmokeAnswer, Status, Step
from imagematrix.report.console import Look, draw
from imagematrix.units import duration, size

_STYLES = {Status.PASSED: "green", Status.FAILED: "bold red", Status.SKIPPED: "yellow"}
_NUMBERS = ("unpacked", "download", "build", "start-up")
_ROOMY = 116  # columns that all but the base take, and a dozen for the base
_NONE = "-"


def run_table(run: Run, place: str, *, look: Look) -> str:
    """The table of a run.  `place` is where it is archived.

    Where no variant has a figure for the bytes to download, as in most quick runs, there is no such column.
    """
    rows = [_row(result) for result in run.results]
    empty = {"download"} if all(row["download"].plain == _NONE for row in rows) else set()
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    headings = [heading for heading in (rows[0] if rows else ()) if heading not in empty]
    roomy = look.width >= _ROOMY
    for heading in headings:
        table.add_column(
            heading,
            justify="right" if heading in _NUMBERS else "left",
            # A long reference gives way first; every column does where there is little room.
            no_wrap=roomy and heading != "base",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(row[heading] for heading in headings))
    return draw(table, *_below(run, place), look=look)


def _row(result: Result) -> dict[str, Text]:
    """A variant's cells by their headings, in the table's order."""
    found = {measurement.name: measurement for measurement in result.measurements}
    build, image, smoke = result.build, result.image, result.smoke
    cached = " cached" if build and build.cached else ""
    return {
        "variant": Text(result.label, style="bold"),
        "base": _base(result, found.get("base")),
        "unpacked": Text(size(image.unpacked_bytes) if image else _NONE),
        "download": _download(found.get("download_bytes")),
        "layers": _layers(result, found),
        "build": Text(f"{duration(build.seconds)}{cached}" if build else _NONE),
        "start-up": _start_up(found, smoke),
        "shells": _words(found.get("shells"), none="none"),
        "libc": _libc(found),
        "smoke": _smoke(result, found.get("command_exit_code")),
    }


def _download(found: Measurement | None) -> Text:
    if found is None or not isinstance(found.value, int):
        return Text(_NONE)
    return Text(f"{'~' if found.how is How.ESTIMATED else ''}{size(found.value)}")


def _start_up(found: dict[str, Measurement], smoke: SmokeAnswer | None) -> Text:
    """The median of the timed starts; where none were timed, the one answer to the smoke test."""
    timed = found.get("start_seconds")
    if timed is not None and isinstance(timed.value, float):
        return Text(duration(timed.value))
    return Text(duration(smoke.first_response_seconds) if smoke else _NONE)


def _smoke(result: Result, command: Measurement | None) -> Text:
    """The verdict on the smoke test alone: a variant may pass it and fail for something else."""
    if command is not None and command.measured:  # of a command that ended as it should
        return Text(f"{Status.PASSED} exit {command.value}", _STYLES[Status.PASSED])
    if result.smoke is None:
        reached = result.reason.startswith(f"{Step.SMOKE}: ") or result.status is Status.SKIPPED
        verdict = result.status if reached else None
        return Text(str(verdict), _STYLES[verdict]) if verdict else Text(_NONE)
    verdict = Status.FAILED if result.reason.startswith(f"{Step.SMOKE}: ") else Status.PASSED
    return Text(f"{verdict} {result.smoke.http_status}", _STYLES[verdict])


def _base(result: Result, found: Measurement | None) -> Text:
    if found is None or not found.measured:
        return Text(_NONE)
    sources = {base.reference: base.source for base in result.bases}
    stand_in = sources.get(str(found.value)) is BaseSource.STAND_IN
    text = Text(str(found.value))
    return text.append(" (stand-in)", style="yellow") if stand_in else text


def _layers(result: Result, found: dict[str, Measurement]) -> Text:
    if result.image is None:
        return Text(_NONE)
    below, own = found.get("base_layers"), found.get("own_layers")
    if below is None or own is None or not below.measured:
        return Text(str(len(result.image.layers)))
    return Text(f"{below.value} + {own.value}")


def _words(found: Measurement | None, *, none: str) -> Text:
    if found is None:
        return Text(_NONE)
    if not found.measured:
        return Text(found.how.value, style="dim")
    return Text(
        ", ".join(map(str, found.value)) or none if isinstance(found.value, tuple) else str(found.value)
    )


def _libc(found: dict[str, Measurement]) -> Text:
    text, version = _words(found.get("libc"), none=_NONE), found.get("libc_version")
    return text.append(f" {version.value}") if version is not None and version.measured else text


def _below(run: Run, place: str) -> list[Text]:
    lines = []
    for result in run.results:
        if result.status is not Status.PASSED:
            lines.append(
                Text(f"{result.label} {result.status}: ", _STYLES[result.status]).append(result.reason, "")
            )
    if any(
        result.image and base.source is BaseSource.STAND_IN for result in run.results for base in result.bases
    ):
        why = "(stand-in): no registry's image, but one made on this machine from packages"
        lines.append(Text(why, style="dim"))
    counts = ", ".join(
        f"{count} {status}" for status in Status if (count := sum(r.status is status for r in run.results))
    )
    lines.append(Text(f"{run.status}: {counts} in {duration(run.seconds)}; archived in {place}"))
    return lines
