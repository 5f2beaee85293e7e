from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix.report.formats import FORMATS
from tests.report.page.made_report import report
from tests.report.reports import full

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_makes_a_text_and_ends_its_line(name: str) -> None:
    text = FORMATS[name].write(full())
    assert "alpine" in text
    assert text.endswith("\n")


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_shows_the_trend_and_the_files_just_where_it_says_so(name: str) -> None:
    made, whole = report(), FORMATS[name].write(report())
    assert (FORMATS[name].write(replace(made, trend=())) != whole) is FORMATS[name].trend
    assert (FORMATS[name].write(replace(made, listings={})) != whole) is FORMATS[name].listings


def test_no_two_formats_have_files_of_one_name() -> None:
    assert len({each.suffix for each in FORMATS.values()}) == len(FORMATS)


def test_the_docs_have_every_format_and_its_file() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| `(report\.[\w.]+)` \|", DOCS, re.MULTILINE))
    assert told == {name: f"report{each.suffix}" for name, each in FORMATS.items()}


def test_the_docs_name_the_columns_and_keys() -> None:
    from imagematrix.report.csv_ import COLUMNS
    from imagematrix.report.json_ import report_json

    assert ", ".join(f"`{column}`" for column in COLUMNS) in DOCS.replace("\n", " ")
    keys = re.findall(r"^\| `(\w+)` \|", DOCS.partition("## json")[2].partition("## csv")[0], re.MULTILINE)
    assert keys == list(report_json(full()))
