"""The schema itself, and its agreement with the code beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from imagematrix.config import RECIPES, schema_text
from imagematrix.config.declared import (
    AcceptDeclared,
    AppDeclared,
    MatrixDeclared,
    SmokeDeclared,
    StandInDeclared,
    VariantDeclared,
)
from imagematrix.config.schema import follow, schema

EXPLAINED = {
    *("additionalProperties", "required", "type", "enum", "const", "pattern", "not", "uniqueItems"),
    *("minimum", "maximum", "exclusiveMinimum", "minItems", "minProperties", "minLength", "maxLength"),
}
STRUCTURE = {"$schema", "$ref", "title", "description", "default", "definitions", "properties"}
STRUCTURE |= {"items", "propertyNames", "patternErrorMessage", "allOf", "anyOf", "examples"}


@pytest.mark.parametrize("draft", [Draft7Validator, Draft202012Validator])
def test_the_schema_is_valid_under_both_drafts(draft: Any) -> None:
    draft.check_schema(json.loads(schema_text()))


def test_recipes_agree() -> None:
    stand_in = schema()["properties"]["stand_ins"]["additionalProperties"]
    assert stand_in["properties"]["recipe"]["enum"] == list(RECIPES)


@pytest.mark.parametrize(
    ("shape", "part"),
    [
        (MatrixDeclared, schema()),
        (AppDeclared, schema()["properties"]["app"]),
        (SmokeDeclared, schema()["definitions"]["smoke"]),
        (StandInDeclared, schema()["properties"]["stand_ins"]["additionalProperties"]),
        (VariantDeclared, schema()["definitions"]["variant"]),
        (AcceptDeclared, schema()["definitions"]["accept"]["items"]),
    ],
)
def test_the_declared_shapes_agree(shape: Any, part: dict[str, Any]) -> None:
    """A key is sure to be there once defaults are filled in: it is required, or it has a default."""
    sure = {k for k, child in part["properties"].items() if "default" in follow(child)}
    assert set(shape.__annotations__) == set(part["properties"])
    assert shape.__required_keys__ == sure | set(part.get("required", ()))


def _parts(part: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema and every schema inside it."""
    found = [part]
    for key, value in part.items():
        if key in ("properties", "definitions"):
            found += [deeper for child in value.values() for deeper in _parts(child)]
        elif key in ("items", "propertyNames", "additionalProperties", "not") and isinstance(value, dict):
            found += _parts(value)
        elif key in ("allOf", "anyOf"):
            found += [deeper for child in value for deeper in _parts(child)]
    return found


def test_every_keyword_in_use_has_its_sentence() -> None:
    for part in _parts(json.loads(schema_text())):
        assert set(part) <= EXPLAINED | STRUCTURE
        assert ("pattern" in part) == ("patternErrorMessage" in part)


def test_a_reference_has_no_rule_beside_it() -> None:
    """Draft-07 ignores what stands beside a `$ref`, so only descriptions may."""
    for part in _parts(json.loads(schema_text())):
        assert "$ref" not in part or set(part) <= {"$ref", "description"}
