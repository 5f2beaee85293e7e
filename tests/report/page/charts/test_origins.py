from __future__ import annotations

import re
from dataclasses import replace

import pytest

from imagematrix.report.page.charts.draw import draw
from imagematrix.report.page.charts.origins import drawing, origins, table
from imagematrix.report.page.grid import Figure
from tests.made import result
from tests.report.page.charts.shapes import by_title
from tests.report.page.html import Element
from tests.report.page.made_report import report, variant


def width(mark: Element) -> float:
    """The distance between a bar's outermost points."""
    xs = [float(x) for x in re.findall(r"[ML]([-\d.]+),", mark.attributes["d"])]
    return max(xs) - min(xs)


def test_bars_are_as_long_as_their_bytes_on_one_scale() -> None:
    run = report(variant("a"), variant("b", own_bytes=40_000_000)).run
    chart = draw(drawing(origins(run)))
    widths = by_title(chart.wide, width)
    assert widths["b: app 40.0 MB"] == pytest.approx(960 * 40 / 100, abs=0.5)
    assert widths["a: node 40.0 MB"] == pytest.approx(960 * 40 / 100, abs=0.5)
    assert widths["a: app 2.00 MB"] == pytest.approx(960 * 2 / 100, abs=0.5)


def test_the_table_has_the_same_figures_and_their_sum() -> None:
    grid = table(origins(report(variant("a")).run))
    column = [row[1].sort for row in grid.rows if isinstance(row[1], Figure)]
    assert column == [20_000_000, 40_000_000, 2_000_000, 62_000_000]


def test_a_variant_that_was_not_walked_is_named() -> None:
    unwalked = replace(result("b"), measurements=())
    found = origins(report(variant("a"), unwalked).run)
    assert [label for label, _ in found.by_label] == ["a"]
    assert [label for label, _ in found.without] == ["b"]


def test_a_picture_takes_its_colours_from_the_page() -> None:
    svg = draw(drawing(origins(report().run))).wide
    fills = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) - {"none"}
    assert {fill for fill in fills if not fill.startswith("var(--")} <= {"transparent"}
    assert "var(--green)" in fills
