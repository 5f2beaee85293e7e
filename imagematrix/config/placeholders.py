"""Axis values in texts of the matrix: "node:{node}-alpine".  `{{` and `}}` stand for single braces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from imagematrix.config.load import Document
from imagematrix.config.rows import Row
from imagematrix.config.wording import listing, quoted, unknown
from imagematrix.errors import InputError

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def fill(text: str, values: Mapping[str, str], *, where: str) -> str:
    """`text` with every `{axis}` replaced by that axis's value.

    Raises `InputError` at `where` for an unknown axis and for a brace that stands alone.
    """
    try:
        return _filled(text, values)
    except _UnfilledError as error:
        raise InputError(error.what, where=where, next_step=error.next_step) from None


class _UnfilledError(Exception):
    """A text that cannot be filled in; where it stands is found out only then, which takes a while."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step


def _filled(text: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        found, axis = match.group(), match.group(1)
        if found in ("{{", "}}"):
            return found[0]
        if axis is None:
            raise _UnfilledError(
                f"a single {found!r} in {quoted(text)}",
                f"write {found * 2} for the character itself, {{axis}} for the value of an axis",
            )
        if axis not in values:
            raise _UnfilledError(
                unknown("axis", axis, values),
                f"{listing('axes', values)}; for a brace of its own, write {{{{ or }}}}",
            )
        return values[axis]

    return _BRACES.sub(value, text)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """One row while it is resolved: what its placeholders mean, and where its texts stand.

    `path` leads to the text in the document: ("variants", "alpine", "target").
    """

    document: Document
    row: Row

    def fill(self, text: str, *path: str | int) -> str:
        try:
            return _filled(text, dict(self.row.axes))
        except _UnfilledError as error:
            where = self.document.place(*path)
            raise InputError(error.what, where=where, next_step=error.next_step) from None

    def fill_items(self, texts: Iterable[str], *path: str | int) -> tuple[str, ...]:
        return tuple(self.fill(text, *path, index) for index, text in enumerate(texts))

    def fill_values(self, texts: Mapping[str, str], *path: str | int) -> dict[str, str]:
        return {name: self.fill(text, *path, name) for name, text in texts.items()}

    def fill_key(self, text: str, *path: str | int) -> str:
        """A key of a mapping; an error points at the key, not at what stands behind it."""
        return fill(text, dict(self.row.axes), where=self.document.key_place(*path))
