"""What the tables of a comparison are drawn of, on a terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from imagematrix.model.difference import Change, NoisyDifference, Sizes, TimeVerdict
from imagematrix.report import compare_words as words
from imagematrix.report.console import Look, draw, grid

ROWS: Final = 12  # of a table on a terminal; --json has them all
LESS, MORE = "green", "red"
CHANGES: Final = {
    Change.NEW: MORE,
    Change.MORE: MORE,
    Change.NEW_OR_MORE: MORE,
    Change.GONE: LESS,
    Change.LESS: LESS,
    Change.GONE_OR_LESS: LESS,
    Change.SAME: "dim",
}
_VERDICTS: Final = {TimeVerdict.MORE: MORE, TimeVerdict.LESS: LESS}
Rows = Sequence[Sequence[Text]]


def table(
    headings: Sequence[str],
    rows: Rows,
    *,
    look: Look,
    right: Collection[str] = (),
    elastic: Collection[str] = (),
) -> str:
    """A plain table in which the columns named in `elastic` give way where there is little room."""
    whole = [heading for heading in headings if heading not in elastic]
    drawn = grid(headings, rows, look=look, right=right, whole=whole)
    return drawn.strip("\n") + "\n"  # the box is an empty line above and below


def marked() -> Table:
    """Lines behind a mark, to which their second lines are indented."""
    lines = Table.grid(padding=(0, 1, 0, 0))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    return lines


def mark(text: str, more: int) -> Text:
    """A change: red for more, green for less; the sign that it has says the same."""
    return Text(text, MORE if more > 0 else LESS if more < 0 else "dim")


def judged(noisy: NoisyDifference, *, short: bool = False) -> Text:
    """What may be said of a noisy figure, in a word."""
    word = words.short_verdict(noisy) if short else words.verdict(noisy)
    return Text(word, _VERDICTS.get(noisy.verdict, "dim"))


def heading(title: str, more: str = "") -> Text:
    """What stands above a table."""
    return Text(title, "bold").append(f"  {more}" if more else "", "not bold dim")


def change_word(change: Change, *, same: str = "same") -> Text:
    """How a thing has changed, in a word."""
    return Text(same if change is Change.SAME else str(change), CHANGES[change])


def old_new_change(sizes: Sizes, shown: tuple[str, str, str] | None = None) -> tuple[Text, Text, Text]:
    """Three cells; `shown` are their words where they are others than those of the sizes."""
    old, new, change = shown or words.sizes(sizes)
    return Text(old), Text(new), mark(change, sizes.more)


def rest_line(total: int, look: Look, what: str) -> str:
    """How many rows are not shown; "" where all are."""
    line = words.rest(total, min(total, ROWS), what)
    return draw(Text(f" {line}", "dim"), look=look) if line else ""
