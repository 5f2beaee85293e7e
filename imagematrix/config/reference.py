"""Every key of the matrix file, told by the schema: for a terminal, and as the table in docs/variants.md.

To read them: `python -m imagematrix.config.reference`, wherever the package is installed.
To renew the page: `python -m imagematrix.config.reference docs/variants.md`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import Final

from imagematrix.config.schema import Schema, follow, schema

BEGIN: Final = "<!-- the table of keys: made from the schema, do not edit -->"
END: Final = "<!-- end of the table of keys -->"
_COMMON: Final = ("smoke", "budgets", "accept")
_WIDTH: Final = 80  # columns
_INDENT: Final = "    "
_KINDS: Final = {
    "object": "mapping",
    "array": "list",
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}


def table() -> str:
    """Every key as a row of a Markdown table: its path, type, default and meaning."""
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{path}` | {_kind(part)} | {default} | {_meaning(part)} |"
        for path, part, default in _keys(schema(), "")
    ]
    return "\n".join(rows) + "\n"


def keys() -> str:
    """The same as lines: every key with its type and default, its meaning under it."""
    told = (
        f"{path}  ({_kind(part)}; {'required' if default == 'required' else f'default: {default}'})\n"
        f"{fill(_meaning(part), _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)}\n"
        for path, part, default in _keys(schema(), "")
    )
    return "\n".join(told)


def renewed(page: str) -> str:
    """The page with the table between its two marks replaced by the current one."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n{END}{after}"


def _keys(part: Schema, prefix: str) -> Iterator[tuple[str, Schema, str]]:
    """Path, schema and default of every key below `part`; `<name>` stands for a name the user gives."""
    for name, reference in part.get("properties", {}).items():
        child = follow(reference)
        yield prefix + name, child, _default(name, child, part)
        # A variant's own smoke test has the keys of the common one, which the table has already; and so on.
        if not (prefix and name in _COMMON):
            yield from _keys(child, f"{prefix}{name}.")
            yield from _keys(follow(child.get("items") or {}), f"{prefix}{name}[].")
    others = follow(part.get("additionalProperties") or {})
    if others.get("description"):
        yield prefix + "<name>", others, "required"
    if "properties" in others:
        yield from _keys(others, f"{prefix}<name>.")


def _default(name: str, part: Schema, parent: Schema) -> str:
    if "default" in part:
        return f"`{json.dumps(part['default'])}`"
    return "required" if name in parent.get("required", ()) else "none"


def _kind(part: Schema) -> str:
    if "const" in part:
        return f"`{json.dumps(part['const'])}`"
    if "enum" in part and len(part["enum"]) == 1:
        return f"`{part['enum'][0]}`"
    if "enum" in part:
        return "one of " + ", ".join(f"`{value}`" for value in part["enum"])
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    return " or ".join(_KINDS[kind] for kind in kinds)


def _meaning(part: Schema) -> str:
    text = str(part["description"])
    if "exclusiveMinimum" in part:
        return f"{text} Above {part['exclusiveMinimum']}, at most {part['maximum']}."
    return f"{text} From {part['minimum']} to {part['maximum']}." if "minimum" in part else text


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.stdout.write(keys())
    for argument in sys.argv[1:]:
        Path(argument).write_text(renewed(Path(argument).read_text("utf-8")), "utf-8")
