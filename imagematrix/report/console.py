"""Drawing for a terminal, or for a pipe, as text that someone else writes."""

from __future__ import annotations

import io
import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

# Columns of a file or a pipe, which has no edge: a program that reads lines finds each thing on one of them.
ENDLESS: Final = 10_000
_DUMB: Final = ("dumb", "unknown")  # values of TERM: such a terminal takes escapes for text


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What the place that a text goes to can show."""

    width: int  # columns
    color: bool
    encoding: str = "utf-8"  # where it can show no more than ASCII, lines are drawn by ASCII


def look_at(stream: TextIO | None, *, color: bool, term: str) -> Look:
    """What a stream can show.  `color` is whether the user wants any, `term` the environment's TERM."""
    terminal = stream is not None and stream.isatty()
    return Look(
        width=shutil.get_terminal_size().columns if terminal else ENDLESS,
        color=terminal and color and term not in _DUMB,
        encoding=getattr(stream, "encoding", None) or "utf-8",
    )


def draw(*parts: RenderableType, look: Look) -> str:
    """The parts one under the other, as text with a newline at the end."""
    out = io.TextIOWrapper(io.BytesIO(), encoding=look.encoding, errors="backslashreplace", newline="\n")
    console = Console(
        file=out,
        width=look.width,
        force_terminal=look.color,
        color_system="standard" if look.color else None,
        highlight=False,
        emoji=False,
        markup=False,
    )
    for part in parts:
        console.print(part)
    out.seek(0)
    return "\n".join(line.rstrip() for line in out.read().split("\n")[:-1]) + "\n"


def grid(
    headings: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    look: Look,
    right: Collection[str] = (),
    whole: Collection[str] = (),
) -> str:
    """A plain table; the columns named in `right` are aligned to the right, those in `whole` never broken."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(
            heading,
            justify="right" if heading in right else "left",
            overflow="fold",
            no_wrap=heading in whole,
        )
    for row in rows:
        table.add_row(*row)
    return draw(table, look=look)
