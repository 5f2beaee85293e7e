"""variants.schema.json: what a matrix file may say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, TypeAlias, cast

Schema: TypeAlias = Mapping[str, Any]  # a JSON Schema, or a part of one: as free in form as JSON itself

EXPLAINED: Final = (
    "`python -m imagematrix.config.reference` explains every key"  # for what is wrong in a file
)


def schema_text() -> str:
    """The JSON Schema of a matrix file, valid as draft-07 (which editors read) and as 2020-12."""
    return files(__package__).joinpath("variants.schema.json").read_text("utf-8")


@cache
def schema() -> Schema:
    return cast("Schema", json.loads(schema_text()))


def follow(part: Schema) -> Schema:
    """A part of the schema with its `$ref` followed; what stands beside the `$ref` wins."""
    reference = part.get("$ref")
    if reference is None:
        return part
    definition = schema()["definitions"][reference.removeprefix("#/definitions/")]
    return {**definition, **{key: value for key, value in part.items() if key != "$ref"}}
