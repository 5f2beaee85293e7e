from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from imagematrix import record
from imagematrix.report.formats import FORMATS
from imagematrix.report.json_ import report_json, report_text
from tests.report.reports import HOSTILE, full, planted

SCHEMA = json.loads(resources.files("imagematrix").joinpath("run.schema.json").read_text(encoding="utf-8"))


def test_the_record_in_it_is_a_record() -> None:
    told = json.loads(report_text(full()))
    Draft7Validator(SCHEMA).validate(told["run"])
    assert record.to_json(record.from_json(told["run"], Path())) == told["run"]


def test_what_was_concluded_is_beside_it_under_the_nouns_own_keys() -> None:
    told = json.loads(report_text(full()))
    assert list(told) == ["run", "place", "advice", "trend"]
    assert told["place"] == "results/20261124T024000Z-3fa9c1/run.json"
    (advice,) = told["advice"]
    assert (advice["choice"], advice["costs"]) == ("alpine", ["musl instead of glibc"])
    assert advice["against"] == [{"label": "vanilla", "out": True, "reason": "it failed"}]
    (series,) = told["trend"]
    assert [point["value"] for point in series["points"]] == [62_000_000]
    assert series["changes"][0]["before"] == 61_000_000


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_comes_back_as_it_was(text: str) -> None:
    written = FORMATS["json"].write(planted(text)).encode("utf-8", "backslashreplace")
    assert json.loads(written) == json.loads(json.dumps(report_json(planted(text))))
