"""The exact tests, against values counted by hand and against printed tables."""

from __future__ import annotations

from itertools import combinations

import pytest

from imagematrix.verdicts.noise import rank_sum_test, sign_test


@pytest.mark.parametrize(
    ("over", "of", "chance"),
    [(5, 5, 1 / 32), (4, 5, 6 / 32), (3, 5, 16 / 32), (0, 5, 1.0), (1, 1, 0.5), (9, 10, 11 / 1024)],
)
def test_the_sign_test_is_a_coin_thrown(over: int, of: int, chance: float) -> None:
    assert sign_test(over, of) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("new", "old", "chance"),
    [
        ([2], [1], 1 / 2),
        ([1], [2], 1.0),
        ([4, 5, 6], [1, 2, 3], 1 / 20),
        ([3, 5, 6], [1, 2, 4], 2 / 20),
        ([6, 7, 8, 9, 10], [1, 2, 3, 4, 5], 1 / 252),
        ([1, 1], [1, 1], 1.0),  # nothing but ties tells nothing
        ([2, 2], [1, 2], 3 / 6),  # of the pairs of {1, 2, 2, 2}, three have both a 2
    ],
)
def test_ranks_counted_by_hand(new: list[float], old: list[float], chance: float) -> None:
    assert rank_sum_test(new, old) == pytest.approx(chance)


def test_the_printed_table_of_mann_and_whitney_for_five_and_five() -> None:
    """Critical value of U at 5 %, one-sided: 4.  U counts the pairs in which the old one is the larger."""
    five = rank_sum_test([4, 5, 6.5, 9, 10], [1, 2, 3, 6, 7])
    assert sum(o > n for o in (1, 2, 3, 6, 7) for n in (4, 5, 6.5, 9, 10)) == 5
    assert five == pytest.approx(0.0754, abs=5e-5)
    assert rank_sum_test([4, 5.5, 6.5, 9, 10], [1, 2, 3, 5, 7]) == pytest.approx(0.0476, abs=5e-5)  # U = 4


def test_it_is_what_counting_every_draw_gives() -> None:
    new, old = [0.31, 0.29, 0.35, 0.31], [0.3, 0.28, 0.31, 0.27, 0.33]
    every = [*new, *old]
    ranks = [sum(v < value for v in every) + (sum(v == value for v in every) + 1) / 2 for value in every]
    seen = sum(ranks[: len(new)])
    draws = list(combinations(ranks, len(new)))
    assert rank_sum_test(new, old) == pytest.approx(sum(sum(d) >= seen - 1e-9 for d in draws) / len(draws))
