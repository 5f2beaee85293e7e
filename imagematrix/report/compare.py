"""A comparison on a terminal: what to know first on top, then each variant with what brought the change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.table import Table
from rich.text import Text

from imagematrix.model.difference import Comparison, Pair
from imagematrix.report import compare_words as words
from imagematrix.report.compare_details import details
from imagematrix.report.compare_drawing import judged, mark, marked, table
from imagematrix.report.console import Look, draw
from imagematrix.report.figures import plain

# Columns, from which on the table has the changes in percent too, and what differs besides; else that is below.
_ROOMY: Final = 110
_NUMBERS: Final = ("unpacked", "change", "download", "change", "start-up")
_COLUMNS: Final = ("variant", *_NUMBERS, "")


def comparison_view(comparison: Comparison, *, look: Look) -> str:
    """The whole comparison.  Signs and words say what colours say: red for more, green for less."""
    comparison = words.for_people(comparison)
    parts = [
        draw(*_sides(comparison), look=look),
        _table(comparison, look),
        draw(_notes(comparison, look), look=look),
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


def _notes(comparison: Comparison, look: Look) -> Table:
    """What limits the comparison, who is not in it, and what the table has no room for."""
    notes = marked()
    for remark in comparison.remarks:
        notes.add_row(Text("!", "bold yellow"), Text(plain(remark), "yellow"))
    for line in (*_besides(comparison, look), *words.alone(comparison), *_same(comparison)):
        notes.add_row(Text(""), Text(plain(line)))
    return notes


def _besides(comparison: Comparison, look: Look) -> list[str]:
    told = [(pair.label, words.besides(pair)) for pair in comparison.pairs if look.width < _ROOMY]
    return [f"{label}: {text}" for label, text in told if text]


def _same(comparison: Comparison) -> list[str]:
    """Who does not differ, by what may be said of them."""
    labels: dict[str, list[str]] = {}
    for pair in comparison.pairs:
        if not words.differs(pair):
            labels.setdefault(words.sameness(pair), []).append(pair.label)
    return [f"{said}: {', '.join(each)}" for said, each in labels.items()]
