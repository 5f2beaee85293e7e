"""Bytes against start-up, and which variants the advice found that no other beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from imagematrix.model import Advice, How, Report
from imagematrix.report.advice import not_beaten
from imagematrix.report.figures import MARK, figures, number, plain
from imagematrix.report.page.charts.draw import Drawing, Spec
from imagematrix.report.page.charts.labels import places
from imagematrix.report.page.grid import Grid, Words, amount, columns, turned, with_bars
from imagematrix.report.taken_over import remark
from imagematrix.units import duration, size

_HEIGHT: Final = 300  # pixels of the field, with up to six variants
_MORE: Final = 20  # pixels for each other one, whose name wants a place too
_MARGINS: Final = {"left": 66, "right": 14, "top": 8, "bottom": 48}  # pixels: the axes and their words
_LETTER: Final = 8.0  # pixels, on average, at 13 pixels in a broad typeface
_LONGEST: Final = 0.6  # of the field, that a name may take
_ON_FRONT: Final = "on the front"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """One variant."""

    label: str
    bytes: int
    start_seconds: float
    standing: str  # "on the front", "beaten"; "not weighed" of one that the advice leaves out
    estimated: bool  # the bytes are
    measured_in: str  # the earlier run that measured the start-up; "" for this one

    @property
    def mark(self) -> str:
        return MARK if self.measured_in else ""

    @property
    def on_front(self) -> bool:
        return self.standing == _ON_FRONT


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """All of them."""

    download: bool  # bytes are those to download, else those unpacked
    spots: tuple[Spot, ...]
    without: tuple[str, ...]  # variants that lack one of the two figures
    objectives: tuple[str, ...]  # names of the measurements that the front is over; () with no front
    taken_over: str  # what the mark of start-ups of earlier runs means; "" where none has it

    @property
    def what(self) -> str:
        return "to download" if self.download else "unpacked"


def field(report: Report) -> Field:
    """The bytes are those that the front is over; with no front, the unpacked ones.

    The front is that of the advice, which holds noise against every figure and may weigh memory too.
    """
    facts = {result.label: figures(result) for result in report.run.results}
    weighed = _widest(report.advice)
    objectives = weighed.objectives if weighed else ()
    download = "download_bytes" in objectives
    name = "download_bytes" if download else "unpacked_bytes"
    points = {
        label: (round(count), start)
        for label, known in facts.items()
        if (start := number(known.get("start_seconds"))) is not None
        and (count := number(known.get(name))) is not None
    }
    return Field(
        download=download,
        spots=tuple(
            Spot(
                label=label,
                bytes=count,
                start_seconds=start,
                standing=_standing(label, weighed),
                estimated=facts[label][name].how is How.ESTIMATED,
                measured_in=facts[label]["start_seconds"].measured_in,
            )
            for label, (count, start) in points.items()
        ),
        without=tuple(label for label in facts if label not in points),
        objectives=objectives,
        taken_over=remark(report.run.results, "start_seconds"),
    )


def _widest(every: Sequence[Advice]) -> Advice | None:
    """The first of those that leave the fewest out and have a front over size and start-up."""
    fronts = [each for each in every if each.front and "start_seconds" in each.objectives]
    return min(fronts, key=lambda each: sum(other.out for other in each.against), default=None)


def _standing(label: str, weighed: Advice | None) -> str:
    if weighed is None or any(other.label == label and other.out for other in weighed.against):
        return "not weighed"
    return _ON_FRONT if label in weighed.front else "beaten"


def table(found: Field) -> Grid:
    spots = found.spots
    rows = turned(
        [Words(text=spot.label) for spot in spots],
        with_bars((amount(spot.bytes, "bytes", estimated=spot.estimated) for spot in spots), best=True),
        with_bars(
            (amount(spot.start_seconds, "seconds", mark=spot.mark) for spot in spots),
            best=len({spot.measured_in for spot in spots}) < 2,
        ),
        [Words(text=spot.standing) for spot in spots],
    )
    second = found.what.capitalize()
    heads = columns("Variant", second, "Start-up", "Standing", right=(second, "Start-up"))
    return Grid(caption="Bytes against start-up", columns=heads, rows=rows)


def legend(found: Field, *, drawn: bool) -> str:
    """What the picture, or the table in its place, is to be read by."""
    told = ["Lower left is better."] if drawn else []
    if found.objectives:
        mark = "Full dots" if drawn else "On the front"
        told.append(f"{mark}: {not_beaten(found.objectives)}; what lies within noise does not count.")
    if out := [spot.label for spot in found.spots if spot.standing == "not weighed"]:
        told.append(f"Not weighed: {', '.join(out)}.")
    if found.without:
        told.append(f"Without both figures: {', '.join(found.without)}.")
    if found.taken_over:
        told.append(f"{found.taken_over}.")
    return " ".join(told)


def drawing(found: Field) -> Drawing:
    best = ", ".join(plain(spot.label) for spot in found.spots if spot.on_front)
    front = f" On the front: {best}." if best else ""
    return Drawing(
        name="front",
        title=f"Bytes {found.what} against start-up",
        description=f"One dot a variant; lower left is better.{front}",
        language="vega",
        spec=lambda width: _spec(found, width),
        widths=(540, 328),
    )


def _spec(found: Field, width: int) -> Spec:
    unit, per = ("GB", 1e9) if max(s.bytes for s in found.spots) >= 2e9 else ("MB", 1e6)
    slow = max(s.start_seconds for s in found.spots)
    clock, ticks = ("ms", 1000.0) if slow < 2 else ("s", 1.0)
    most, slowest = (max(s.bytes for s in found.spots) or 1) * 1.06, (slow or 1.0) * 1.12
    wide = width - _MARGINS["left"] - _MARGINS["right"]
    tall = _HEIGHT + _MORE * max(0, len(found.spots) - 6)
    first = sorted(found.spots, key=lambda spot: not spot.on_front)  # their names choose their places first
    dots = [(s.bytes / most * wide, tall - s.start_seconds / slowest * tall) for s in first]
    names = [f"{_short(plain(s.label), round(wide * _LONGEST / _LETTER))}{s.mark}" for s in first]
    lengths = [len(name) * _LETTER for name in names]
    spots = [
        {
            "x": s.bytes / per,
            "y": s.start_seconds * ticks,
            "label": name if place else "",
            "front": s.on_front,
            "told": f"{plain(s.label)}: {'~' if s.estimated else ''}{size(s.bytes)} {found.what}, "
            f"starts in {duration(s.start_seconds)}{s.mark}",
            "far": place is not None and place.far,
        }
        | ({"dx": place.dx, "dy": place.dy, "align": place.align} if place else {"dx": 0, "dy": 0})
        for s, name, place in zip(first, names, places(dots, lengths, wide=wide, tall=tall), strict=True)
    ]
    axis = {"grid": True, "tickCount": 5, "labelFlush": False, "zindex": 0}
    scale = {"type": "linear", "nice": False}
    at = {"x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"}}
    return {
        "width": wide,
        "height": tall,
        "autosize": {"type": "none"},
        "padding": _MARGINS,
        "data": [
            {"name": "spots", "values": spots},
            {"name": "far", "source": "spots", "transform": [{"type": "filter", "expr": "datum.far"}]},
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
                "type": "rule",
                "from": {"data": "far"},
                "aria": False,
                "encode": {
                    "enter": {
                        **at,
                        # Up to the name, which begins there.
                        "x2": {"scale": "x", "field": "x", "offset": {"field": "dx", "mult": 0.94}},
                        "y2": {"scale": "y", "field": "y", "offset": {"field": "dy", "mult": 0.94}},
                        "stroke": {"value": "var(--faint)"},
                        "strokeWidth": {"value": 1},
                    }
                },
            },
            {
                "name": "dots",
                "type": "symbol",
                "from": {"data": "spots"},
                "sort": {"field": "datum.front"},
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
                    }
                },
            },
        ],
    }


def _short(label: str, most: int) -> str:
    """A label that is too long loses its middle: variants differ by their ends, such as "-node24"."""
    return label if len(label) <= most else f"{label[: most // 2 - 1]}…{label[-(most // 2) :]}"
