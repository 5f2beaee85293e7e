from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import sys
from collections.abc import Callable

import pytest

from imagematrix.image.compression import peek, sniff, unpacked
from imagematrix.image.tar import FormatError
from tests.image.exports import chunks, zstd

NOISE = b"".join(hashlib.sha256(bytes([a, b])).digest() for a in range(6) for b in range(256))
RAW = NOISE + bytes(3 << 20) + b"the end"
CHECKED = {int(zstd.CompressionParameter.checksum_flag): 1}
WAYS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": lambda raw: zstd.compress(raw, options=CHECKED),
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_what_was_compressed_comes_back(name: str, size: int) -> None:
    told, stream = unpacked(chunks(WAYS[name](RAW), size))
    assert told == name
    assert b"".join(stream) == RAW


@pytest.mark.parametrize("name", WAYS)
def test_streams_that_follow_one_another_are_one(name: str) -> None:
    """As in eStargz layers, where each file is a stream of its own."""
    raw = WAYS[name](b"first") + WAYS[name](b"") + WAYS[name](RAW)
    assert b"".join(unpacked(chunks(raw, 333))[1]) == b"first" + RAW


@pytest.mark.parametrize("name", WAYS)
def test_what_is_cut_off_or_damaged_is_refused(name: str) -> None:
    whole = WAYS[name](RAW)
    with pytest.raises(FormatError, match=f"its {name} compression is cut off"):
        list(unpacked([whole[:-9]])[1])
    with pytest.raises(FormatError, match=f"its {name} compression is"):
        list(unpacked([whole[:2000] + b"\xff" * 40 + whole[2040:]])[1])
    with pytest.raises(FormatError, match=f"its {name} compression is"):
        list(unpacked([whole + b"rubbish"])[1])


@pytest.mark.parametrize("name", WAYS)
def test_what_swells_comes_in_small_pieces(name: str) -> None:
    bomb = WAYS[name](bytes(16 << 20))
    assert len(bomb) < 100_000
    sizes = [len(piece) for piece in unpacked([bomb])[1]]
    assert sum(sizes) == 16 << 20
    assert max(sizes) <= 1 << 20


def test_what_is_damaged_is_told_in_the_words_of_its_format() -> None:
    packed = bytearray(gzip.compress(RAW))
    packed[-5] ^= 1  # of its length
    with pytest.raises(FormatError) as caught:
        list(unpacked([bytes(packed)])[1])
    assert str(caught.value) == "its gzip compression is damaged (incorrect data check)"


def test_what_asks_for_too_much_memory_is_refused() -> None:
    """A zstd frame whose window is 1 GiB (RFC 8878, 3.1.1.1.2)."""
    compressor = zstd.ZstdCompressor(options={int(zstd.CompressionParameter.window_log): 30})
    raw = compressor.compress(RAW) + compressor.flush()
    with pytest.raises(FormatError, match="zstd compression is damaged"):
        list(unpacked([raw])[1])


def test_without_its_library_zstd_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        sys.modules, "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd", None
    )
    with pytest.raises(FormatError, match=r"install `backports\.zstd`"):
        list(unpacked([zstd.compress(b"x")])[1])


def test_what_is_not_compressed_stays_as_it_is() -> None:
    assert sniff(b"") == ""
    assert b"".join(unpacked([b"", b"a", b"bc"])[1]) == b"abc"
    assert list(unpacked([])[1]) == []


def test_peeking_takes_nothing_away() -> None:
    head, stream = peek([b"ab", b"cdef", b"gh"], 3)
    assert head == b"abc"
    assert b"".join(stream) == b"abcdefgh"
    assert peek([b"ab"], 3)[0] == b"ab"
