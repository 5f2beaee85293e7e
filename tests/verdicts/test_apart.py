"""The right answers are known by construction: figures just this side and that of each rule."""

from __future__ import annotations

import time

import pytest

from imagematrix.image.sampling import SAMPLED_BOUND_PERCENT
from imagematrix.verdicts.apart import ESTIMATE, less, number
from tests.verdicts.advised import MB, guessed, variant, without


def test_of_exact_bytes_one_byte_is_a_difference() -> None:
    small, large = variant("a", download=100 * MB), variant("b", download=100 * MB + 1)
    assert less(small, large, "download_bytes")
    assert not less(large, small, "download_bytes")
    assert not less(small, small, "download_bytes")


@pytest.mark.parametrize(("more", "told"), [(10_000_000, False), (10_600_000, True)])
def test_estimates_are_told_apart_where_their_bounds_do_not_overlap(more: int, told: bool) -> None:
    # 100 MB may be 105 MB; 110 MB may be 104.5 MB, and 110.6 MB no less than 105.07 MB.
    small, large = variant("a", download=guessed(100 * MB)), variant("b", download=guessed(100 * MB + more))
    assert less(small, large, "download_bytes") is told


def test_the_bound_of_an_estimate_is_the_one_it_is_made_with() -> None:
    assert pytest.approx(SAMPLED_BOUND_PERCENT / 100) == ESTIMATE


@pytest.mark.parametrize(
    ("slow", "told"),
    [
        ((0.109, 0.109, 0.109, 0.109, 0.109), False),  # all slower, by less than 10 %
        ((0.111, 0.112, 0.113, 0.114, 0.115), True),  # 2 ways in 252 of ranking so far apart
        ((0.090, 0.091, 0.112, 0.113, 0.114), False),  # two of five are as fast
        ((0.130, 0.140, 0.150), False),  # 2 ways in 56: three starts are too few
    ],
)
def test_start_ups_are_told_apart_by_how_far_and_how_sure(slow: tuple[float, ...], told: bool) -> None:
    fast = variant("a", start=(0.100, 0.098, 0.099, 0.102, 0.101))
    assert less(fast, variant("b", start=slow), "start_seconds") is told


def test_start_ups_of_which_the_single_times_are_not_known_are_not_told_apart() -> None:
    fast, slow = variant("a", start=0.1), without(variant("b", start=0.9), "start_each_seconds")
    assert not less(fast, slow, "start_seconds")


@pytest.mark.parametrize(("memory", "told"), [(21_900_000, False), (22_100_000, True)])
def test_memory_is_told_apart_from_a_tenth_on(memory: int, told: bool) -> None:
    one, other = variant("a", memory=20 * MB), variant("b", memory=memory)
    assert less(one, other, "memory_idle_bytes") is told


def test_what_was_not_measured_is_less_than_nothing_and_nothing_is_less_than_it() -> None:
    known, unknown = variant("a"), without(variant("b"), "download_bytes")
    assert number(unknown, "download_bytes") is None
    assert not less(known, unknown, "download_bytes")
    assert not less(unknown, known, "download_bytes")


def test_many_starts_are_judged_at_once() -> None:
    """The test counts ways to rank; of a hundred starts there would be no end of them."""
    fast = variant("a", start=[0.1 + n / 1e5 for n in range(100)])
    slow = variant("b", start=[0.2 + n / 1e5 for n in range(100)])
    began = time.process_time()
    assert less(fast, slow, "start_seconds")
    assert time.process_time() - began < 2
