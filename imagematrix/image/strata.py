"""A layer's compressed bytes by a sample of its blocks: how much they come to, how far that may be off, and how
many more are needed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

BLOCK_BYTES: Final = 16 << 10
WHOLE_BYTES: Final = 8 << 20  # a layer that is not larger is compressed whole
CONFIDENCE_PERCENT: Final = 95
_DEVIATIONS: Final = 1.96  # standard errors to each side, at that confidence
AIM: Final = 0.035  # of the compressed bytes: what the sample may be off by in the end, if it can be helped
# A block that is compressed by itself has codes of its own, where a whole layer has one set for every 16 384
# symbols.  On content of all kinds that makes a block at most so much larger or smaller, or twice as large.
_EDGE_BYTES: Final = 32
_FIRST: Final = 16  # strata of two blocks each, before there is a plan
_FEWEST: Final = 200  # strata of a layer, however alike its blocks are
_SMALL: Final = (
    100  # what compresses to less than one in so many is quickly compressed; edges would be most of it
)
_STEPS: Final = (
    16  # a stratum is not wider than so much of what came before: the layer may end sooner than told
)
_CAUTION: Final = 0.7  # of what the rest would come to if it were like what came: there is no going back


@dataclass(kw_only=True, slots=True)
class Strata:
    """What is known so far."""

    bytes: float = 0.0  # compressed, of all that came by
    edges: float = 0.0  # bytes by which the edges of blocks, and the layer's end, may be off
    variance: float = 0.0  # of `bytes`
    squares: float = 0.0  # half the square of each difference of neighbours, in all
    count: int = 0  # of the differences
    last: int = 0  # compressed bytes of the block before
    first: float = 0.0  # the first stratum's part of the variance, before it has a neighbour

    def add(self, size: int, width: int) -> None:
        """Take account of one stratum of so many blocks, of which one has `size` bytes compressed."""
        self.bytes += width * size
        self.edges += width * min(_EDGE_BYTES, size)
        weight = float(width * (width - 1))
        if not self.last:
            self.first = weight
        else:
            square = (size - self.last) ** 2 / 2
            self.variance += (weight + self.first) * square
            self.squares += square
            self.count += 1
            self.first = 0.0
        self.last = size

    def end(self, blocks: float) -> None:
        """Take account of what the layer has after the last block, or, below 0, has less than its last stratum."""
        self.bytes += blocks * self.last
        self.edges += max(0.0, blocks) * max(self.last, BLOCK_BYTES - self.last)  # nothing was seen of it

    @property
    def bound(self) -> float:
        """Bytes that `bytes` may be off; of one stratum without a neighbour nothing is known."""
        alone = self.bytes if self.first else 0.0
        return _DEVIATIONS * math.sqrt(self.variance) + self.edges + alone


def width(done: int, expected: int, known: Strata, *, whole: bool) -> int:
    """Blocks of the next stratum, `done` of some `expected` blocks being behind; 1: compress what comes."""
    if whole or done == expected or max(expected, done) * BLOCK_BYTES <= WHOLE_BYTES:
        return 1
    if known.bytes * _SMALL <= done * BLOCK_BYTES:
        return 1
    left = max(expected - done, 0) or 1 + done // 8  # longer than was expected: think of some more
    if known.count < _FIRST:
        return min(2, left)
    edges = known.edges + left * min(_EDGE_BYTES, known.last)
    error = (AIM * known.bytes * (1 + _CAUTION * left / done) - edges) / _DEVIATIONS
    spare = error**2 - known.variance if error > 0 else 0.0  # of variance, for what is left
    widest = max(1, min(left, (done + left) // _FEWEST, done // _STEPS))
    if spare <= 0:
        return 1
    each = left * known.squares / known.count  # of variance, for each block that a stratum is wider than one
    return widest if each * widest <= spare else min(widest, 1 + int(spare / each))
