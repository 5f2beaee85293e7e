"""What a drawn chart is made of, read from its SVG."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.report.page.html import Element, read, words


def told(svg: str) -> list[tuple[str, Element]]:
    """Marks that have a title of their own, with it."""
    root = read(svg).one("svg")
    marks = [(words(e.children[0]), e) for e in root.all() if e.children and e.children[0].name == "title"]
    return [mark for mark in marks if mark[1].name != "svg"]


def area(mark: Element) -> float:
    """Of a box, in square pixels: `M0,0h12v3h-12Z`, or with rounded corners by its furthest points."""
    numbers = re.fullmatch(r"M[-\d.e]+,[-\d.e]+h([-\d.e]+)v([-\d.e]+)h[-\d.e]+Z", mark.attributes["d"])
    assert numbers, mark.attributes["d"]
    return float(numbers[1]) * float(numbers[2])


def centre(mark: Element) -> tuple[float, float]:
    found = re.match(r"translate\(([-\d.]+),([-\d.]+)\)", mark.attributes["transform"])
    assert found
    return float(found[1]), float(found[2])


def by_title(svg: str, measure: Callable[[Element], float]) -> dict[str, float]:
    return {title: measure(mark) for title, mark in told(svg)}
