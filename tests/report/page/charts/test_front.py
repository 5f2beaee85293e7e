from __future__ import annotations

from dataclasses import replace
from typing import Any

from imagematrix.model import Result, Status, exact
from imagematrix.report.page.charts.draw import draw
from imagematrix.report.page.charts.front import Field, drawing, field, legend, table
from imagematrix.report.page.grid import Figure
from imagematrix.verdicts.advise import advise
from tests.report.page.charts.shapes import centre, told
from tests.report.page.made_report import report, variant
from tests.verdicts import advised


def at(label: str, megabytes: int, start: float) -> Result:
    """A variant of so many bytes to download."""
    return advised.variant(label, download=megabytes * advised.MB, start=start)


def of(*results: Result) -> Field:
    """As `invoke report` makes it: with the advice of the run."""
    made = report(*results)
    return field(replace(made, advice=advise(made.run)))


def on_front(found: Field) -> list[str]:
    return [spot.label for spot in found.spots if spot.on_front]


def test_the_front_is_those_that_no_other_beats_at_all() -> None:
    found = of(at("small", 30, 0.9), at("quick", 90, 0.1), at("both", 40, 0.2), at("no", 95, 0.5))
    assert on_front(found) == ["small", "quick", "both"]


def test_of_two_alike_both_are_on_the_front() -> None:
    assert on_front(of(at("a", 50, 0.2), at("b", 50, 0.2))) == ["a", "b"]


def test_a_start_up_within_noise_puts_nothing_on_the_front() -> None:
    """The page and `invoke recommend` say the same."""
    made = report(at("debian", 90, 0.2), at("alpine", 30, 0.201))
    (front,) = {each.front for each in advise(made.run)}
    found = field(replace(made, advice=advise(made.run)))
    assert (tuple(on_front(found)), front) == (("alpine",), ("alpine",))
    assert [spot.standing for spot in found.spots] == ["beaten", "on the front"]


def test_memory_counts_where_the_advice_weighs_it_and_the_legend_says_so() -> None:
    heavy = advised.variant("small", download=30 * advised.MB, memory=90 * advised.MB)
    found = of(heavy, advised.variant("lean", download=60 * advised.MB))
    assert on_front(found) == ["small", "lean"]
    assert legend(found, drawn=False) == (
        "On the front: not beaten at download, start-up, memory together (the Pareto front); "
        "what lies within noise does not count."
    )


def test_a_variant_that_failed_is_drawn_and_not_weighed() -> None:
    failed = replace(at("quick", 20, 0.05), status=Status.FAILED, reason="stop: it was killed")
    found = of(at("a", 50, 0.2), failed)
    assert (on_front(found), found.spots[1].standing) == (["a"], "not weighed")
    assert legend(found, drawn=True).endswith(" Not weighed: quick.")


def test_one_over_its_budget_is_weighed_as_the_widest_advice_does() -> None:
    assert on_front(of(at("a", 50, 0.2), advised.over_budget(at("b", 20, 0.2), "too large"))) == ["b"]


def test_a_start_up_of_an_earlier_run_is_marked_and_then_none_is_called_the_least() -> None:
    found = of(advised.taken_over(at("a", 50, 0.2), "r1"), at("b", 90, 0.1))
    assert " * measured in run r1: " in legend(found, drawn=True)
    cells = [row[2] for row in table(found).rows]
    assert [(cell.mark, cell.best) for cell in cells if isinstance(cell, Figure)] == [
        ("*", False),
        ("", False),
    ]
    assert {title for title, _ in told(draw(drawing(found)).wide)} == {
        "a: 50.0 MB to download, starts in 200 ms*",
        "b: 90.0 MB to download, starts in 100 ms",
    }


def test_where_nothing_passed_nothing_is_on_a_front() -> None:
    failed = [replace(at(label, 20, 0.05), status=Status.FAILED, reason="stop: no") for label in "ab"]
    found = of(*failed)
    assert [spot.standing for spot in found.spots] == ["not weighed", "not weighed"]
    assert legend(found, drawn=True) == "Lower left is better. Not weighed: a, b."


def test_without_a_download_of_every_variant_it_is_the_unpacked_bytes() -> None:
    lacking = variant("b")
    lacking = replace(
        lacking, measurements=tuple(m for m in lacking.measurements if m.name != "download_bytes")
    )
    found = of(variant("a"), lacking)
    assert (found.download, found.what) == (False, "unpacked")
    assert [spot.bytes for spot in found.spots] == [62_000_000, 62_000_000]


def test_a_variant_that_did_not_start_is_named() -> None:
    unstarted = replace(
        variant("b"), measurements=(exact("download_bytes", 5, unit="bytes", method="a manifest"),)
    )
    assert of(variant("a"), unstarted).without == ("b",)


def test_dots_lie_where_their_figures_are() -> None:
    dots = told(draw(drawing(of(at("a", 30, 0.2), at("b", 60, 0.4)))).wide)
    (ax, ay), (bx, by) = (centre(mark) for _, mark in sorted(dots, key=lambda dot: dot[0]))
    assert 0 < ax < bx
    assert 0 < by < ay  # up is slower


def test_labels_of_dots_in_one_place_stand_apart() -> None:
    crowd = [at(f"variant-{number}", 50, 0.2) for number in range(3)]
    spec: Any = drawing(of(*crowd, at("far", 300, 0.9))).spec(540)
    spots = spec["data"][0]["values"]
    assert len({(spot["dx"], spot["dy"]) for spot in spots[:3]}) == 3


def test_twelve_variants_have_their_names() -> None:
    crowd = [
        at(f"{base}-node{node}", megabytes + node, start + node / 1000)
        for base, megabytes, start in (("vanilla", 400, 0.15), ("distroless", 50, 0.08), ("alpine", 60, 0.4))
        for node in (18, 20, 22, 24)
    ]
    for width, least in ((540, 12), (328, 11)):
        spec: Any = drawing(of(*crowd)).spec(width)
        named = [spot for spot in spec["data"][0]["values"] if spot["label"]]
        assert {spot["label"] for spot in named} <= {each.label for each in crowd}
        assert len(named) >= least


def test_a_long_label_keeps_its_ends() -> None:
    long = at(f"a-very-long-name-of-a-variant-{'x' * 60}-node24", 50, 0.2)
    spec: Any = drawing(of(long, at("far", 300, 0.9))).spec(328)
    (label,) = [spot["label"] for spot in spec["data"][0]["values"] if spot["label"] != "far"]
    assert label.startswith("a-very-")
    assert label.endswith("-node24")
    assert len(label) <= 20


def test_the_legend_names_those_without_both_figures() -> None:
    unstarted = replace(variant("b"), measurements=())
    assert legend(of(at("best", 30, 0.1), unstarted), drawn=True).endswith(" Without both figures: b.")


def test_estimated_bytes_stay_marked() -> None:
    found = of(variant("a"), variant("b"))
    assert all(spot.estimated for spot in found.spots)
    bytes_ = [row[1] for row in table(found).rows]
    assert all(isinstance(cell, Figure) and cell.estimated for cell in bytes_)
