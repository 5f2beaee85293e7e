from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from imagematrix.report.picture import picture
from tests import made
from tests.report.reports import HOSTILE, full, planted


def words(svg: str) -> str:
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    return " ".join(
        "".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")
    ).replace("\xa0", " ")


def test_it_shows_what_the_terminal_shows() -> None:
    shown = words(picture(full()))
    assert "alpine" in shown
    assert "(stand-in)" in shown
    assert "choose for" in shown


# Of what XML 1.0 cannot hold (section 2.2), and of what would move a terminal, all that one text can have.
UNFIT = [
    *map(chr, range(32)),
    "\x7f",
    *map(chr, range(0x80, 0xA0)),
    "\ud800",
    "\udfff",
    "\ufdd0",
    "\ufffe",
    "\uffff",
]


@pytest.mark.parametrize("text", [*HOSTILE, *(f"a{each}b" for each in UNFIT), "".join(UNFIT)], ids=ascii)
def test_it_is_well_formed_whatever_a_text_holds(text: str) -> None:
    svg = picture(planted(text))
    names = {element.tag.partition("}")[2] for element in ElementTree.fromstring(svg.encode()).iter()}  # noqa: S314 - our own
    drawn = {"svg", "title", "style", "defs", "clipPath", "rect", "g", "text", "circle"}
    assert names <= drawn


def test_it_fetches_nothing_and_is_the_same_each_time() -> None:
    svg = picture(full())
    assert set(re.findall(r"https?://[^\s\"')]+", svg)) == {"http://www.w3.org/2000/svg"}
    assert picture(full()) == svg


def test_what_a_record_says_does_nothing() -> None:
    report = full()
    planted = replace(made.result("<script>alert(1)</script>\x1b[2J"), findings=())
    svg = picture(replace(report, run=replace(report.run, results=(planted,), sharing=None)))
    assert "<script" not in svg
    assert "<script>alert(1)</script>\\x1b[2J" in words(svg)
