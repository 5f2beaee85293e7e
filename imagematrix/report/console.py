"""Drawing for a terminal, or for a pipe, as text that someone else writes."""

from __future__ import annotations

import io
import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TextIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from imagematrix.text import one_line

# Columns of a file or a pipe, which has no edge: a program that reads lines finds each thing on one of them.
ENDLESS: Final = 10_000
_FOLDED: Final = 16  # columns that a text is folded to before another has to go
_LONG: Final = 40  # columns of a word that is not broken
_GAP: Final = 2  # columns between two of a table: padding and the box's own
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
    least: Sequence[str] = (),
) -> str:
    """A plain table; the columns named in `right` are aligned to the right, those in `whole` never broken.

    Where there is little room, long columns are folded, and then those named in `least` are left out, the first
    of them first.  What was left out is told under the table.
    """
    cells = [[_inert(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    columns = [
        _Column(heading=heading, cells=tuple(row[place] for row in cells), whole=heading in whole)
        for place, heading in enumerate(headings)
    ]
    out = []
    for heading in least:
        if _room(columns, look) >= 0:
            break
        columns = [column for column in columns if column.heading != heading]
        out.append(heading)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    left = _room(columns, look)
    for column in columns:
        more = min(column.widest - column.narrowest, max(left, 0))
        table.add_column(
            column.heading,
            justify="right" if column.heading in right else "left",
            overflow="fold",
            no_wrap=column.whole,
            width=column.narrowest + more if left >= 0 else None,
        )
        left -= more if left >= 0 else 0
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*row)
    told = [Text(f"left out for want of room: {', '.join(out)}", "dim")] if out else []
    return draw(table, *told, look=look)


def _inert(cell: str) -> Text:
    """Lines of which no character does anything; they stay in their cell."""
    return Text("\n".join(map(one_line, cell.split("\n"))))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Column:
    heading: str
    cells: tuple[Text, ...]
    whole: bool

    @property
    def _all(self) -> tuple[Text, ...]:
        return (Text(self.heading), *self.cells)

    @property
    def widest(self) -> int:
        return max(cell.cell_len for cell in self._all)

    @property
    def narrowest(self) -> int:
        """Columns that it can be folded to, with no word broken that is not very long."""
        if self.whole:
            return self.widest
        word = max((cell_len(word) for cell in self._all for word in cell.plain.split()), default=0)
        return min(self.widest, max(_FOLDED, min(word, _LONG)))


def _room(columns: Sequence[_Column], look: Look) -> int:
    """Screen columns that are left where each is as narrow as it can be; below 0 they do not fit."""
    return look.width - sum(column.narrowest + _GAP for column in columns)
