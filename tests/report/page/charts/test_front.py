from __future__ import annotations

from dataclasses import replace
from typing import Any

from imagematrix.model import Result, exact
from imagematrix.report.page.charts.draw import draw
from imagematrix.report.page.charts.front import drawing, field, legend, table
from imagematrix.report.page.grid import Figure
from tests.report.page.charts.shapes import centre, told
from tests.report.page.made_report import report, variant


def at(label: str, megabytes: int, start: float) -> Result:
    """A variant of so many bytes to download."""
    return variant(label, own_bytes=megabytes * 1_000_000 - 20_000_000, start=start)


def test_the_front_is_those_that_no_other_beats_at_both() -> None:
    found = field(
        report(at("small", 30, 0.9), at("quick", 90, 0.1), at("both", 40, 0.2), at("no", 95, 0.5)).run
    )
    assert [spot.label for spot in found.spots if spot.on_front] == ["small", "quick", "both"]


def test_of_two_alike_both_are_on_the_front() -> None:
    assert all(spot.on_front for spot in field(report(at("a", 50, 0.2), at("b", 50, 0.2)).run).spots)


def test_without_a_download_of_every_variant_it_is_the_unpacked_bytes() -> None:
    lacking = variant("b")
    lacking = replace(
        lacking, measurements=tuple(m for m in lacking.measurements if m.name != "download_bytes")
    )
    found = field(report(variant("a"), lacking).run)
    assert (found.download, found.what) == (False, "unpacked")
    assert [spot.bytes for spot in found.spots] == [62_000_000, 62_000_000]


def test_a_variant_that_did_not_start_is_named() -> None:
    unstarted = replace(
        variant("b"), measurements=(exact("download_bytes", 5, unit="bytes", method="a manifest"),)
    )
    assert field(report(variant("a"), unstarted).run).without == ("b",)


def test_dots_lie_where_their_figures_are() -> None:
    dots = told(draw(drawing(field(report(at("a", 30, 0.2), at("b", 60, 0.4)).run))).wide)
    (ax, ay), (bx, by) = (centre(mark) for _, mark in sorted(dots, key=lambda dot: dot[0]))
    assert 0 < ax < bx
    assert 0 < by < ay  # up is slower


def test_labels_of_dots_in_one_place_stand_apart() -> None:
    crowd = [at(f"variant-{number}", 50, 0.2) for number in range(3)]
    spec: Any = drawing(field(report(*crowd, at("far", 300, 0.9)).run)).spec(540)
    spots = spec["data"][0]["values"]
    assert len({(spot["dx"], spot["dy"]) for spot in spots[:3]}) == 3


def test_twelve_variants_have_their_names() -> None:
    crowd = [
        at(f"{base}-node{node}", megabytes + node, start + node / 1000)
        for base, megabytes, start in (("vanilla", 400, 0.15), ("distroless", 50, 0.08), ("alpine", 60, 0.4))
        for node in (18, 20, 22, 24)
    ]
    for width, least in ((540, 12), (328, 11)):
        spec: Any = drawing(field(report(*crowd).run)).spec(width)
        named = [spot for spot in spec["data"][0]["values"] if spot["label"]]
        assert {spot["label"] for spot in named} <= {each.label for each in crowd}
        assert len(named) >= least


def test_a_long_label_keeps_its_ends() -> None:
    long = at(f"a-very-long-name-of-a-variant-{'x' * 60}-node24", 50, 0.2)
    spec: Any = drawing(field(report(long, at("far", 300, 0.9)).run)).spec(328)
    (label,) = [spot["label"] for spot in spec["data"][0]["values"] if spot["label"] != "far"]
    assert label.startswith("a-very-")
    assert label.endswith("-node24")
    assert len(label) <= 20


def test_the_legend_speaks_of_a_line_just_where_there_is_one() -> None:
    several = field(report(at("small", 30, 0.9), at("quick", 90, 0.1)).run)
    one = field(report(at("best", 30, 0.1), at("worse", 90, 0.2)).run)
    assert legend(several, drawn=True) == (
        "Lower left is better. On the dashed line: no other variant is both smaller and quicker."
    )
    assert legend(several, drawn=False) == "On the front: no other variant is both smaller and quicker."
    assert legend(one, drawn=True) == (
        "Lower left is better. best: no other variant is smaller, and none is quicker."
    )
    unstarted = replace(variant("b"), measurements=())
    alone = field(report(at("best", 30, 0.1), at("worse", 90, 0.2), unstarted).run)
    assert legend(alone, drawn=True).endswith(" Without both figures: b.")


def test_estimated_bytes_stay_marked() -> None:
    found = field(report(variant("a"), variant("b")).run)
    assert all(spot.estimated for spot in found.spots)
    bytes_ = [row[1] for row in table(found).rows]
    assert all(isinstance(cell, Figure) and cell.estimated for cell in bytes_)
