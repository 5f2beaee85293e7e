"""A comparison on a terminal: what to know first on top, then each variant with what brought the change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.table import Table
from rich.text import Text

from imagematrix.model.difference import Comparison, Pair
from imagematrix.report import compare_words as words
from imagematrix.report.compare_details import details, judged, mark, marked, table
from imagematrix.report.console import Look, draw
from imagematrix.report.figures import plain

_ROOMY: Final = 110  # columns, from which on the table has the changes in percent too, and the rest in words
_NUMBERS: Final = ("unpacked", "change", "download", "change ", "start-up")
_COLUMNS: Final = ("variant", *_NUMBERS, "")


def comparison_view(comparison: Comparison, *, look: Look) -> str:
    """The whole comparison.  Signs and words say what colours say: red for more, green for less."""
    parts = [
        draw(*_sides(comparison), look=look),
        _table(comparison, look),
        draw(_notes(comparison), look=look),
    ]
    parts += [details(pair, look=look) for pair in comparison.pairs if words.differs(pair)]
    if comparison.rule:
        parts.append(draw(Text(""), Text(plain(comparison.rule), "dim"), look=look))
    return "".join(parts)


def _sides(comparison: Comparison) -> Iterator[Text]:
    for heading, side in (("old", comparison.old), ("new", comparison.new)):
        name = Text(plain(f"{heading}  {side.what} ")).append(plain(side.name), "bold")
        yield name.append(plain(f"  {', '.join(side.facts)}"), "dim")


def _table(comparison: Comparison, look: Look) -> str:
    """One row a variant: the new figures and by how much they differ."""
    roomy = look.width >= _ROOMY
    headings = (*_COLUMNS, "besides") if roomy else _COLUMNS
    rows = [_row(pair, roomy=roomy) for pair in comparison.pairs]
    if not rows:
        return ""
    elastic = ("besides",) if roomy else ("variant",)
    return f"\n{table(headings, rows, look=look, right=_NUMBERS, elastic=elastic)}\n"


def _row(pair: Pair, *, roomy: bool) -> list[Text]:
    cells = [Text(plain(pair.label), "bold")]
    for name in ("unpacked_bytes", "download_bytes"):
        found = words.find(pair, name)
        cells.append(Text(words.figure(found.new) if found and found.new.measured else "-"))
        if found is None or not isinstance(found.more, int):
            cells.append(Text("-", "dim"))
        elif not found.more:
            cells.append(Text("same", "dim"))
        else:
            share = f" {words.share(found):>6}" if roomy else ""
            cells.append(mark(f"{words.signed(found.more)}{share}", found.more))
    start = words.start(pair)
    if start is None:
        cells += [Text("-"), Text("")]
    else:
        cells += [Text(words.figure(start.new)), judged(start, short=True)]
    return [*cells, Text(words.besides(pair))] if roomy else cells


def _notes(comparison: Comparison) -> Table:
    """What limits the comparison, and who is not in it."""
    notes = marked()
    for remark in comparison.remarks:
        notes.add_row(Text("!", "bold yellow"), Text(plain(remark), "yellow"))
    same = [pair.label for pair in comparison.pairs if not words.differs(pair)]
    lines = [*words.alone(comparison), *([f"no difference: {', '.join(same)}"] if same else [])]
    for line in lines:
        notes.add_row(Text(""), Text(plain(line)))
    return notes
