"""A row of figures as one word of block characters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Final

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_ASCII: Final = "_.:-=+*#"  # from light to dark, where the place cannot show blocks
_MIDDLE: Final = 3  # the block of a row that does not move


def sparkline(values: Sequence[float], *, columns: int, ascii_only: bool, least_span: float = 0.0) -> str:
    """One character a value, the lowest block for the least; more values than columns share one by their median.

    A row that spans less than `least_span` is drawn as if it spanned that, around its middle: so noise is not
    blown up to the whole height.
    """
    shown = _fitted(values, columns)
    if not shown:
        return ""
    marks = _ASCII if ascii_only else _BLOCKS
    low, high = min(shown), max(shown)
    span = max(high - low, least_span)
    if not span:
        return marks[_MIDDLE] * len(shown)
    floor = (low + high - span) / 2
    top = len(marks) - 1
    return "".join(marks[_level((value - floor) / span * top)] for value in shown)


def _fitted(values: Sequence[float], columns: int) -> Sequence[float]:
    count = len(values)
    if count <= columns:
        return values
    ends = [number * count // columns for number in range(columns + 1)]
    return [median(values[begin:end]) for begin, end in pairwise(ends)]


def _level(height: float) -> int:
    """The nearest; from halfway the lower, whatever is the last digit of the float."""
    return ceil(round(height, 6) - 0.5)


def shows_blocks(encoding: str | None) -> bool:
    """Whether text of this encoding can hold them."""
    try:
        _BLOCKS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
