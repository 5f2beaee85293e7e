"""The rows of the matrix: variants x axes, less `exclude`, plus `include`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from imagematrix.config.declared import MatrixDeclared
from imagematrix.config.load import Document
from imagematrix.config.wording import listing, quoted, unknown
from imagematrix.errors import InputError

MAX_ROWS: Final = 1000
_COUNTED: Final = 10**9  # rows; of very many axes the figure itself would be too long to be shown
MAX_LABEL: Final = 128  # characters; a label becomes an image tag, and a tag has no more


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One combination: a variant and a value for every axis."""

    variant: str
    axes: tuple[tuple[str, str], ...]  # in the order that the file declares the axes in
    label: str


def rows(declared: MatrixDeclared, document: Document) -> tuple[Row, ...]:
    """Every row, variants in the file's order, then the included ones.  Raises `InputError`; never empty."""
    axes = declared["axes"]
    count = len(declared["variants"]) * math.prod(len(values) for values in axes.values())
    if count > MAX_ROWS:
        raise InputError(
            f"the axes make {count if count < _COUNTED else 'far too many'} rows, and {MAX_ROWS} is the limit",
            where=document.key_place("axes"),
            next_step="take values from an axis, or split the matrix into several files",
        )
    combinations: list[Mapping[str, str]] = [
        {"variant": variant, **dict(zip(axes, values, strict=True))}
        for variant in declared["variants"]
        for values in product(*axes.values())
    ]
    for index, entry in enumerate(declared["exclude"]):
        combinations = _without(combinations, entry, declared, document, index)
    for index, entry in enumerate(declared["include"]):
        combinations.append(_included(combinations, entry, declared, document, index))
        if len(combinations) > MAX_ROWS:
            raise InputError(
                f"with this one there are more than {MAX_ROWS} rows, which is the limit",
                where=document.place("include", index),
                next_step="split the matrix into several files",
            )
    if not combinations:
        raise InputError(
            "nothing is left of the matrix: every row is excluded",
            where=document.key_place("exclude"),
            next_step="take an entry out of 'exclude'",
        )
    return _labelled(combinations, tuple(axes), document)


def _without(
    combinations: Sequence[Mapping[str, str]],
    entry: Mapping[str, str],
    declared: MatrixDeclared,
    document: Document,
    index: int,
) -> list[Mapping[str, str]]:
    known = {"variant": list(declared["variants"]), **declared["axes"]}
    for key, value in entry.items():
        _check_key(key, known, document, "exclude", index)
        if value not in known[key]:
            kind = key if key == "variant" else f"{key} value"
            raise InputError(
                unknown(kind, value, known[key]),
                where=document.place("exclude", index, key),
                next_step=listing(f"{kind}s", known[key]),
            )
    left = [combination for combination in combinations if not entry.items() <= combination.items()]
    if len(left) == len(combinations):
        raise InputError(
            "this entry excludes no row, as earlier entries have taken them already",
            where=document.place("exclude", index),
            next_step="delete the entry",
        )
    return left


def _included(
    combinations: Sequence[Mapping[str, str]],
    entry: Mapping[str, str],
    declared: MatrixDeclared,
    document: Document,
    index: int,
) -> Mapping[str, str]:
    known = ["variant", *declared["axes"]]
    for key in entry:
        _check_key(key, known, document, "include", index)
    missing = [key for key in known if key not in entry]
    if missing:
        raise InputError(
            f"this row has no value for the axis {missing[0]!r}",
            where=document.place("include", index),
            next_step="give the row a value for every axis",
        )
    if entry["variant"] not in declared["variants"]:
        raise InputError(
            unknown("variant", entry["variant"], declared["variants"]),
            where=document.place("include", index, "variant"),
            next_step=listing("variants", declared["variants"]),
        )
    row = {key: entry[key] for key in known}
    if row in combinations:
        raise InputError(
            "this row is in the matrix already",
            where=document.place("include", index),
            next_step="delete the entry",
        )
    return row


def _check_key(
    key: str, known: Mapping[str, object] | Sequence[str], document: Document, section: str, index: int
) -> None:
    if key not in known:
        raise InputError(
            unknown("axis", key, known),
            where=document.key_place(section, index, key),
            next_step=listing("keys", known),
        )


def _labelled(
    combinations: Sequence[Mapping[str, str]], axes: Sequence[str], document: Document
) -> tuple[Row, ...]:
    """A label names the variant, and the value of each axis that has more than one in the whole matrix."""
    telling = [axis for axis in axes if len({row[axis] for row in combinations}) > 1]
    result = tuple(
        Row(
            variant=row["variant"],
            axes=tuple((axis, row[axis]) for axis in axes),
            label=row["variant"] + "".join(f"-{axis}{row[axis]}" for axis in telling),
        )
        for row in combinations
    )
    times = Counter(row.label for row in result)
    for row in result:
        if times[row.label] > 1:
            what = f"two rows of the matrix would both be called {quoted(row.label)}"
        elif len(row.label) > MAX_LABEL:
            what = f"the row's label {quoted(row.label)} is longer than {MAX_LABEL} characters"
        else:
            continue
        raise InputError(
            what, where=document.key_place("variants", row.variant), next_step="rename the variant or an axis"
        )
    return result
