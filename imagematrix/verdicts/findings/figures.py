"""What the rules read of a result; nothing where it was not measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from imagematrix.model import BaseSource, Cell, Result, Severity, Table
from imagematrix.verdicts.told import under

# Less is not worth a line: a hundredth of a small image, and pulled in a tenth of a second at 100 Mbit/s.
WORTH_BYTES: Final = 1_000_000
# More than this is as much as a whole small image (Alpine's Node is some 60 MB to download).
MUCH_BYTES: Final = 50_000_000
NAMED: Final = 5  # of many names, in a sentence
_NODE: Final = re.compile(r"(?:.*/)?node(?:[:@].*)?$")


def number(result: Result, name: str) -> int | float | None:
    """A figure; None where there is none."""
    found = under(result, name)
    return found.value if found.measured and isinstance(found.value, (int, float)) else None


def word(result: Result, name: str) -> str:
    """An answer in words; "" where there is none."""
    found = under(result, name)
    return found.value if found.measured and isinstance(found.value, str) else ""


def words(result: Result, name: str) -> tuple[str, ...]:
    """A list; () where there is none."""
    found = under(result, name)
    return tuple(map(str, found.value)) if found.measured and isinstance(found.value, tuple) else ()


def says(result: Result, name: str, value: bool) -> bool:
    """Whether a question was answered so."""
    found = under(result, name)
    return found.measured and found.value is value


def records(result: Result, name: str) -> Sequence[Mapping[str, Cell]]:
    """The rows of a table, by their columns' names; () where there is none."""
    found = under(result, name)
    if not found.measured or not isinstance(found.value, Table):
        return ()
    return [dict(zip(found.value.columns, row, strict=True)) for row in found.value.rows]


def whole(cell: Cell) -> int:
    """A cell that is a count or bytes."""
    return int(cell)


def weight(size: int) -> Severity:
    """How much bytes that need not be there matter: they break nothing."""
    return Severity.MEDIUM if size >= MUCH_BYTES else Severity.LOW


def base(result: Result) -> str:
    """The base image that the variant stands on, a stand-in called so; "" where it is not known."""
    reference = word(result, "base")
    stand_in = any(b.reference == reference and b.source is BaseSource.STAND_IN for b in result.bases)
    return f"{reference} (stand-in)" if stand_in else reference


def is_official_node(reference: str) -> bool:
    """Whether a reference is that of Node's official images, wherever they are mirrored."""
    return _NODE.match(reference) is not None
