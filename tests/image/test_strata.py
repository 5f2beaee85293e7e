from __future__ import annotations

import random
import statistics

import pytest

from imagematrix.image.strata import BLOCK_BYTES, WHOLE_BYTES, Strata, width

MANY = 4 * WHOLE_BYTES // BLOCK_BYTES


def known(*sizes: int, wide: int) -> Strata:
    strata = Strata()
    for size in sizes:
        strata.add(size, wide)
    return strata


def test_the_variance_is_that_of_one_block_out_of_each_stratum() -> None:
    """Held against many draws: of strata of alike blocks, the sum's own spread and the mean of what is told."""
    chance = random.Random(1)  # noqa: S311
    blocks = [[chance.randint(2000, 9000) for _ in range(8)] for _ in range(60)]
    told = [known(*(chance.choice(each) for each in blocks), wide=8) for _ in range(2000)]
    spread = statistics.pvariance([strata.bytes for strata in told])
    # One block of eight: no variance of what is taken, 7/8 of the rest; neighbours differ in their means too.
    assert spread * 7 / 8 <= statistics.mean(strata.variance for strata in told) <= spread * 1.4
    whole = sum(map(sum, blocks))
    assert statistics.mean(strata.bytes for strata in told) == pytest.approx(whole, rel=0.005)


def test_of_blocks_that_are_alike_only_the_edges_may_be_off() -> None:
    strata = known(5000, 5000, 5000, wide=4)
    assert (strata.bytes, strata.bound) == (60_000, 12 * 32)


def test_of_one_stratum_alone_nothing_is_known() -> None:
    assert known(5000, wide=4).bound >= 20_000
    assert known(5000, wide=1).bound == 32


def test_what_nothing_was_seen_of_may_be_anything() -> None:
    strata = known(5000, 5000, wide=2)
    before = strata.bound
    strata.end(1.5)
    assert strata.bytes == 27_500
    assert strata.bound - before == 1.5 * (BLOCK_BYTES - 5000)


def test_a_small_layer_and_what_is_quickly_compressed_is_compressed_whole() -> None:
    strata = known(*[5000] * 20, wide=2)
    assert width(40, MANY, strata, whole=False) > 1
    assert width(40, MANY, strata, whole=True) == 1
    assert width(40, WHOLE_BYTES // BLOCK_BYTES, strata, whole=False) == 1
    assert width(40, MANY, known(*[50] * 20, wide=2), whole=False) == 1


def test_the_more_the_blocks_differ_the_narrower_the_strata() -> None:
    done = 2 * 200
    widths = [
        width(done, 20 * MANY, known(*[5000 - by, 5000 + by] * 100, wide=2), whole=False)
        for by in (0, 1000, 2500, 5000)
    ]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == done // 16
    assert len(set(widths)) > 2


def test_no_stratum_reaches_beyond_the_end_that_is_expected() -> None:
    strata = known(*[5000] * 1000, wide=2)
    assert width(MANY - 3, MANY, strata, whole=False) <= 3
    assert width(MANY, MANY, strata, whole=False) == 1
    assert width(MANY + 1, MANY, strata, whole=False) >= 1
