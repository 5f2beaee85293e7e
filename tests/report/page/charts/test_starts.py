from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.report.page.charts.draw import draw
from imagematrix.report.page.charts.starts import drawing, starts, table
from imagematrix.report.page.grid import Figure, Words
from tests.made import result
from tests.report.page.charts.shapes import centre, told
from tests.report.page.made_report import report, variant


def test_every_start_is_a_dot_at_its_time() -> None:
    found = starts(report(variant("a", start=0.2), variant("b", start=0.4)).run)
    dots = told(draw(drawing(found)).wide)
    assert sorted(title for title, _ in dots) == sorted(
        ["a: 190 ms", "a: 200 ms", "a: 220 ms", "b: 390 ms", "b: 400 ms", "b: 420 ms"]
    )
    at = {title: centre(mark) for title, mark in dots}
    (x1, y1), (x2, y2), (x3, y3) = at["a: 200 ms"], at["a: 220 ms"], at["b: 420 ms"]
    assert y1 == y2 != y3
    assert (x3 - x1) / (x2 - x1) == pytest.approx(220 / 20, rel=0.01)


def test_starts_of_an_earlier_run_are_marked_and_then_none_is_called_the_least() -> None:
    one, two = variant("a", start=0.2), variant("b", start=0.4)
    one = replace(one, measurements=tuple(each.taken_over("r1") for each in one.measurements))
    found = starts(report(one, two).run)
    assert drawing(found).description.endswith("a: median 200 ms*; b: median 400 ms.")
    medians = [row[1] for row in table(found).rows]
    assert [(cell.mark, cell.best) for cell in medians if isinstance(cell, Figure)] == [
        ("*", False),
        ("", False),
    ]
    assert "200 ms*" in draw(drawing(found)).wide


def test_variants_without_timed_starts_are_not_drawn() -> None:
    assert starts(report(result("a")).run) == ()


def test_outliers_that_were_not_judged_are_not_none_of_them() -> None:
    made = variant("a")
    unjudged = replace(made, measurements=tuple(m for m in made.measurements if m.name != "start_outliers"))
    judged, not_judged = (table(starts(report(each).run)).rows[0][5] for each in (made, unjudged))
    assert (judged, not_judged) == (Words(text="1"), Words(text="not judged"))
