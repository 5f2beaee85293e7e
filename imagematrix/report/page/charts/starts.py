"""Every timed start as a dot, one row a variant, with the median."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from imagematrix.model import Measurement, Run
from imagematrix.report.figures import MARK, figures, number, plain
from imagematrix.report.page.charts.draw import Drawing, Spec
from imagematrix.report.page.grid import Grid, Words, amount, columns, turned, with_bars
from imagematrix.units import duration

_STEP: Final = 52  # pixels a variant takes


@dataclass(frozen=True, kw_only=True, slots=True)
class Starts:
    """One variant's cold starts."""

    label: str
    each_seconds: tuple[float, ...]
    median_seconds: float
    spread_seconds: float | None
    outliers: int | None  # None: not judged
    measured_in: str  # the earlier run that timed them; "" for this one

    @property
    def shown(self) -> str:
        """The median, marked where an earlier run measured it."""
        return f"{duration(self.median_seconds)}{self.mark}"

    @property
    def mark(self) -> str:
        return MARK if self.measured_in else ""


def starts(run: Run) -> tuple[Starts, ...]:
    """Those of the variants whose starts were timed."""
    found = []
    for result in run.results:
        facts = figures(result)
        each, outliers = (_several(facts.get(name)) for name in ("start_each_seconds", "start_outliers"))
        timed = facts.get("start_seconds")
        median = number(timed)
        if each and timed is not None and median is not None:
            found.append(
                Starts(
                    label=result.label,
                    each_seconds=tuple(map(float, each)),
                    median_seconds=median,
                    spread_seconds=number(facts.get("start_spread_seconds")),
                    outliers=None if outliers is None else len(outliers),
                    measured_in=timed.measured_in,
                )
            )
    return tuple(found)


def _several(found: Measurement | None) -> tuple[str, ...] | tuple[float, ...] | None:
    several = found.value if found is not None and found.measured else None
    return several if isinstance(several, tuple) else None


def table(found: tuple[Starts, ...]) -> Grid:
    rows = turned(
        [Words(text=one.label) for one in found],
        with_bars(
            (amount(one.median_seconds, "seconds", mark=one.mark) for one in found),
            best=len({one.measured_in for one in found}) < 2,
        ),
        [amount(min(one.each_seconds), "seconds") for one in found],
        [amount(max(one.each_seconds), "seconds") for one in found],
        [
            Words(
                text="±\N{NO-BREAK SPACE}" + duration(one.spread_seconds).replace(" ", "\N{NO-BREAK SPACE}")
            )
            if one.spread_seconds is not None
            else Words(text="not measured")
            for one in found
        ],
        [Words(text="not judged" if one.outliers is None else str(one.outliers)) for one in found],
    )
    names = ("Variant", "Median", "Quickest", "Slowest", "Spread", "Outliers")
    return Grid(caption="Start-up", columns=columns(*names, right=names[1:]), rows=rows)


def drawing(found: tuple[Starts, ...]) -> Drawing:
    told = "; ".join(f"{plain(one.label)}: median {one.shown}" for one in found)
    return Drawing(
        name="starts",
        title="Start-up, every cold start",
        description=f"One row a variant, one dot a start; the bar is the median. {told}.",
        language="vega-lite",
        spec=lambda width: _spec(found, width),
        widths=(540, 328),
    )


def _spec(found: tuple[Starts, ...], width: int) -> Spec:
    longest = max((max(one.each_seconds) for one in found), default=0.0) or 1.0
    unit, per = ("ms", 1000.0) if longest < 2 else ("s", 1.0)
    dots = [
        {"label": plain(one.label), "at": value * per, "told": f"{plain(one.label)}: {duration(value)}"}
        for one in found
        for value in one.each_seconds
    ]
    medians = [
        {"label": plain(one.label), "at": one.median_seconds * per, "text": one.shown} for one in found
    ]
    x = {
        "field": "at",
        "type": "quantitative",
        "title": f"{unit} from the start call to the right answer",
        "scale": {"domain": [0, longest * per * 1.04], "nice": False},
        "axis": {"tickCount": 5, "labelFlush": True},
    }
    y = {"field": "label", "type": "nominal", "sort": None, "axis": None}
    above = {**y, "bandPosition": 0.1}
    name = {"type": "text", "baseline": "middle", "dy": 2, "aria": False}
    return {
        "width": width,
        "height": _STEP * len(found) + 46,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": {"left": 4, "right": 4, "top": 6, "bottom": 0},
        "layer": [
            {
                "data": {"values": dots},
                "mark": {
                    "type": "circle",
                    "size": 90,
                    "opacity": 0.62,
                    "color": "var(--strong)",
                    "yOffset": 8,
                },
                "encoding": {"x": x, "y": y, "description": {"field": "told"}},
            },
            {
                "data": {"values": medians},
                "mark": {
                    "type": "tick",
                    "thickness": 2.5,
                    "size": 26,
                    "color": _INK,
                    "aria": False,
                    "yOffset": 8,
                },
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": medians},
                "mark": {**name, "align": "left", "fontWeight": 600, "limit": width * 0.6},
                "encoding": {"x": {"value": 0}, "y": above, "text": {"field": "label"}},
            },
            {
                "data": {"values": medians},
                "mark": {**name, "align": "right"},
                "encoding": {"x": {"value": "width"}, "y": above, "text": {"field": "text"}},
            },
        ],
    }


_INK: Final = "var(--ink)"
