"""The whole page: its structure, its policy, and that no text from outside does anything in it."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
import sys
import unicodedata
from dataclasses import replace

import pytest

from imagematrix.model import BaseSource, RunStatus, Status
from imagematrix.report.page import page
from tests.made import result
from tests.report.page.html import Element, read, words
from tests.report.page.made_report import HOSTILE, advice, bare, hostile, report, variant


@pytest.fixture(scope="module")
def whole() -> Element:
    return read(page(report()))


def test_sections_come_in_order_each_under_its_heading(whole: Element) -> None:
    main = whole.one("main")
    sections = [section.attributes["id"] for section in main.children]
    assert sections == ["advice", "run", "variants", "charts", "set", "budgets", "findings", "images"]
    assert [link.attributes["href"] for link in whole.one("nav").all("a")] == [f"#{id_}" for id_ in sections]


def test_headings_skip_no_level(whole: Element) -> None:
    levels = [int(e.name[1]) for e in whole.all() if re.fullmatch("h[1-6]", e.name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))


def test_ids_are_unique_and_every_reference_has_its_place(whole: Element) -> None:
    ids = [e.attributes["id"] for e in whole.all() if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    wanted = [e.attributes["href"].removeprefix("#") for e in whole.all("a")]
    for name in ("aria-labelledby", "for"):
        wanted += [each for e in whole.all() for each in e.attributes.get(name, "").split()]
    assert set(wanted) <= set(ids)


def test_every_table_has_a_caption_and_headings_with_a_scope(whole: Element) -> None:
    for table in whole.all("table"):
        assert words(table.one("caption"))
        assert all(cell.attributes["scope"] in ("col", "row") for cell in table.all("th"))
        assert len({len(row.children) for row in table.all("tr")}) == 1


def test_every_picture_is_told_or_hidden(whole: Element) -> None:
    pictures = whole.all("svg")
    drawn = [svg for svg in pictures if svg.attributes.get("role") == "img"]
    assert len(drawn) >= 10  # origins, front, starts and two trees, wide and narrow
    for svg in drawn:
        assert [child.name for child in svg.children[:2]] == ["title", "desc"]
        assert words(svg.children[0])
        assert words(svg.children[1])
    assert all(svg.attributes.get("aria-hidden") == "true" for svg in pictures if svg not in drawn)


@pytest.mark.parametrize("made", [report(), hostile(), bare()], ids=["usual", "hostile", "bare"])
def test_nothing_is_fetched_and_only_our_own_script_and_style_are_let_in(made: object) -> None:
    text = page(made)  # type: ignore[arg-type]
    document = read(text)
    policy = document.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy.startswith("default-src 'none';")
    for name in ("script", "style"):
        inside = re.findall(f"<{name}>(.*?)</{name}>", text, re.DOTALL)
        assert len(inside) == 1
        summed = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{summed}'" in policy
    for element in document.all():
        assert element.name not in ("img", "iframe", "object", "embed", "base", "form", "foreignobject")
        for name, value in element.attributes.items():
            assert not name.startswith("on")
            assert name not in ("style", "src", "srcset", "action")
            if name.endswith("href"):
                assert value.startswith("#") or (element.name, value) == ("link", "data:,")


def test_hostile_text_is_shown_and_does_nothing() -> None:
    text = page(hostile())
    text.encode("utf-8")
    odd = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in "\n"}
    assert odd == set()
    assert "</script><img" not in text
    shown = read(text).text
    assert shown.count("{{7*7}}") > 100
    assert HOSTILE.split("\x1b")[0] + r"\x1b[31m\u202e\xff&\nx" in shown


def test_a_page_can_be_made_again_to_the_byte() -> None:
    assert page(report()) == page(report())


def test_advice_leads_with_its_doubts_once() -> None:
    both = (advice("alpine", "vanilla"), advice("vanilla", "alpine", profile="debugging"))
    section = read(page(replace(report(), advice=both))).one("section", id="advice")
    assert [words(card.one("h3")) for card in section.all("article")] == ["alpine", "vanilla"]
    assert section.text.count("stand-in bases") == 1


def test_a_choice_that_is_none_says_so() -> None:
    none = replace(report(), advice=(replace(advice(""), why="every variant has a shell"),))
    section = read(page(none)).one("section", id="advice")
    assert "No variant fits" in section.text
    assert "every variant has a shell" in section.text


def test_stand_ins_are_called_so_and_registry_images_are_not() -> None:
    made = report()
    assert "stand-in" in words(read(page(made)).one("table", class_="main"))
    pure = tuple(
        replace(r, bases=tuple(replace(b, source=BaseSource.REGISTRY, recipe="") for b in r.bases))
        for r in made.run.results
    )
    document = read(page(replace(made, run=replace(made.run, results=pure), advice=())))
    assert "stand-in" not in words(document.one("main")).lower()


def test_a_failed_variant_tells_why_line_by_line() -> None:
    failed = replace(
        result("broken", status=Status.FAILED, reason="build: exit code 1\nnpm ERR! missing"),
        image=None,
        smoke=None,
        measurements=(),
    )
    made = report(variant("alpine"), failed)
    document = read(page(replace(made, run=replace(made.run, status=RunStatus.FAILED))))
    assert document.one("section", id="variants").one("pre").text.splitlines() == [
        "build: exit code 1",
        "npm ERR! missing",
    ]
    assert "No list of files" not in document.text
    assert "broken is not in it" in words(document.one("section", id="charts"))


def test_a_bare_run_says_what_is_missing() -> None:
    said = [words(e) for e in read(page(bare())).all("p", class_="empty")]
    assert len(said) == 8
    assert any("No budgets are set" in text for text in said)


def test_without_the_extra_the_figures_stand_in_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    document = read(page(report()))
    section = document.one("section", id="charts")
    assert 'pip install "imagematrix[charts]"' in section.text
    assert document.all("svg", role="img") == []
    captions = [words(table.one("caption")) for table in section.all("table")]
    assert captions[:3] == ["Bytes by origin", "Bytes against start-up", "Start-up"]
    assert section.all("svg", class_="bar")


def test_with_the_extra_nothing_is_said_of_it(whole: Element) -> None:
    assert "pip install" not in whole.text


def test_a_page_of_four_variants_is_small() -> None:
    four = [variant(label, own_bytes=size) for size, label in enumerate("abcd", 2_000_000)]
    assert len(page(report(*four)).encode()) < 1_500_000
