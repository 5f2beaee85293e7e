"""Compressed streams, unpacked as they come.  What a stream is is told from its first bytes, never its name."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import chain
from typing import Final, Protocol, cast

from imagematrix.image.tar import Chunk, FormatError

_MAGIC: Final = {
    b"\x1f\x8b\x08": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
}
_LONGEST_MAGIC: Final = max(map(len, _MAGIC))
_PIECE_BYTES: Final = 1 << 20  # of unpacked bytes at a time, however well they were compressed
_FED_BYTES: Final = (
    32 << 10
)  # of packed bytes at a time: what follows the end of a stream is copied each time
_LARGEST_WINDOW: Final = 128 << 20  # bytes that a stream may ask us to keep in memory
# One stream after another, as eStargz has one for each file: so many, and then one for so many bytes unpacked.
_FEW_STREAMS: Final = 1_000
_STREAM_BYTES: Final = 256


class _Decompressor(Protocol):
    """What `bz2` and `lzma` call a decompressor: of one stream, giving no more than it is asked for."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class _Gzip:
    """zlib's decompressor with the manners of the others."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        piece = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self.needs_input = len(piece) < max_length and not self._zlib.unconsumed_tail
        return piece


def _codec(name: str) -> tuple[Callable[[], _Decompressor], type[Exception]]:
    """What makes a decompressor, and what that raises where the stream is damaged."""
    if name == "gzip":
        return _Gzip, zlib.error
    if name == "xz":
        return (lambda: lzma.LZMADecompressor(memlimit=_LARGEST_WINDOW)), lzma.LZMAError
    if name == "bzip2":
        return bz2.BZ2Decompressor, OSError
    try:
        # The same module as Python 3.14 has under the name of compression.zstd.
        zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    except ImportError:
        raise FormatError("it is compressed with zstd: install `backports.zstd`, which reads it") from None
    limit = {zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW.bit_length() - 1}
    return (lambda: cast(_Decompressor, zstd.ZstdDecompressor(options=limit))), zstd.ZstdError


def sniff(head: bytes) -> str:
    """What a stream that starts like this is compressed with: "gzip", "zstd", "xz", "bzip2", or ""."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")


def peek(chunks: Iterable[Chunk], count: int) -> tuple[bytes, Iterator[Chunk]]:
    """The first `count` bytes (fewer where there are no more), and the whole stream, these included."""
    stream = iter(chunks)
    taken: list[Chunk] = []
    seen = 0
    for chunk in stream:
        taken.append(chunk)
        seen += len(chunk)
        if seen >= count:
            break
    return b"".join(bytes(chunk[:count]) for chunk in taken)[:count], chain(taken, stream)


def unpacked(chunks: Iterable[Chunk]) -> tuple[str, Iterator[Chunk]]:
    """What the stream is compressed with, as `sniff` names it, and its bytes unpacked.

    Taking the bytes raises FormatError where they are damaged or cut off.
    """
    head, whole = peek(chunks, _LONGEST_MAGIC)
    name = sniff(head)
    if not name:
        return "", whole
    return name, _streams(name, whole)


def _streams(name: str, chunks: Iterator[Chunk]) -> Iterator[bytes]:
    """One compressed stream after another: a layer may consist of many, as eStargz layers do."""
    make, damaged = _codec(name)
    decompressor = make()
    streams, unpacked_bytes = 1, 0
    for data in _fed(chunks):
        while data or not (decompressor.eof or decompressor.needs_input):
            if decompressor.eof:
                decompressor = make()
                streams += 1
                if streams > _FEW_STREAMS + unpacked_bytes // _STREAM_BYTES:
                    raise FormatError(f"it consists of {name} streams that hold next to nothing")
            try:
                piece = decompressor.decompress(data, _PIECE_BYTES)
            except damaged as error:
                # Python puts words of its own before those of the library.
                why = str(error).rpartition(": ")[2]
                raise FormatError(f"its {name} compression is damaged ({why})") from error
            data = decompressor.unused_data if decompressor.eof else b""
            unpacked_bytes += len(piece)
            if piece:
                yield piece
    if not decompressor.eof:
        raise FormatError(f"its {name} compression is cut off")


def _fed(chunks: Iterable[Chunk]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _FED_BYTES):
            yield bytes(chunk[start : start + _FED_BYTES])


def at_most(chunks: Iterable[Chunk], limit: int) -> Iterator[Chunk]:
    """The same chunks.  Taking them raises FormatError where they come to more bytes than the limit."""
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > limit:
            raise FormatError(f"it unpacks to more than {limit} bytes")
        yield chunk
