"""Where the names of dots can stand, so that none hides another or a dot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin
from typing import Final, Literal, TypeAlias

_HALF: Final = 8  # pixels: half a line's height, and what is kept free around a dot
_NEAR: Final = 12  # pixels from a dot to a name beside it
_FURTHER: Final = (28, 36, 46, 58, 72, 88, 106, 126)  # pixels to one that a line leads to
_WAYS: Final = 24  # in which it may stand there
_OWN: Final = 24  # pixels around a name's beginning in which there is no other dot, or a line leads to it
_SLANTED: Final = 0.35  # of a way's cosine: what is steeper has its name in the middle

_Dot: TypeAlias = tuple[float, float]
_Box: TypeAlias = tuple[float, float, float, float]  # left, right, top, bottom


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Of one name, in pixels from its dot."""

    dx: float
    dy: float
    align: Literal["left", "right", "center"]

    @property
    def far(self) -> bool:
        """Whether a line must lead to it."""
        return hypot(self.dx, self.dy) > _OWN


def places(
    dots: Sequence[_Dot], lengths: Sequence[float], *, wide: float, tall: float
) -> tuple[Place | None, ...]:
    """For each dot of a field, where its name stands; None where there is no room for it.

    `lengths` are the names', in pixels.  Those that come first choose first, unless another order names more.
    """
    every = range(len(dots))
    orders = [
        list(every),
        *(
            sorted(every, key=lambda number: dots[number][axis], reverse=turned)
            for axis in (0, 1)
            for turned in (False, True)
        ),
    ]
    best: dict[int, Place] = {}
    for order in orders:
        found = _placed(order, dots, lengths, wide=wide, tall=tall)
        best = max(best, found, key=len)
        if len(best) == len(dots):
            break
    return tuple(best.get(number) for number in every)


def _placed(
    order: Sequence[int], dots: Sequence[_Dot], lengths: Sequence[float], *, wide: float, tall: float
) -> dict[int, Place]:
    """Each dot, in this order, takes the first place that is free."""
    around = [_around(dot) for dot in dots]
    written: list[_Box] = []  # names, and lines to them
    found: dict[int, Place] = {}
    for number in order:
        dot, length = dots[number], lengths[number]
        neighbours = [each for index, each in enumerate(dots) if index != number]
        fitting = [
            place
            for place in _tried()
            if _inside(_box(dot, place, length), wide, tall)
            and _is_plain(place, dot, neighbours)
            and not _hits([_box(dot, place, length)], [*around, *written])
            and not _hits(_line(dot, place), written)
        ]
        # A line crosses another dot only where there is no other way.
        others = [_around(each) for each in neighbours if hypot(each[0] - dot[0], each[1] - dot[1]) > _HALF]
        clear = (place for place in fitting if not _hits(_line(dot, place), others))
        if fitting:
            found[number] = place = next(clear, fitting[0])
            written += [_box(dot, place, length), *_line(dot, place)]
    return found


def _tried() -> Iterator[Place]:
    """Beside the dot, over and under it, then ever further away."""
    yield Place(dx=_NEAR, dy=0, align="left")
    yield Place(dx=-_NEAR, dy=0, align="right")
    yield Place(dx=0, dy=-17, align="center")
    yield Place(dx=0, dy=17, align="center")
    for down in (-15, 15):
        yield Place(dx=10, dy=down, align="left")
        yield Place(dx=-10, dy=down, align="right")
    for away in _FURTHER:
        for number in range(_WAYS):
            way = 2 * pi * number / _WAYS
            x, y = cos(way), sin(way)
            yield Place(
                dx=away * x,
                dy=away * y,
                align="left" if x > _SLANTED else "right" if x < -_SLANTED else "center",
            )


def _inside(box: _Box, wide: float, tall: float) -> bool:
    return box[0] >= 0 and box[1] <= wide and box[2] >= 0 and box[3] <= tall


def _is_plain(place: Place, dot: _Dot, neighbours: Sequence[_Dot]) -> bool:
    """Whether the name is not taken for another dot's."""
    x, y = dot[0] + place.dx, dot[1] + place.dy
    level = place.dy == 0
    return place.far or level or all(hypot(x - a, y - b) > _OWN for a, b in neighbours)


def _hits(boxes: Sequence[_Box], taken: Sequence[_Box]) -> bool:
    return any(
        right > a and left < b and bottom > c and top < d
        for left, right, top, bottom in boxes
        for a, b, c, d in taken
    )


def _around(dot: _Dot) -> _Box:
    return dot[0] - _HALF, dot[0] + _HALF, dot[1] - _HALF, dot[1] + _HALF


def _box(dot: _Dot, place: Place, length: float) -> _Box:
    before = {"left": 0.0, "center": length / 2, "right": length}[place.align]
    left, middle = dot[0] + place.dx - before, dot[1] + place.dy
    return left, left + length, middle - _HALF, middle + _HALF


def _line(dot: _Dot, place: Place) -> list[_Box]:
    """The line to a name as small boxes along it, clear of both its ends; none where it stands beside its dot."""
    if not place.far:
        return []
    long = hypot(place.dx, place.dy)
    parts = [at / long for at in range(_HALF + 2, round(long) - 6, 4)]
    along = [(dot[0] + place.dx * part, dot[1] + place.dy * part) for part in parts]
    return [(x - 1, x + 1, y - 1, y + 1) for x, y in along]
