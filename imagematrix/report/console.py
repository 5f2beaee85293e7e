"""Drawing for a terminal, or for a pipe, as text that someone else writes."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What the place that a text goes to can show."""

    width: int  # columns
    color: bool
    encoding: str = "utf-8"  # where it can show no more than ASCII, lines are drawn by ASCII


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
    headings: Sequence[str], rows: Iterable[Sequence[str | Text]], *, look: Look, right: Collection[str] = ()
) -> str:
    """A plain table; the columns named in `right` are aligned to the right."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return draw(table, look=look)
