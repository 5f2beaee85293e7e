"""What a registry would be sent for a layer: the layer's bytes compressed, all of them or a sample.

Engines push layers as gzip of level 6, made by Go's compress/gzip (moby, distribution/push_v2.go).  It looks
for repetitions as zlib does at that level, but for those of three bytes, which it leaves alone.  So what Go
makes lies between what zlib makes by itself and by its strategy Z_FILTERED, which leaves alone all of up to
five bytes.  Of the blocks that are compressed here some are compressed in both ways, which tells how far that
is in this very layer; what cannot be compressed comes out the same either way, and is not set right at all.

A large layer is sampled: it is cut into strata, one block of each is compressed, at a place drawn by chance,
and how wide the strata may be follows from how much the blocks before differ.  The standard error is that of a
sample of one unit a stratum, by the differences of neighbours (Cochran, Sampling Techniques, 5A.12).  Draws and
strata follow from what came before in the layer alone: the same layer gives the same figure every time, however
it is cut up on the way.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import replace
from typing import Final, Protocol

from imagematrix.image.files import Compressed
from imagematrix.image.strata import BLOCK_BYTES, Strata, width

# How near a figure comes to what an engine pushes, where the layer was compressed whole or sampled.
WHOLE_BOUND_PERCENT: Final = 1
SMALL_BOUND_PERCENT: Final = (
    5  # where it was compressed whole and is small: a few blocks tell less of the encoder
)
SAMPLED_BOUND_PERCENT: Final = 5
_BOTH_EVERY: Final = 8  # of the blocks of a sample, one in so many is compressed in both ways
_BOTH_EVERY_WHOLE: Final = 16  # of the blocks of what is compressed whole
# How far Go's gzip is from zlib's on the way to Z_FILTERED, where that makes a block larger, and where smaller;
# fitted to what engines pushed (bench/download.py).
_OF_A_LOSS: Final = 1 / 3
_OF_A_GAIN: Final = 2 / 3
_LEVEL: Final = 6
_WRAPPING_BYTES: Final = 18  # gzip's header and trailer (RFC 1952)
_WINDOW_BYTES: Final = 32 << 10  # how far back deflate looks; a block is compressed as if it had seen these


class Compressing(Protocol):
    """Takes a layer's uncompressed archive as it streams by, in chunks of any size."""

    def update(self, data: bytes | memoryview) -> None: ...

    def result(self) -> Compressed:
        """What came by, compressed as an engine would to push it."""
        ...


class Sampler:
    """Compresses a small layer whole, and a sample of the blocks of a large one; memory stays flat.

    `expected_bytes` is how long the layer will be, as far as that is known, and what the sample is planned for.
    Where that is wrong, the sample is larger than it need be, or its bound is.
    """

    def __init__(self, expected_bytes: int = 0, *, whole: bool = False) -> None:
        self._whole = whole
        self._expected = expected_bytes // BLOCK_BYTES  # whole blocks
        self._chance = random.Random(0)  # noqa: S311 - the same draws every time
        self._strata = Strata()
        self._start = 0  # block at which the stratum begins of which one is to come
        self._width = width(0, self._expected, self._strata, whole=whole)
        self._block = self._start  # the block of it that is to be compressed
        self._position = 0  # in the layer: bytes that went by
        self._held = bytearray()  # of that block and the window before it, as far as they went by
        self._run: zlib._Compress | None = None  # of blocks that follow one another
        self._run_bytes = 0
        self._seen = 0  # blocks that were compressed
        self._plain = self._pushed = 0.0  # of those that were compressed in both ways

    def update(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        begin, self._position = self._position, self._position + len(view)
        while True:
            needed, end = max(0, self._block * BLOCK_BYTES - _WINDOW_BYTES), (self._block + 1) * BLOCK_BYTES
            self._held += view[max(0, needed + len(self._held) - begin) : max(0, end - begin)]
            if self._position < end:
                return
            self._take()

    def result(self) -> Compressed:
        """As `Compressing` has it; may be asked at any time."""
        strata = replace(self._strata)
        plain, pushed = self._plain, self._pushed
        window, block = self._parts()
        if self._run is not None:
            run = self._run.copy()
            strata.bytes += self._run_bytes + len(run.compress(block)) + len(run.flush())
        elif block or not self._seen:
            strata.bytes += _deflated(window, block)
        if not plain:
            plain, pushed = 1.0 * _deflated(window, block), _as_pushed(window, block)
        strata.end((self._position - self._start * BLOCK_BYTES - len(block)) / BLOCK_BYTES)
        ratio = pushed / plain
        return Compressed(
            bytes=round(ratio * strata.bytes + _WRAPPING_BYTES), bound_bytes=round(ratio * strata.bound)
        )

    def _parts(self) -> tuple[bytes, bytes]:
        """The window, and of the block what is there."""
        before = min(self._block * BLOCK_BYTES, _WINDOW_BYTES)
        return bytes(self._held[:before]), bytes(self._held[before:])

    def _take(self) -> None:
        """Compress the block that is held, and choose the next."""
        window, block = self._parts()
        if self._width == 1:
            self._run = self._run or _compressor(window)
            self._run_bytes += len(self._run.compress(block))
            if self._seen % _BOTH_EVERY_WHOLE == 0:
                self._both(window, block, _deflated(window, block))
        else:
            if self._run is not None:
                self._strata.bytes += self._run_bytes + len(self._run.flush())
                self._run, self._run_bytes = None, 0
            size = _deflated(window, block)
            self._strata.add(size, self._width)
            if self._seen % _BOTH_EVERY == 0:
                self._both(window, block, size)
        self._seen += 1
        self._start += self._width
        known = replace(self._strata, bytes=self._strata.bytes + self._run_bytes)
        self._width = width(self._start, self._expected, known, whole=self._whole)
        last, self._block = self._block, self._start + self._chance.randrange(self._width)
        # What was held began at the window before `last`; the next window may begin within it.
        del self._held[
            : max(0, self._block * BLOCK_BYTES - _WINDOW_BYTES) - max(0, last * BLOCK_BYTES - _WINDOW_BYTES)
        ]

    def _both(self, window: bytes, block: bytes, plain: int) -> None:
        self._plain += self._width * plain
        self._pushed += self._width * _as_pushed(window, block, plain)


def is_loose(compressed: Compressed) -> bool:
    """Whether a sample says less than is promised of it: blocks that changed late in a layer, say."""
    most = (SAMPLED_BOUND_PERCENT - WHOLE_BOUND_PERCENT) * compressed.bytes / 100
    return compressed.bound_bytes > most


class ExactSampler:
    """Compresses the whole layer, as a registry client would."""

    def __init__(self, expected_bytes: int = 0) -> None:
        self._all = Sampler(expected_bytes, whole=True)

    def update(self, data: bytes | memoryview) -> None:
        self._all.update(data)

    def result(self) -> Compressed:
        return self._all.result()


def _as_pushed(window: bytes, block: bytes, plain: int | None = None) -> float:
    """Bytes that Go's gzip makes of a block, by zlib's with and without short repetitions."""
    plain = _deflated(window, block) if plain is None else plain
    more = _deflated(window, block, zlib.Z_FILTERED) - plain
    return plain + more * (_OF_A_LOSS if more > 0 else _OF_A_GAIN)


def _deflated(window: bytes, block: bytes, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> int:
    compressor = _compressor(window, strategy)
    return len(compressor.compress(block)) + len(compressor.flush())


def _compressor(window: bytes, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> zlib._Compress:
    if not window:
        return zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS, strategy=strategy)
    return zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS, strategy=strategy, zdict=window)
