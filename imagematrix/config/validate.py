"""Checks a document against the schema and says a breach in one plain sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from imagematrix.config.load import Document
from imagematrix.config.schema import EXPLAINED, Schema, schema
from imagematrix.config.wording import listing, quoted, shortened, unknown
from imagematrix.errors import InputError

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_KINDS: Final = {
    "object": "a mapping of keys to values",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def validate(document: Document) -> None:
    """Raise `InputError` for the breach that lies least deep, and of those for the first in the file."""
    from jsonschema import Draft7Validator  # images that are no variants need no matrix file, and not this

    errors = list(Draft7Validator(schema()).iter_errors(document.value))
    if errors:
        raise _explained(min(errors, key=lambda error: _rank(error, document)), document)


def _rank(error: ValidationError, document: Document) -> tuple[int, bool, int]:
    """Smallest first.  A key that is unknown explains a key that is missing, so it goes before."""
    return len(error.path), error.validator != "additionalProperties", document.line(*error.path)


def _explained(error: ValidationError, document: Document) -> InputError:
    path = tuple(error.path)
    wanted, part, instance = _parts(error)
    what, where, next_step = "", document.place(*path), EXPLAINED
    if "propertyNames" in error.relative_schema_path:  # the culprit is a key, not the value at `path`
        where = document.key_place(*path, instance)
    match error.validator:
        case "additionalProperties":
            key = next(key for key in instance if key not in part["properties"])
            what = unknown("key", key, part["properties"])
            where = document.key_place(*path, key)
            next_step = listing("keys", part["properties"])
        case "required":
            missing = next(key for key in wanted if key not in instance)
            what = f"{_name(path)} lacks the key '{missing}'"
            where = document.key_place(*path)
        case "type":
            what, next_step = _wrong_type(error, document.source(*path), _name(path))
        case "enum" if len(wanted) == 1:
            what = f"{_name(path)} must be {quoted(wanted[0])}, not {_shown(instance)}"
            next_step = f"write {wanted[0]}, or leave it out"
        case "enum":
            what = unknown(str(path[-1]), str(instance), wanted)
            next_step = listing(f"{path[-1]}s", wanted)
        case "const":
            what = f"{_name(path)} must be {wanted}, not {_shown(instance)}"
            next_step = f"write {wanted}; another version of imagematrix may read what you have"
        case "pattern":
            what = f"{quoted(instance)} cannot be used here: {part['patternErrorMessage']}"
        case "not":
            what = wanted["description"]
        case "minimum" | "maximum" | "exclusiveMinimum":
            what = f"{_name(path)} must be {_range(part)}, not {str(instance)[:40]}"
        case "minItems" | "minProperties" | "minLength":
            what = f"{_name(path)} must not be empty"
        case "uniqueItems":
            what = f"{_name(path)} holds the same value twice"
        case "maxLength":
            what = f"{quoted(instance)} is longer than {wanted} characters"
        case keyword:
            raise AssertionError(f"variants.schema.json uses {keyword!r}, which nothing here explains")
    return InputError(what, where=where, next_step=next_step)


def _wrong_type(error: ValidationError, source: str, name: str) -> tuple[str, str]:
    kind, _, instance = _parts(error)
    kinds = kind if isinstance(kind, list) else [kind]
    wanted = " or ".join(_KINDS[kind] for kind in kinds)
    match instance:
        case None:
            return f"{name} has no value: it must be {wanted}", EXPLAINED
        case bool() | int() | float() if "string" in kinds:
            read_as = "true or false" if isinstance(instance, bool) else "a number"
            return (
                f"{source[:40]} is read as {read_as} here: it must be {wanted}",
                f'put it in quotes: "{source}"',
            )
        case bool() | int() | float():
            return f"{name} must be {wanted}, not {source[:40]}", EXPLAINED
        case str() if "integer" in kinds or "number" in kinds:
            return f"{name} must be {wanted}, not the text {quoted(source)}", "write it without quotes"
        case str():
            return f"{name} must be {wanted}, not the text {quoted(source)}", EXPLAINED
        case list():
            return f"{name} must be {wanted}, not a list", EXPLAINED
    return f"{name} must be {wanted}, not a mapping", EXPLAINED


def _parts(error: ValidationError) -> tuple[Any, Schema, Any]:
    """What the broken keyword wants, the part of the schema that it stands in, and the offending value."""
    return error.validator_value, cast("Schema", error.schema), error.instance


def _shown(value: Any) -> str:
    return "a list or a mapping" if isinstance(value, list | dict) else shortened(json.dumps(value))


def _range(part: Schema) -> str:
    if "exclusiveMinimum" in part:
        return f"above {part['exclusiveMinimum']} and at most {part['maximum']}"
    return f"from {part['minimum']} to {part['maximum']}"


def _name(path: tuple[str | int, ...]) -> str:
    """How a sentence calls the value at a path: "'app.port'"; the file for the whole."""
    dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"'{shortened(dotted.removeprefix('.'))}'" if path else "the file"
