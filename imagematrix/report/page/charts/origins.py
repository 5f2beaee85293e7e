"""Where the bytes of each image are: one bar a variant, all on one scale."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from imagematrix.model import Run, Table
from imagematrix.report.figures import figures, plain
from imagematrix.report.page.charts.draw import Drawing, Spec
from imagematrix.report.page.charts.hues import ORDER, fill, group
from imagematrix.report.page.grid import Cell, Column, Grid, Missing, Words, amount, turned, with_bars
from imagematrix.units import size

_STEP: Final = 62  # pixels a variant takes
_LETTER: Final = 6.6  # pixels, on average, at 12 pixels


@dataclass(frozen=True, kw_only=True, slots=True)
class Origins:
    """Bytes by origin of every variant that was walked."""

    by_label: tuple[
        tuple[str, tuple[tuple[str, int], ...]], ...
    ]  # label, (origin, bytes) in the record's order
    without: tuple[tuple[str, str], ...]  # label, why there is none

    @property
    def groups(self) -> tuple[str, ...]:
        """Those that are drawn, for the legend."""
        seen = {group(origin) for _, rows in self.by_label for origin, _ in rows}
        return tuple(each for each in ORDER if each in seen)


def origins(run: Run) -> Origins:
    have: list[tuple[str, tuple[tuple[str, int], ...]]] = []
    without = []
    for result in run.results:
        told = figures(result).get("bytes_by_origin")
        if told is not None and isinstance(told.value, Table):
            rows = ((str(row[0]), row[1]) for row in told.value.rows)
            have.append((result.label, tuple((o, b) for o, b in rows if isinstance(b, int))))
        else:
            otherwise = result.not_reached or "this run did not walk its files"
            without.append((result.label, told.reason if told else otherwise))
    return Origins(by_label=tuple(have), without=tuple(without))


def table(found: Origins) -> Grid:
    """One row an origin, one column a variant; the last row is the sum."""
    names = list(dict.fromkeys(origin for _, rows in found.by_label for origin, _ in rows))
    names.sort(key=lambda name: (ORDER.index(group(name)), name))
    cells: list[tuple[Cell, ...]] = [tuple(Words(text=name) for name in [*names, "together"])]
    for _, rows in found.by_label:
        by_name = dict(rows)
        nothing = Missing(word="none", reason="the image has none of these")
        column = [amount(by_name[name], "bytes") if name in by_name else nothing for name in names]
        cells.append((*with_bars(column), amount(sum(by_name.values()), "bytes")))
    heads = (Column(name="Origin"), *(Column(name=label, right=True) for label, _ in found.by_label))
    return Grid(caption="Bytes by origin", columns=heads, rows=turned(*cells))


def drawing(found: Origins) -> Drawing:
    told = "; ".join(f"{plain(label)}: {size(sum(b for _, b in rows))}" for label, rows in found.by_label)
    return Drawing(
        name="origins",
        title="Where the bytes are",
        description=f"One bar a variant, stacked by origin, all on one scale. {told}. The table below has all figures.",
        language="vega-lite",
        spec=lambda width: _spec(found, width),
        widths=(960, 328),
    )


def _spec(found: Origins, width: int) -> Spec:
    longest = max((sum(b for _, b in rows) for _, rows in found.by_label), default=0) or 1
    parts, heads = [], []
    for label, rows in found.by_label:
        sums = Counter[str]()
        for origin, count in rows:
            sums[group(origin)] += count
        start = 0
        for name in ORDER:
            if not sums[name]:
                continue
            end, shown = start + sums[name], f"{name} {size(sums[name])}"
            room = (end - start) / longest * width
            text = next((t for t in (shown, name, "") if len(t) * _LETTER + 14 < room), "")
            parts.append(
                {"label": plain(label), "start": start, "end": end, "middle": (start + end) / 2}
                | {"fill": fill(name), "text": text, "told": f"{plain(label)}: {shown}"}
            )
            start = end
        heads.append({"label": plain(label), "total": size(start)})
    x = {"scale": {"domain": [0, longest], "nice": False}, "axis": None, "type": "quantitative"}
    gaps = {"paddingInner": 0.42, "paddingOuter": 0.21, "align": 0.9}
    y: Spec = {"field": "label", "type": "nominal", "sort": None, "axis": None, "scale": gaps}
    bar = {
        "data": {"values": parts},
        "mark": {"type": "bar", "stroke": "var(--paper)", "strokeWidth": 1.5, "cornerRadius": 2},
        "encoding": {
            "y": y,
            "x": {"field": "start", **x},
            "x2": {"field": "end"},
            "color": {"field": "fill", "type": "nominal", "scale": None},
            "description": {"field": "told"},
        },
    }
    inside = {
        "data": {"values": parts},
        "mark": {"type": "text", "align": "center", "baseline": "middle", "aria": False},
        "encoding": {"y": y, "x": {"field": "middle", **x}, "text": {"field": "text"}},
    }
    return {
        "width": width,
        "height": _STEP * len(found.by_label),
        "autosize": {"type": "none"},
        "padding": 0,
        "layer": [bar, inside, *_headings(heads, y, width)],
    }


def _headings(heads: list[dict[str, str]], y: Spec, width: int) -> list[Spec]:
    """Each variant's name and sum on a line of their own above its bar."""
    above = {**y, "bandPosition": 0}
    common = {"type": "text", "baseline": "bottom", "dy": -5, "aria": False, "fontSize": 13}
    return [
        {
            "data": {"values": heads},
            "mark": {**common, "align": align, "fontWeight": weight, "limit": width * 0.66},
            "encoding": {"y": above, "x": {"value": at}, "text": {"field": field}},
        }
        for field, align, at, weight in (("label", "left", 0, 600), ("total", "right", width, 400))
    ]
