from __future__ import annotations

import random
import zlib
from collections.abc import Callable

import pytest

from imagematrix.image.sampling import STRIDES, WHOLE_BYTES, Compressing, ExactSampler, Sampler

MIB = 1 << 20
WAYS: tuple[Callable[[], Compressing], ...] = (Sampler, ExactSampler)


def layer(mib: int, *, seed: int = 1) -> bytes:
    """Bytes as mixed as a layer's: stretches of words, of noise and of zeros, each some 100 kB long."""
    chance = random.Random(seed)  # noqa: S311 - the same layer every time
    words = [chance.randbytes(chance.randint(3, 12)).hex().encode() for _ in range(3000)]
    made = bytearray()
    while len(made) < mib * MIB:
        kind, length = chance.choice("wwwnz"), chance.randint(40_000, 160_000)
        if kind == "w":
            made += b" ".join(chance.choices(words, k=length // 16))
        else:
            made += chance.randbytes(length // 2) if kind == "n" else bytes(length)
    return bytes(made[: mib * MIB])


def taken(way: Callable[[], Compressing], data: bytes, *, chunks: Callable[[], int]) -> tuple[int, bool]:
    sampler = way()
    view, at = memoryview(data), 0
    while at < len(data):
        size = chunks()
        sampler.update(view[at : at + size])
        at += size
    assert sampler.result() == sampler.result()
    return sampler.result()


@pytest.mark.parametrize("way", WAYS)
def test_the_figure_does_not_depend_on_how_the_stream_is_cut(way: Callable[[], Compressing]) -> None:
    data = layer(10)
    chance = random.Random(2)  # noqa: S311
    ways = {
        taken(way, data, chunks=lambda: len(data)),
        taken(way, data, chunks=lambda: 512),
        taken(way, data, chunks=lambda: MIB + 1),
        taken(way, data, chunks=lambda: chance.randint(1, 300_000)),
    }
    assert len(ways) == 1


@pytest.mark.parametrize("mib", [2, 9, 33, 48])
def test_a_sample_is_near_the_whole(mib: int) -> None:
    data = layer(mib, seed=mib)
    sampled, exact = taken(Sampler, data, chunks=lambda: MIB)
    whole, whole_exact = taken(ExactSampler, data, chunks=lambda: MIB)
    assert (exact, whole_exact) == (False, True)
    assert sampled == pytest.approx(whole, rel=0.05)


def test_a_small_layer_is_compressed_whole() -> None:
    data = layer(1)
    assert len(data) == WHOLE_BYTES
    assert taken(Sampler, data, chunks=lambda: 10_000) == taken(ExactSampler, data, chunks=lambda: MIB)
    assert taken(Sampler, data + b"x", chunks=lambda: 10_000)[1] is False


def test_it_lies_between_zlibs_own_levels() -> None:
    """Go's level 6 is a little larger than zlib's 6, and smaller than zlib's 3."""
    data = layer(4)
    whole, _ = taken(ExactSampler, data, chunks=lambda: MIB)
    assert len(zlib.compress(data, 6)) < whole < len(zlib.compress(data, 3))


def test_bytes_that_do_not_compress_are_counted_in_full() -> None:
    noise = random.Random(3).randbytes(40 * MIB)  # noqa: S311
    sampled, _ = taken(Sampler, noise, chunks=lambda: MIB)
    assert sampled == pytest.approx(len(noise), rel=0.005)


@pytest.mark.parametrize("at", [begin for begin, _ in STRIDES])
@pytest.mark.parametrize("beyond", [-1, 0, 1, 40_000, 70_000])
def test_a_layer_may_end_anywhere(at: int, beyond: int) -> None:
    data = (b"0123456789abcdef" * 65536 * 33)[: at + beyond]
    sampled, _ = taken(Sampler, data, chunks=lambda: MIB)
    whole, _ = taken(ExactSampler, data, chunks=lambda: MIB)
    assert abs(sampled - whole) < 0.003 * len(data)


def test_an_empty_layer_is_a_gzip_of_nothing() -> None:
    assert Sampler().result() == ExactSampler().result()
    assert 18 <= Sampler().result()[0] <= 24
