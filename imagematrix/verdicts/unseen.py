"""What the layers of an image hid of one another, as its record tells: all bytes, and the largest files by name.

And whether the layers were read at all: else what a later layer hides was not looked for.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final, TypeAlias

from imagematrix.model import Cell, Result, Table
from imagematrix.verdicts.told import rows, under

# The causes, as image/merge.py writes them.
SAME_SIZE: Final = "copied at the same size"
DELETED: Final = "deleted"
OVERWRITTEN: Final = "overwritten"
REPLACED: Final = "folder replaced"

BY_LAYER: Final = "waste_by_layer"
SECRETS: Final = "secret_files"

_Key: TypeAlias = tuple[Cell, Cell, Cell]  # layer, the one that hid it, cause


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden:
    """What one layer hid of another, by one cause."""

    layer: int  # that carries it, from 1
    by: int  # that hid it, from 1; 0: the engine
    created_by: str  # the instruction of `by`
    cause: str
    files: int
    bytes: int
    paths: tuple[tuple[str, int], ...]  # with their bytes, largest first: those that the record names


def hidden(result: Result) -> tuple[Hidden, ...] | None:
    """All of an image's waste, most bytes first; None where the layers were not read."""
    table = under(result, BY_LAYER).value
    if result.image is None or not isinstance(table, Table):
        return None
    named: defaultdict[_Key, list[tuple[str, int]]] = defaultdict(list)
    for path, count, cause, layer, by, _ in rows(under(result, "waste_paths")):
        named[layer, by, cause].append((str(path), int(count)))
    return tuple(
        Hidden(
            layer=int(layer),
            by=int(by),
            created_by=str(created_by),
            cause=str(cause),
            files=int(files),
            bytes=int(count),
            paths=tuple(named[layer, by, cause]),
        )
        for layer, by, created_by, cause, files, count in table.rows
    )


def layers_read(result: Result) -> bool:
    """Whether its layers were read, and not what a container sees alone."""
    return under(result, BY_LAYER).measured


def hidden_secrets_unsought(result: Result) -> bool:
    """Whether its files were looked at for secrets, and what a later layer deletes was not."""
    return under(result, SECRETS).measured and not layers_read(result)
