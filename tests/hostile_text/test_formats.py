"""Every format of a report whose every text is hostile, read by a reader that is not ours."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from pydantic_sarif.model import (  # type: ignore[import-untyped]
    StaticAnalysisResultsFormatSarifVersion210JsonSchema as Log,
)

from imagematrix import record
from imagematrix.report.console import ENDLESS, Look
from imagematrix.report.formats import FORMATS
from imagematrix.report.whole_run import whole_run
from tests.hostile_text.inert import CONTROLS, controls, styles
from tests.hostile_text.texts import EVERY, TEXTS
from tests.hostile_text.wholes import hostile
from tests.report.page.html import Element, read

pytestmark = pytest.mark.filterwarnings("ignore:.*has a maximum length of 1024")
# The same without harm: what one has more than the other was made of a text.
CLEAN: Final = hostile("word")
each_text = pytest.mark.parametrize("name", TEXTS)
# Elements that load, run or ask for something.
ACTIVE: Final = ("script", "style", "link", "meta", "img", "iframe", "object", "embed", "form", "base", "a")
MARKDOWN: Final = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def written(form: str, name: str) -> str:
    return FORMATS[form].write(hostile(EVERY if name == "all" else TEXTS[name]))


def test_every_format_is_here() -> None:
    here = {"terminal", "picture", "markdown", "html", "json", "csv", "junit", "sbom", "sarif"}
    assert set(FORMATS) == here


@each_text
@pytest.mark.parametrize("form", [form for form in FORMATS if form not in ("html", "picture")])
def test_no_control_of_a_terminal_is_in_any(form: str, name: str) -> None:
    found = CONTROLS.findall(
        written(form, name).replace("\r\n", "\n") if form == "csv" else written(form, name)
    )
    assert found == []


@each_text
@pytest.mark.parametrize("width", [40, ENDLESS])
def test_a_terminal_is_told_our_own_styles_alone(name: str, width: int) -> None:
    look = Look(width=width, color=True)
    shown = whole_run(hostile(TEXTS[name]), look=look)
    assert controls(shown) == []
    # Where there is little room for long names a table is drawn otherwise, and in other styles.
    own = {
        style
        for room in (40, 80, 120, 200)
        for style in styles(whole_run(CLEAN, look=replace(look, width=room)))
    }
    assert styles(shown) <= own
    assert controls(whole_run(hostile(TEXTS[name]), look=Look(width=width, color=False))) == []


@each_text
def test_no_line_is_made_up(name: str) -> None:
    """Each line of a file begins as it does without: lines of a log alone are shown as lines."""

    def lines(text: str) -> int:
        # Advice is paragraphs, which are folded at a width of their own.
        return FORMATS["terminal"].write(replace(hostile(text), advice=())).count("\n")

    assert lines(TEXTS[name].replace("\n", "\r\v")) == lines("word")


@pytest.mark.parametrize("name", [*TEXTS, "all"])
def test_a_picture_has_no_other_elements(name: str) -> None:
    def kinds(text: str) -> set[tuple[str, ...]]:
        tree = ElementTree.fromstring(text)  # noqa: S314 - our own
        return {(each.tag, *sorted(each.attrib)) for each in tree.iter()}

    text = written("picture", name)
    assert CONTROLS.findall(text) == []
    assert kinds(text) <= kinds(FORMATS["picture"].write(CLEAN))
    assert "<style>" in text
    assert text.count("<style>") == 1


def counted(tree: Element) -> Counter[str]:
    return Counter(each.name for each in tree.all() if each.name in ACTIVE)


def kinds(tree: Element) -> set[tuple[str, str]]:
    return {(each.name, attribute) for each in tree.all() for attribute in ("", *each.attributes)}


@pytest.mark.parametrize(
    "name", ["all", "out of a style", "out of a script", "out of an attribute", "templates"]
)
def test_a_page_has_no_other_elements_and_attributes(name: str) -> None:
    text = written("html", name)
    tree, clean = read(text), read(FORMATS["html"].write(CLEAN))
    assert CONTROLS.findall(text) == []
    assert kinds(tree) <= kinds(clean)
    assert counted(tree) == counted(clean)
    for element in tree.all():
        for attribute, value in element.attributes.items():
            assert not attribute.startswith("on")
            if attribute in ("href", "src", "xlink:href"):
                assert value.startswith(("#", "data:")), value
            if attribute in ("id", "for", "class", "style", "http-equiv", "content"):
                assert "evil" not in value, (element.name, attribute)
    for ours in ("script", "style"):
        assert [each.text for each in tree.all(ours)] == [each.text for each in clean.all(ours)]


@each_text
def test_markdown_has_no_other_marks(name: str) -> None:
    def of(text: str) -> tuple[Counter[str], set[str], list[str]]:
        tokens = MARKDOWN.parse(text)
        inline = {span.type for token in tokens for span in token.children or []}
        html = [re.sub("<code>[^<>]*</code>", "<code>", t.content) for t in tokens if t.type == "html_block"]
        blocks = Counter(token.type for token in tokens)
        return blocks, inline, [re.sub(">[^<]*<", "><", each) for each in html]

    blocks, inline, html = of(written("markdown", name))
    # A reason that has lines is a block of code, whatever they say.
    clean = hostile("wo\nrd" if "\n" in TEXTS[name] else "word")
    clean_blocks, clean_inline, clean_html = of(FORMATS["markdown"].write(clean))
    assert blocks == clean_blocks
    assert inline <= clean_inline | {"code_inline"}
    assert html == clean_html


@each_text
def test_a_spreadsheet_finds_no_formula_and_no_other_row(name: str) -> None:
    def rows(text: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))

    told, clean = rows(written("csv", name)), rows(FORMATS["csv"].write(CLEAN))
    assert [len(row) for row in told] == [len(row) for row in clean]
    for row in told:
        for cell in row:
            first = cell.lstrip("\u200b\ufeff\u00a0 ")[:1]
            assert first not in ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"), cell


@each_text
def test_junit_has_no_other_elements(name: str) -> None:
    text, clean = written("junit", name), FORMATS["junit"].write(CLEAN)
    (suite,) = JUnitXml.fromstring(text.encode())
    (own,) = JUnitXml.fromstring(clean.encode())
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (
        *(own.tests, own.failures, own.errors, own.skipped),
    )
    tags = [
        Counter(each.tag for each in ElementTree.fromstring(each_text).iter())  # noqa: S314 - our own
        for each_text in (text, clean)
    ]
    assert tags[0] == tags[1]


@each_text
def test_a_bill_of_materials_holds_and_has_no_other_components(name: str) -> None:
    text = written("sbom", name)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told, clean = json.loads(text), json.loads(FORMATS["sbom"].write(CLEAN))
    assert Counter(each["type"] for each in told["components"]) == Counter(
        each["type"] for each in clean["components"]
    )
    assert set(told) == set(clean)
    assert "externalReferences" not in text


@each_text
def test_code_scanning_finds_no_link_and_no_other_place(name: str) -> None:
    text = written("sarif", name)
    Log.model_validate_json(text)
    (run,) = json.loads(text)["runs"]
    (clean,) = json.loads(FORMATS["sarif"].write(CLEAN))["runs"]
    assert len(run["results"]) == len(clean["results"])
    for found in run["results"]:
        # 3.11.6: a link is [text](target), a bracket with a backslash before it is none.
        bare = found["message"]["text"].replace("\\\\", "")
        assert re.search(r"(?<!\\)\[", bare) is None
        uri = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert (urlsplit(uri).scheme, urlsplit(uri).netloc) == ("", "")


@pytest.mark.parametrize("name", [*TEXTS, "all"])
def test_json_loses_nothing(name: str) -> None:
    told: Any = json.loads(written("json", name))
    report = hostile(EVERY if name == "all" else TEXTS[name])
    bare = report.run.results[0].listing
    assert bare is None
    log = next(each.build.log for each in report.run.results if each.build)
    # A record keeps a log's name, and is given back its folder.
    run = record.from_json(told["run"], log.parents[1] if log.parent.name == "logs" else Path())
    for read_again, own in zip(run.results, report.run.results, strict=True):
        if own.build and read_again.build:
            assert read_again.build.log.name == own.build.log.name
    assert record.to_json(run) == record.to_json(report.run)
    assert told["place"] == report.place
    assert [each["choice"] for each in told["advice"]] == [each.choice for each in report.advice]
    assert [each["label"] for each in told["trend"]] == [each.label for each in report.trend]
