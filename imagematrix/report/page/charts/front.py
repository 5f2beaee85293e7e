"""Bytes against start-up: which variants no other beats at both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from imagematrix.model import How, Measurement, Run
from imagematrix.report.page.charts.draw import Drawing, Spec
from imagematrix.report.page.grid import Grid, Words, amount, columns, turned, with_bars
from imagematrix.report.page.inert import inert
from imagematrix.units import duration, size

_HEIGHT: Final = 300  # pixels
_MARGIN: Final = 62  # pixels that an axis and its words take
_LETTER: Final = 7.3  # pixels, on average, at 13 pixels


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """One variant."""

    label: str
    bytes: int
    start_seconds: float
    on_front: bool
    estimated: bool  # the bytes are


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """All of them."""

    download: bool  # bytes are those to download, else those unpacked
    spots: tuple[Spot, ...]
    without: tuple[str, ...]  # variants that lack one of the two figures

    @property
    def what(self) -> str:
        return "to download" if self.download else "unpacked"


def field(run: Run) -> Field:
    """By download where it is known of every variant that has a start-up, else by the unpacked size."""
    facts = {result.label: {m.name: m for m in result.measurements} for result in run.results}
    starts = {
        label: start
        for label, known in facts.items()
        if (start := _number(known.get("start_seconds"))) is not None
    }
    downloads = [_number(facts[label].get("download_bytes")) for label in starts]
    download = bool(downloads) and None not in downloads
    name = "download_bytes" if download else "unpacked_bytes"
    points = {
        label: (round(count), start)
        for label, start in starts.items()
        if (count := _number(facts[label].get(name))) is not None
    }
    return Field(
        download=download,
        spots=tuple(
            Spot(
                label=label,
                bytes=count,
                start_seconds=start,
                on_front=not _beaten(label, points),
                estimated=facts[label][name].how is How.ESTIMATED,
            )
            for label, (count, start) in points.items()
        ),
        without=tuple(label for label in facts if label not in points),
    )


def _number(measurement: Measurement | None) -> float | None:
    if measurement is None or not measurement.measured or isinstance(measurement.value, bool):
        return None
    return float(measurement.value) if isinstance(measurement.value, (int, float)) else None


def _beaten(label: str, points: dict[str, tuple[int, float]]) -> bool:
    """Whether another is at least as good at both and better at one (Pareto)."""
    count, start = points[label]
    return any(
        other != label and b <= count and s <= start and (b, s) != (count, start)
        for other, (b, s) in points.items()
    )


def table(found: Field) -> Grid:
    spots = found.spots
    rows = turned(
        [Words(text=spot.label) for spot in spots],
        with_bars((amount(spot.bytes, "bytes", estimated=spot.estimated) for spot in spots), best=True),
        with_bars((amount(spot.start_seconds, "seconds") for spot in spots), best=True),
        [Words(text="on the front" if spot.on_front else "beaten") for spot in spots],
    )
    second = found.what.capitalize()
    heads = columns("Variant", second, "Start-up", "Standing", right=(second, "Start-up"))
    return Grid(caption="Bytes against start-up", columns=heads, rows=rows)


def drawing(found: Field) -> Drawing:
    best = ", ".join(inert(spot.label) for spot in found.spots if spot.on_front)
    return Drawing(
        name="front",
        title=f"Bytes {found.what} against start-up",
        description="One dot a variant; lower left is better. "
        f"On the front, where no other is both smaller and quicker: {best}.",
        language="vega",
        spec=lambda width: _spec(found, width),
        widths=(540, 328),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a label stands, in pixels from its dot."""

    dx: float
    dy: float
    align: str


_BESIDE: Final = (
    _Place(dx=12, dy=0, align="left"),
    _Place(dx=-12, dy=0, align="right"),
    _Place(dx=0, dy=-17, align="center"),
    _Place(dx=0, dy=17, align="center"),
    _Place(dx=10, dy=-15, align="left"),
    _Place(dx=10, dy=15, align="left"),
    _Place(dx=-10, dy=-15, align="right"),
    _Place(dx=-10, dy=15, align="right"),
)


_Box: TypeAlias = tuple[float, float, float, float]  # left, right, top, bottom


def _places(dots: Sequence[tuple[float, float]], labels: Sequence[str], wide: float) -> list[_Place]:
    """Beside each dot, where no other dot and no other label is; the first place where there is none."""
    taken: list[_Box] = [(x - 8, x + 8, y - 8, y + 8) for x, y in dots]
    found = []
    for dot, label in zip(dots, labels, strict=True):
        room = min(len(label) * _LETTER, wide * 0.45)
        tried = [(place, _box(dot, place, room)) for place in _BESIDE]
        place, box = next((each for each in tried if _free(each[1], taken, wide)), tried[0])
        taken.append(box)
        found.append(place)
    return found


def _box(dot: tuple[float, float], place: _Place, room: float) -> _Box:
    left = dot[0] + place.dx - {"left": 0.0, "center": room / 2, "right": room}[place.align]
    return left, left + room, dot[1] + place.dy - 8, dot[1] + place.dy + 8


def _free(box: _Box, taken: Sequence[_Box], wide: float) -> bool:
    left, right, top, bottom = box
    apart = (right <= a or left >= b or bottom <= c or top >= d for a, b, c, d in taken)
    return left >= 0 and right <= wide and all(apart)


def _spec(found: Field, width: int) -> Spec:
    unit, per = ("GB", 1e9) if max(s.bytes for s in found.spots) >= 2e9 else ("MB", 1e6)
    slow = max(s.start_seconds for s in found.spots)
    clock, ticks = ("ms", 1000.0) if slow < 2 else ("s", 1.0)
    most, slowest = (max(s.bytes for s in found.spots) or 1) * 1.06, (slow or 1.0) * 1.12
    wide, tall = width - _MARGIN, _HEIGHT - _MARGIN  # of the field between the axes, nearly
    dots = [(s.bytes / most * wide, tall - s.start_seconds / slowest * tall) for s in found.spots]
    spots = [
        {
            "x": s.bytes / per,
            "y": s.start_seconds * ticks,
            "label": inert(s.label),
            "front": s.on_front,
            "told": f"{inert(s.label)}: {size(s.bytes)} {found.what}, starts in {duration(s.start_seconds)}",
        }
        | {"dx": place.dx, "dy": place.dy, "align": place.align}
        for s, place in zip(found.spots, _places(dots, [s.label for s in found.spots], wide), strict=True)
    ]
    axis = {"grid": True, "tickCount": 5, "labelFlush": False, "zindex": 0}
    scale = {"type": "linear", "nice": False}
    at = {"x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"}}
    return {
        "width": width,
        "height": _HEIGHT,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": {"left": 2, "right": 14, "top": 8, "bottom": 0},
        "data": [
            {"name": "spots", "values": spots},
            {
                "name": "front",
                "source": "spots",
                "transform": [
                    {"type": "filter", "expr": "datum.front"},
                    {"type": "collect", "sort": {"field": "x"}},
                ],
            },
        ],
        "scales": [
            {"name": "x", "domain": [0, most / per], "range": "width", **scale},
            {"name": "y", "domain": [0, slowest * ticks], "range": "height", **scale},
        ],
        "axes": [
            {
                "orient": "bottom",
                "scale": "x",
                "title": f"{unit} {found.what}{', estimated' if any(s.estimated for s in found.spots) else ''}",
                **axis,
            },
            {"orient": "left", "scale": "y", "title": f"{clock} to the right answer", **axis},
        ],
        "marks": [
            {
                "type": "line",
                "from": {"data": "front"},
                "aria": False,
                "encode": {
                    "enter": {
                        **at,
                        "interpolate": {"value": "step-after"},
                        "stroke": {"value": "var(--strong)"},
                        "strokeDash": {"value": [4, 3]},
                        "strokeWidth": {"value": 1.5},
                    }
                },
            },
            {
                "name": "dots",
                "type": "symbol",
                "from": {"data": "spots"},
                "encode": {
                    "enter": {
                        **at,
                        "size": {"value": 130},
                        "fill": [
                            {"test": "datum.front", "value": "var(--strong)"},
                            {"value": "var(--paper)"},
                        ],
                        "stroke": [
                            {"test": "datum.front", "value": "var(--strong)"},
                            {"value": "var(--faint)"},
                        ],
                        "strokeWidth": {"value": 2},
                        "description": {"field": "told"},
                    }
                },
            },
            {
                "type": "text",
                "from": {"data": "spots"},
                "aria": False,
                "encode": {
                    "enter": {
                        **at,
                        "text": {"field": "label"},
                        "dx": {"field": "dx"},
                        "dy": {"field": "dy"},
                        "align": {"field": "align"},
                        "baseline": {"value": "middle"},
                        "fill": {"value": "var(--ink)"},
                        "fontSize": {"value": 13},
                        "fontWeight": [{"test": "datum.front", "value": 600}, {"value": 400}],
                        "limit": {"value": width * 0.45},
                    }
                },
            },
        ],
    }
