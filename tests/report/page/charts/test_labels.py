"""Names that do not hide one another, whatever the dots are."""

from __future__ import annotations

import random
from itertools import combinations
from math import hypot

import pytest

from imagematrix.report.page.charts.labels import Place, places

WIDE, TALL, LENGTH = 460.0, 420.0, 110.0


def box(dot: tuple[float, float], place: Place, length: float) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a name that is 14 pixels high."""
    left = dot[0] + place.dx - {"left": 0, "center": length / 2, "right": length}[place.align]
    middle = dot[1] + place.dy
    return left, middle - 7, left + length, middle + 7


def overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def crowd(seed: int, many: int) -> list[tuple[float, float]]:
    """Dots in heaps, as variants that differ by an axis alone have them."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    heaps = [(chance.uniform(0.1, 0.9) * WIDE, chance.uniform(0.1, 0.85) * TALL) for _ in range(4)]
    return [(x + chance.uniform(-15, 15), y + chance.uniform(-15, 15)) for x, y in heaps * (many // 4)]


@pytest.mark.parametrize("seed", range(40))
def test_no_name_hides_another_or_a_dot_or_leaves_the_field(seed: int) -> None:
    dots = crowd(seed, 12)
    found = places(dots, [LENGTH] * len(dots), wide=WIDE, tall=TALL)
    named = [(dot, place, box(dot, place, LENGTH)) for dot, place in zip(dots, found, strict=True) if place]
    for (_, _, one), (_, _, other) in combinations(named, 2):
        assert not overlap(one, other)
    for _, _, (left, top, right, bottom) in named:
        assert left >= 0
        assert top >= 0
        assert right <= WIDE
        assert bottom <= TALL
        assert not any(overlap((left, top, right, bottom), (x - 6, y - 6, x + 6, y + 6)) for x, y in dots)


def test_nearly_every_one_of_twelve_has_its_name() -> None:
    named = [
        p for seed in range(40) for p in places(crowd(seed, 12), [LENGTH] * 12, wide=WIDE, tall=TALL) if p
    ]
    assert len(named) > 40 * 12 * 0.97


def test_a_name_that_stands_nearer_to_another_dot_has_a_line() -> None:
    dots = crowd(3, 12)
    for dot, place in zip(dots, places(dots, [LENGTH] * 12, wide=WIDE, tall=TALL), strict=True):
        if place and not place.far and place.dy:
            anchor = dot[0] + place.dx, dot[1] + place.dy
            assert all(hypot(anchor[0] - x, anchor[1] - y) > 20 for x, y in dots if (x, y) != dot)


def test_one_dot_has_its_name_beside_it() -> None:
    (place,) = places([(50, 50)], [80], wide=WIDE, tall=TALL)
    assert place == Place(dx=12, dy=0, align="left")
    assert not place.far


def test_where_there_is_no_room_there_is_no_name() -> None:
    assert places([(20, 20)], [80], wide=40, tall=40) == (None,)
