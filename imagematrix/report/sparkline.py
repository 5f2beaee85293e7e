"""A row of figures as one word of block characters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Final

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_ASCII: Final = "_.:-=+*#"  # from light to dark, where the place cannot show blocks
_MIDDLE: Final = 3  # the block of a row of zeros
# A chart spans at least this part of its highest value: so neither noise nor a few bytes fill its height.
_LEAST_SPAN: Final = 0.2


def ends(values: Sequence[float]) -> tuple[float, float]:
    """What a chart of these reaches from and to, around their middle; of none, and of zeros alone, it is nothing."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    spare = max(0.0, _LEAST_SPAN * high - (high - low)) / 2
    return low - spare, high + spare


def sparkline(values: Sequence[float], *, columns: int, ascii_only: bool) -> str:
    """One character a value, between the `ends`; more values than columns share one by their median."""
    shown = _fitted(values, columns)
    marks = _ASCII if ascii_only else _BLOCKS
    low, high = ends(shown)
    if low == high:
        return marks[_MIDDLE] * len(shown)
    top = len(marks) - 1
    return "".join(marks[_level((value - low) / (high - low) * top)] for value in shown)


def _fitted(values: Sequence[float], columns: int) -> Sequence[float]:
    count = len(values)
    if count <= columns:
        return values
    ends = [number * count // columns for number in range(columns + 1)]
    return [median(values[begin:end]) for begin, end in pairwise(ends)]


def _level(height: float) -> int:
    """The nearest; from about halfway the lower, so that what hardly moves around a chart's middle is flat."""
    return ceil(round(height, 1) - 0.5)


def shows_blocks(encoding: str | None) -> bool:
    """Whether text of this encoding can hold them."""
    try:
        _BLOCKS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
