"""One image's files as boxes, the larger the more bytes; small ones of a folder are one box together."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import accumulate
from typing import Final

from imagematrix.model import ListedFile, Listing
from imagematrix.report.figures import plain
from imagematrix.report.page.charts.draw import Drawing, Spec
from imagematrix.report.page.charts.hues import fill, group
from imagematrix.report.page.grid import Grid, Words, amount, columns, turned, with_bars
from imagematrix.units import size

_BOXES: Final = {960: 200, 328: 60}  # at a width
_HEIGHTS: Final = {960: 470, 328: 420}
_LETTER: Final = 6.7  # pixels at 11 pixels, by a broad typeface
_SHOWN: Final = 20  # rows of the table
IN_TABLE: Final = 60  # boxes that its rows are the largest of


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A file, a folder, or what is left of a folder."""

    path: str  # a folder's ends with "/"
    bytes: int
    files: int
    group: str  # of the origin that most of its bytes have

    @property
    def rest(self) -> bool:
        return self.path.endswith("…")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Span:
    """The files from `low` up to `high` in the sorted listing: all those whose path starts with `prefix`."""

    low: int
    high: int
    prefix: str


def boxes(listing: Listing, most: int) -> tuple[Box, ...]:
    """At most about `most` boxes, the largest first.

    The largest folder is opened again and again until there are enough; within it, what is smaller than half
    an average box is put together.  Only folders that are opened are looked into, so the time hardly grows
    with the number of files.
    """
    files = sorted(listing.files)
    paths = [file.path for file in files]
    sums = [0, *accumulate(file.bytes for file in files)]
    least = sums[-1] / (2 * most)
    folders: list[tuple[int, str, _Span]] = []
    done: list[Box] = []
    heappush(folders, (-sums[-1], "/", _Span(low=0, high=len(files), prefix="/")))
    while folders and len(done) + len(folders) < most:
        _, _, span = heappop(folders)
        small: list[_Span] = []
        for child in _children(span, paths):
            count = sums[child.high] - sums[child.low]
            if count < least:
                small.append(child)
            elif child.prefix.endswith("/"):
                heappush(folders, (-count, child.prefix, child))
            else:
                done.append(_box(child.prefix, files[child.low : child.high]))
        rest = [file for child in small for file in files[child.low : child.high]]
        if any(file.bytes for file in rest):
            done.append(_box(f"{span.prefix}…", rest))
    done += [_box(span.prefix, files[span.low : span.high]) for _, _, span in folders]
    return tuple(sorted((box for box in done if box.bytes), key=lambda box: (-box.bytes, box.path)))


def _children(span: _Span, paths: Sequence[str]) -> list[_Span]:
    """What lies in a folder; a folder's prefix ends with "/"."""
    found, low = [], span.low
    while low < span.high:
        name, slash, _ = paths[low][len(span.prefix) :].partition("/")
        prefix = f"{span.prefix}{name}{slash}"
        # "0" follows "/": the first path behind all that start with the prefix.
        high = bisect_left(paths, f"{prefix[:-1]}0", low, span.high) if slash else low + 1
        found.append(_Span(low=low, high=max(high, low + 1), prefix=prefix))
        low = found[-1].high
    return found


def _box(path: str, files: Sequence[ListedFile]) -> Box:
    by_group = Counter[str]()
    for file in files:
        by_group[group(file.origin)] += file.bytes
    most = max(by_group.items(), key=lambda pair: (pair[1], pair[0]))[0]
    return Box(path=path, bytes=sum(file.bytes for file in files), files=len(files), group=most)


def table(found: Sequence[Box]) -> Grid:
    """The largest of them."""
    shown = found[:_SHOWN]
    rows = turned(
        [Words(text=box.path, code=True) for box in shown],
        with_bars(amount(box.bytes, "bytes") for box in shown),
        [amount(box.files, "") for box in shown],
        [Words(text=box.group) for box in shown],
    )
    heads = columns("Folder or file", "Size", "Files", "Mostly", right=("Size", "Files"))
    return Grid(caption="The largest folders and files", columns=heads, rows=rows)


def drawing(label: str, listing: Listing, key: str) -> Drawing:
    total = sum(file.bytes for file in listing.files)
    return Drawing(
        name=key,
        title=f"The files of {plain(label)}",
        description=f"{len(listing.files):,} files, {size(total)}; a box is a file or a folder, its area its bytes.",
        language="vega",
        spec=lambda width: _spec(boxes(listing, _BOXES[width]), width),
        widths=(960, 328),
    )


def _spec(found: Sequence[Box], width: int) -> Spec:
    height = _HEIGHTS[width]
    tops = sorted({_top(box) for box in found})
    nodes: list[dict[str, object]] = [{"id": 0, "parent": None}]
    number = {top: index for index, top in enumerate(tops, 1)}
    nodes += [{"id": index, "parent": 0} for index in number.values()]
    nodes += [
        {
            "id": len(tops) + 1 + index,
            "parent": number[_top(box)],
            "bytes": box.bytes,
            "fill": fill(box.group),
            "name": plain(_short(box.path)),
            "size": size(box.bytes),
            "told": f"{plain(box.path)}: {size(box.bytes)} in {box.files:,} files, mostly {box.group}",
        }
        for index, box in enumerate(found)
    ]
    place = {name: {"field": name} for name in ("x", "y", "x2", "y2")}
    corners = dict(zip(place, ("x0", "y0", "x1", "y1"), strict=True))
    # The reader's letters are not those that the renderer could measure by: room is counted in broad ones.
    room, tall = f"((datum.x1 - datum.x0 - 9) / {_LETTER})", "(datum.y1 - datum.y0)"
    name = f"length(datum.name) <= {room} ? datum.name : slice(datum.name, 0, floor({room}) - 1) + '…'"
    return {
        "width": width,
        "height": height,
        "padding": 0,
        "autosize": "none",
        "data": [
            {
                "name": "tree",
                "values": nodes,
                "transform": [
                    {"type": "stratify", "key": "id", "parentKey": "parent"},
                    {
                        "type": "treemap",
                        "field": "bytes",
                        "sort": {"field": "value", "order": "descending"},
                        "method": "squarify",
                        "paddingOuter": 2,
                        "round": False,
                        "size": [width, height],
                    },
                ],
            },
            {"name": "boxes", "source": "tree", "transform": [{"type": "filter", "expr": "datum.bytes"}]},
            # A name may be cut, but not to a letter or two; a figure is whole or not there.
            _labelled("names", f"{room} >= min(length(datum.name), 6) && {tall} > 18"),
            _labelled("sizes", f"{room} >= length(datum.size) && {tall} > 36"),
        ],
        "marks": [
            {
                "type": "rect",
                "from": {"data": "boxes"},
                "encode": {
                    "enter": {
                        **{name: {"field": field} for name, field in corners.items()},
                        "fill": {"field": "fill"},
                        "stroke": {"value": "var(--paper)"},
                        "strokeWidth": {"value": 1},
                        "description": {"field": "told"},
                    }
                },
            },
            _text("names", name, 14),
            _text("sizes", "datum.size", 29),
        ],
    }


def _labelled(name: str, where: str) -> Spec:
    return {"name": name, "source": "boxes", "transform": [{"type": "filter", "expr": where}]}


def _text(data: str, shown: str, down: int) -> Spec:
    return {
        "type": "text",
        "from": {"data": data},
        "aria": False,
        "encode": {
            "enter": {
                "x": {"field": "x0", "offset": 5},
                "y": {"field": "y0", "offset": down},
                "text": {"signal": shown},
                "fontSize": {"value": 11},
                "fill": {"value": "var(--ink)"},
            }
        },
    }


def _top(box: Box) -> str:
    """The folder that it is put with: two deep, such as /usr/lib."""
    return "/".join(box.path.split("/")[1:3])


def _short(path: str) -> str:
    """The last name of a path: "gcc/" of "/usr/lib/gcc/"; what is left of a folder with the folder's name."""
    parts = path.rstrip("/").split("/")
    name = "/".join(parts[-2:]) if path.endswith("…") else parts[-1]
    return f"{name}/" if path.endswith("/") else name
