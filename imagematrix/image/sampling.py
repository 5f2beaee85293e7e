"""What a registry would send for a layer: the layer's bytes compressed, all of them or a fixed sample.

Registries keep layers as gzip; engines make it by Go's compress/gzip at its level 6 (moby,
distribution/push.go).  Go's encoder takes no match of three bytes, so what zlib calls level 6 comes out 2 to
3 % smaller than what is pushed.  zlib's level 4 is nearest, and twice as fast: over the layers of the images
in docs/performance.md it is 0.4 % larger, which is taken off again.

Compressing takes longer than reading even so.  A large layer is sampled: its start is compressed as a whole,
and of the rest one block in so many.  Which blocks these are depends on their place alone: the same layer
gives the same figure everywhere, however it is cut up on the way.
"""

from __future__ import annotations

import zlib
from typing import Final, Protocol

WHOLE_BYTES: Final = 1 << 20  # of a layer's start that are compressed as a whole; a smaller layer is exact
BLOCK_BYTES: Final = 32 << 10
# (from this byte of the layer on, one block in so many): sparser the more there is to level out a miss.
STRIDES: Final = ((WHOLE_BYTES, 2), (8 << 20, 6), (32 << 20, 20))
# How near a figure comes to what an engine pushes, where the layer was compressed whole or sampled.
WHOLE_BOUND_PERCENT: Final = 1
SAMPLED_BOUND_PERCENT: Final = 5
_LEVEL: Final = 4
_PUSHED: Final = 0.996  # bytes that an engine pushes for each byte of ours
_WINDOW_BYTES: Final = 32 << 10  # how far back deflate looks; a block is compressed as if it had seen these
_GZIP: Final = 16 + zlib.MAX_WBITS
_RAW: Final = -zlib.MAX_WBITS


class Compressing(Protocol):
    """Takes a layer's uncompressed archive as it streams by, in chunks of any size."""

    def update(self, data: bytes | memoryview) -> None: ...

    def result(self) -> tuple[int, bool]:
        """Bytes of the layer as a registry client would send it, and whether all of it was compressed."""
        ...


class ExactSampler:
    """Compresses the whole layer, as a registry client would."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._bytes = 0

    def update(self, data: bytes | memoryview) -> None:
        self._bytes += len(self._compressor.compress(data))

    def result(self) -> tuple[int, bool]:
        return round(_PUSHED * (self._bytes + len(self._compressor.copy().flush()))), True


class Sampler:
    """Compresses a small layer whole, and a fixed sample of the blocks of a large one; memory stays flat.

    A sampled figure is the compressed size of the layer's first `WHOLE_BYTES`, plus, for each stretch of
    `STRIDES`, that stretch's bytes times the ratio at which its sampled blocks compress.
    """

    def __init__(self) -> None:
        self._start = ExactSampler()
        self._position = 0  # in the layer: bytes that went by
        self._block = WHOLE_BYTES  # where the block to sample next starts
        self._held = bytearray()  # of that block and the window before it, as far as they went by
        self._sampled = [(0, 0) for _ in STRIDES]  # by stretch: bytes before and after compression

    def update(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        if self._position < WHOLE_BYTES:
            self._start.update(view[: WHOLE_BYTES - self._position])
        begin, end = self._position, self._position + len(view)
        while self._block - _WINDOW_BYTES < end:
            first = max(begin, self._block - _WINDOW_BYTES)
            last = min(end, self._block + BLOCK_BYTES)
            self._held += view[first - begin : last - begin]
            if last < self._block + BLOCK_BYTES:
                break
            stretch = _stretch(self._block)
            self._sampled[stretch] = self._with_held(stretch)
            self._held.clear()
            self._block += STRIDES[stretch][1] * BLOCK_BYTES
        self._position = end

    def result(self) -> tuple[int, bool]:
        start, _ = self._start.result()
        if self._position <= WHOLE_BYTES:
            return start, True
        sampled = list(self._sampled)
        if self._position > self._block:  # the layer ended within a block
            stretch = _stretch(self._block)
            sampled[stretch] = self._with_held(stretch)
        ends = [*(begin for begin, _ in STRIDES[1:]), self._position]
        rest = sum(
            (min(end, self._position) - begin) * after / before
            for (begin, _), end, (before, after) in zip(STRIDES, ends, sampled, strict=True)
            if self._position > begin
        )
        return start + round(_PUSHED * rest), False

    def _with_held(self, stretch: int) -> tuple[int, int]:
        """The stretch's sample with the block that is held added."""
        window, block = bytes(self._held[:_WINDOW_BYTES]), self._held[_WINDOW_BYTES:]
        compressor = zlib.compressobj(_LEVEL, wbits=_RAW, zdict=window)
        after = len(compressor.compress(block)) + len(compressor.flush())
        before_sum, after_sum = self._sampled[stretch]
        return before_sum + len(block), after_sum + after


def _stretch(position: int) -> int:
    """Which of `STRIDES` a place in the layer belongs to."""
    return max(number for number, (begin, _) in enumerate(STRIDES) if begin <= position)
