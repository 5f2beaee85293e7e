from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from imagematrix import record
from imagematrix.model import Result, Run, RunStatus, Status
from tests import made

SCHEMA = json.loads(resources.files("imagematrix").joinpath("run.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def bare() -> Result:
    """A variant that did not get anywhere."""
    return Result(name="x", axes=(), label="x", status=Status.FAILED, reason="base: no such image")


def test_the_schema_is_valid_under_both_drafts() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("run", [made.run(), made.run(bare(), status=RunStatus.FAILED)])
def test_a_record_validates_and_reads_back_as_it_was(run: Run) -> None:
    told = json.loads(json.dumps(record.to_json(run)))
    VALIDATOR.validate(told)
    assert record.from_json(told, Path("/somewhere")) == run


def test_the_keys_that_are_a_contract_are_there() -> None:
    told = record.to_json(made.run())
    assert {
        "schema_version",
        "id",
        "started_at",
        "seconds",
        "status",
        "engine",
        "host",
        "git",
        "variants",
    } <= set(told)
    variant = told["variants"][0]
    assert {"name", "axes", "status", "reason", "bases", "build", "image", "smoke", "measurements"} <= set(
        variant
    )
    assert set(told["engine"]) == {"name", "version", "image_store", "embedded"}
    assert {"reference", "source", "digest"} <= set(variant["bases"][0])
    assert {"seconds", "cached"} <= set(variant["build"])
    assert {"config_digest", "unpacked_bytes", "engine_bytes", "layers"} <= set(variant["image"])
    assert set(variant["image"]["layers"][0]) == {"diff_id", "bytes", "created_by", "from_base"}
    assert set(variant["smoke"]) == {"http_status", "first_response_seconds"}
    assert variant["bases"][0]["source"] == "stand-in"


def test_what_was_not_measured_has_a_reason_and_no_value() -> None:
    told = {m["name"]: m for m in record.to_json(made.run())["variants"][0]["measurements"]}
    assert told["download_bytes"] == {
        "name": "download_bytes",
        "unit": "bytes",
        "how": "unavailable",
        "reason": "no registry",
    }
    assert told["shells"]["value"] == ["sh"]


@pytest.mark.parametrize(
    "change",
    [
        {"how": "exact"},  # measured, but no value
        {"value": 0},  # a value, but not measured
        {"reason": ""},
    ],
)
def test_the_schema_refuses_a_figure_that_is_not_honest(change: dict[str, object]) -> None:
    told = record.to_json(made.run())
    figures = told["variants"][0]["measurements"]
    place = next(i for i, m in enumerate(figures) if m["name"] == "download_bytes")
    figures[place] = {**figures[place], **change}
    assert list(VALIDATOR.iter_errors(told))


def test_another_schema_version_is_refused() -> None:
    told = {**record.to_json(made.run()), "schema_version": 2}
    with pytest.raises(ValueError, match="schema_version 2"):
        record.from_json(told, Path())
