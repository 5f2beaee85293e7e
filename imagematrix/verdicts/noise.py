"""Whether times differ by more than chance: exact tests that suit the few starts of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import comb
from typing import Final

# Five starts on each side can just be sure: 2 of the 252 ways to rank them are as far apart, p = 0.0079.
CHANCE: Final = 0.01


def sign_test(over: int, of: int) -> float:
    """The chance that `over` or more of `of` times lie over a limit on which their true median is.

    Each lies over its median with a chance of 1/2, whatever the distribution (Arbuthnot 1710).
    """
    return sum(comb(of, count) for count in range(over, of + 1)) / float(2**of)


def rank_sum_test(new: Sequence[float], old: Sequence[float]) -> float:
    """The chance that `new` ranks so high, or higher, among all when both come from one distribution.

    The rank-sum test of Wilcoxon (1945), Mann and Whitney (1947), by counting every way to draw the new from
    all; ties share their middle rank.
    """
    every = sorted((*new, *old))
    # Twice the middle rank, so that it is whole.
    rank = {value: 2 * every.index(value) + every.count(value) + 1 for value in every}
    seen = sum(rank[value] for value in new)
    ways: list[Counter[int]] = [Counter({0: 1}), *(Counter[int]() for _ in new)]
    for value in every:
        for drawn in range(len(new), 0, -1):
            for total, count in ways[drawn - 1].items():
                ways[drawn][total + rank[value]] += count
    return sum(count for total, count in ways[-1].items() if total >= seen) / comb(len(every), len(new))


def p_value(before: Sequence[float], after: Sequence[float]) -> float:
    """That of the rank-sum test, two-sided: twice the smaller of the two one-sided chances, 1 at most."""
    return min(1.0, 2 * min(rank_sum_test(after, before), rank_sum_test(before, after)))
