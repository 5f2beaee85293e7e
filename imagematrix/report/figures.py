"""What several formats ask of a result, and how a figure is told with its doubt."""

from __future__ import annotations

import re
import shlex
from typing import Final

from imagematrix.model import (
    Base,
    BaseSource,
    Cell,
    How,
    Measurement,
    Result,
    Share,
    Status,
    Step,
    Table,
)
from imagematrix.text import escaped, first_few, one_line
from imagematrix.units import called as called  # the formats have it from here
from imagematrix.units import duration, size

NONE: Final = "-"  # where there is nothing to tell
MARK: Final = "*"  # after a figure that was taken over from an earlier run
_COMMANDS: Final = ("entrypoint", "command")  # measurements whose words are one command
_NAMED: Final = 6  # of the variants that have the same bytes in common
# What no XML may hold (1.0, section 2.2) and no HTML should (13.2.3.5), beside what `one_line` escapes.
_UNFIT: Final = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")


def figures(result: Result) -> dict[str, Measurement]:
    """Its measurements by their names."""
    return {measurement.name: measurement for measurement in result.measurements}


def number(found: Measurement | None) -> int | float | None:
    """The number that was measured; None where none was."""
    if found is None or not found.measured or isinstance(found.value, bool):
        return None
    return found.value if isinstance(found.value, (int, float)) else None


def figure(found: Measurement | None) -> str:
    """A number with its unit, "~" before an estimate; where there is none, how that is called."""
    value = number(found)
    if found is None or value is None:
        return why_not(found)
    if found.unit == "bytes":
        shown = size(round(value))
    else:
        shown = duration(value) if found.unit == "seconds" else f"{value:,}"
    return f"~{shown}" if found.how is How.ESTIMATED else shown


def mark(found: Measurement | None) -> str:
    """What stands after a figure that an earlier run measured; "" after any other."""
    return MARK if found is not None and found.measured and found.measured_in else ""


def words(found: Measurement | None) -> str:
    """An answer in words, on one line, a command as it would be typed; where there is none, how that is called."""
    if found is None or not found.measured or isinstance(found.value, Table):
        return why_not(found)
    if not isinstance(found.value, tuple):
        return plain(cell(found.value, found.unit)) or "none"
    several = [cell(each, found.unit) for each in found.value]
    return plain(shlex.join(several) if found.name in _COMMANDS else ", ".join(map(_item, several))) or "none"


def _item(text: str) -> str:
    """One of a list, in quotes where it would be read as several."""
    inside = text.replace("'", """'"'"'""")
    return f"'{inside}'" if "," in text or "'" in text else text


def cell(value: Cell, unit: str) -> str:
    """One value of a list or a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit == "bytes" and isinstance(value, int):
        return size(value)
    return duration(value) if unit == "seconds" and isinstance(value, (int, float)) else str(value)


def instruction(created_by: str, limit: int) -> str:
    """An instruction as the Dockerfile has it, on one line of so many characters at most."""
    text = " ".join(created_by.removesuffix("# buildkit").split()).replace("RUN /bin/sh -c ", "RUN ", 1)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def unit_of(column: str) -> str:
    """Of a table's column, whose name ends with its unit; "" for words."""
    return next((unit for unit in ("bytes", "seconds", "files") if column.endswith(unit)), "")


def why_not(found: Measurement | None) -> str:
    """ "not applicable", "unavailable"; "-" where it was not asked for."""
    return NONE if found is None else found.how.value.replace("_", " ")


def libc(result: Result) -> str:
    """ "musl 1.2.5"."""
    found = figures(result)
    version = found.get("libc_version")
    told = words(found.get("libc"))
    return f"{told} {version.value}" if version is not None and version.measured else told


def start_up(result: Result) -> str:
    """The median of the timed starts, marked where an earlier run timed them.

    Where none were timed, about that: the one right answer to the smoke test.
    """
    found = figures(result)
    timed = found.get("start_seconds")
    if number(timed) is None and result.smoke is not None and failed_step(result) != Step.SMOKE:
        return f"~{duration(result.smoke.first_response_seconds)}"
    return f"{figure(timed or found.get('first_response_seconds'))}{mark(timed)}"


def base_of(result: Result) -> Base | None:
    """The base image that the image lies on, not those of its other build stages; None where it is not known."""
    found = figures(result).get("base")
    if found is None or not found.measured:
        return None
    return next((base for base in result.bases if base.reference == found.value), None)


def on_stand_in(result: Result) -> bool:
    """Whether figures of this result are figures of a stand-in base image."""
    base = base_of(result)
    return base is not None and base.source is BaseSource.STAND_IN


def in_common(share: Share) -> tuple[str, ...]:
    """What a variant has in common with which others, most bytes first: "1.14 GB: vanilla, multi-stage"."""
    by_bytes: dict[int, list[str]] = {}
    for label, count in share.shared_with:
        by_bytes.setdefault(count, []).append(plain(label))
    return tuple(f"{size(count)}: {first_few(labels, _NAMED)}" for count, labels in by_bytes.items())


def failed_step(result: Result) -> str:
    """The step that failed a variant; "" where none did: it passed, was skipped, or broke budgets alone."""
    if result.status is not Status.FAILED:
        return ""
    if result.ended_in:
        return result.ended_in
    broken = any(budget.status.fails for budget in result.budgets)
    return "" if broken else "variant"


def unfinished(result: Result) -> bool:
    """Whether the run ended before this variant came to an end: one that was left out names its step."""
    return result.status is Status.SKIPPED and not result.ended_in


def plain(text: str) -> str:
    """A text that any format can hold: one line, no control does anything, all else that is unfit is an escape.

    What the format itself makes of letters (`<`, `|`, `"`) is still to be escaped by its writer.
    """
    return _UNFIT.sub(lambda match: escaped(match[0]), one_line(text))
