from __future__ import annotations

import random
import zlib
from collections.abc import Callable

import pytest

from imagematrix.image.files import Compressed
from imagematrix.image.sampling import Compressing, ExactSampler, Sampler, is_loose
from imagematrix.image.strata import BLOCK_BYTES, WHOLE_BYTES

MIB = 1 << 20
WAYS: tuple[Callable[[int], Compressing], ...] = (Sampler, ExactSampler)


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same bytes every time


def words(size: int, seed: int = 1) -> bytes:
    draw = chance(seed)
    known = [draw.randbytes(draw.randint(3, 12)).hex().encode() for _ in range(3000)]
    return b" ".join(draw.choices(known, k=size // 15))[:size].ljust(size, b" ")


def alternating(size: int, run: int) -> bytes:
    noise = chance(run).randbytes(size)
    return b"".join(noise[at : at + run] if at // run % 2 else bytes(run) for at in range(0, size, run))[
        :size
    ]


def mixed(size: int, *, seed: int = 1) -> bytes:
    """Bytes as mixed as a layer's: stretches of words, of noise and of zeros, each some 100 kB long."""
    draw = chance(seed)
    text, made = words(2 * MIB, seed), bytearray()
    while len(made) < size:
        kind, length = draw.choice("wwwnz"), draw.randint(20_000, 160_000)
        at = draw.randrange(len(text) - length)
        made += {"w": text[at : at + length], "n": draw.randbytes(length), "z": bytes(length)}[kind]
    return bytes(made[:size])


def taken(
    way: Callable[[int], Compressing],
    data: bytes,
    *,
    chunk: Callable[[], int] = lambda: MIB,
    expected: int = -1,
) -> Compressed:
    compressing = way(len(data) if expected < 0 else expected)
    view, at = memoryview(data), 0
    while at < len(data):
        size = chunk()
        compressing.update(view[at : at + size])
        at += size
    assert compressing.result() == compressing.result()
    return compressing.result()


@pytest.mark.parametrize("way", WAYS)
def test_the_figure_does_not_depend_on_how_the_stream_is_cut(way: Callable[[int], Compressing]) -> None:
    data = mixed(9 * MIB)
    draw = chance(2)
    figures = {
        taken(way, data, chunk=lambda: len(data)),
        taken(way, data, chunk=lambda: 512),
        taken(way, data, chunk=lambda: MIB + 1),
        taken(way, data, chunk=lambda: draw.randint(1, 300_000)),
    }
    assert len(figures) == 1


# Contents whose blocks differ in step with one another, in long runs, hardly, and not at all.
CONTENTS = {
    **{
        f"alternating {run >> 10} KiB": alternating(12 * MIB, run)
        for run in (4 << 10, 32 << 10, 64 << 10, MIB)
    },
    "zeros": bytes(16 * MIB),
    "noise": chance(3).randbytes(12 * MIB),
    "words": words(12 * MIB),
    "hexadecimal": chance(4).randbytes(5 * MIB).hex().encode(),
    "repeated": b"0123456789abcdef" * (MIB * 12 // 16),
    "mixed": mixed(20 * MIB, seed=5),
    "words, then noise": words(8 * MIB) + chance(6).randbytes(6 * MIB),
    "zeros, then noise": bytes(8 * MIB) + chance(7).randbytes(6 * MIB),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_a_sample_is_as_near_the_whole_as_it_says(content: str) -> None:
    data = CONTENTS[content]
    sampled, whole = taken(Sampler, data), taken(ExactSampler, data)
    off = abs(sampled.bytes - whole.bytes)
    assert off <= sampled.bound_bytes
    assert off <= 0.05 * whole.bytes
    assert not is_loose(sampled)
    assert whole.whole
    # What is quickly compressed is not sampled at all.
    assert sampled.whole is (content in ("zeros", "repeated"))


@pytest.mark.parametrize("factor", [0.0, 0.3, 3.0])
def test_a_wrong_word_for_the_length_costs_precision_and_no_truth(factor: float) -> None:
    data = mixed(12 * MIB, seed=9)
    sampled = taken(Sampler, data, expected=int(factor * len(data)))
    off = abs(sampled.bytes - taken(ExactSampler, data).bytes)
    assert off <= sampled.bound_bytes


def test_what_changes_where_the_sample_has_become_thin_makes_it_loose() -> None:
    """The layer is shorter than was said, and turns out otherwise at its end: nothing of that could be foreseen."""
    data = words(10 * MIB) + alternating(3 * MIB, 64 << 10)
    sampled = taken(Sampler, data, expected=100 * len(data))
    assert is_loose(sampled)
    assert abs(sampled.bytes - taken(ExactSampler, data).bytes) <= sampled.bound_bytes


def test_the_bound_is_that_of_chance_over_many_layers() -> None:
    """At 95 of 100, one of 10 may well miss; the bound counts edges too, so it is seldom that near."""
    misses = 0
    for seed in range(10):
        data = mixed(WHOLE_BYTES + MIB // 2, seed=seed)
        sampled = taken(Sampler, data)
        misses += abs(sampled.bytes - taken(ExactSampler, data).bytes) > sampled.bound_bytes
    assert misses <= 2


def test_a_small_layer_is_compressed_whole() -> None:
    data = mixed(WHOLE_BYTES)
    assert taken(Sampler, data, chunk=lambda: 10_000) == taken(ExactSampler, data)
    assert taken(Sampler, data + mixed(MIB)).whole is False


@pytest.mark.parametrize("name", ["zeros", "noise"])
def test_what_either_encoder_makes_the_same_is_told_as_gzip_makes_it(name: str) -> None:
    """No setting right where there is nothing to be set right: bytes that cannot be compressed, runs of one."""
    data = CONTENTS[name]
    gzip = len(zlib.compress(data, 6, wbits=31))
    assert taken(ExactSampler, data).bytes == pytest.approx(gzip, rel=0.0005)


def test_it_is_near_what_an_engine_pushed() -> None:
    """The right-hand figures are those of a registry's manifest, of such layers that Docker Engine 26.1 pushed."""
    draw = chance(5)
    assert taken(ExactSampler, tar_of(draw.randbytes(20 * MIB))).bytes == pytest.approx(
        20_978_104, rel=0.0005
    )
    assert taken(ExactSampler, tar_of(bytes(40 * MIB))).bytes == pytest.approx(40_851, rel=0.01)


def tar_of(content: bytes) -> bytes:
    """Bytes that compress as an archive of one file does: a header, and zeros after the end."""
    return b"f".ljust(512, b"\0") + content + bytes(10_240 - 512)


@pytest.mark.parametrize("at", [0, BLOCK_BYTES, 3 * BLOCK_BYTES, WHOLE_BYTES, WHOLE_BYTES + 20 * BLOCK_BYTES])
@pytest.mark.parametrize("beyond", [0, 1, 700, BLOCK_BYTES - 1])
def test_a_layer_may_end_anywhere(at: int, beyond: int) -> None:
    data = words(at + beyond)
    sampled, whole = taken(Sampler, data), taken(ExactSampler, data)
    assert abs(sampled.bytes - whole.bytes) <= sampled.bound_bytes


def test_an_empty_layer_is_a_gzip_of_nothing() -> None:
    assert taken(Sampler, b"") == taken(ExactSampler, b"")
    assert 18 <= taken(Sampler, b"").bytes <= 24
