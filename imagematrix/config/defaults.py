"""Fills in what a valid matrix file leaves out, so that nothing downstream knows a default."""

from __future__ import annotations

from typing import cast

from imagematrix.config.declared import MatrixDeclared
from imagematrix.config.load import Plain
from imagematrix.config.schema import Schema, follow, schema

# Keys of a smoke test that one of their kind replaces: each body rule, and the two ways to test.
_BODY_RULES = frozenset({"body", "body_contains"})
_HTTP = frozenset({"path", "status", "headers"})
_COMMAND = frozenset({"command", "exit_code"})


def filled(value: Plain) -> MatrixDeclared:
    """A validated file with the schema's defaults, and with the common smoke test in every variant's."""
    root = _mapping(value)
    common = _mapping(root.get("smoke", {}))
    variants: dict[str, Plain] = {
        name: {**_mapping(variant), "smoke": _merged(common, _mapping(_mapping(variant).get("smoke", {})))}
        for name, variant in _mapping(root["variants"]).items()
    }
    # `validate` has proved the shape.
    return cast("MatrixDeclared", _with_defaults({**root, "variants": variants}, schema()))


def _merged(common: dict[str, Plain], own: dict[str, Plain]) -> Plain:
    """The common smoke test under a variant's own keys, less what those replace."""
    dropped = _BODY_RULES if _BODY_RULES & own.keys() else frozenset()
    if "command" in own:
        dropped |= _HTTP | _BODY_RULES
    elif _HTTP & own.keys():
        dropped |= _COMMAND | (_BODY_RULES if "command" in common else frozenset())
    return {**{key: value for key, value in common.items() if key not in dropped}, **own}


def _with_defaults(value: Plain, part: Schema) -> Plain:
    if not isinstance(value, dict):
        return value
    properties = {name: follow(child) for name, child in part.get("properties", {}).items()}
    others = follow(part.get("additionalProperties") or {})
    defaults = {name: child["default"] for name, child in properties.items() if "default" in child}
    return {
        name: _with_defaults(child, properties.get(name, others))
        for name, child in {**defaults, **value}.items()
    }


def _mapping(value: Plain) -> dict[str, Plain]:
    return cast("dict[str, Plain]", value)
