"""Rows of a matrix picked by name, by pattern and by axis value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from imagematrix.config.wording import listing, quoted, unknown
from imagematrix.errors import InputError
from imagematrix.model import Matrix, Variant
from imagematrix.text import is_called


def select(matrix: Matrix, *, variants: Sequence[str] = (), settings: Sequence[str] = ()) -> Matrix:
    """The matrix with the rows that agree with one of `variants` and with `settings`, in its own order.

    `variants` are names, labels or shell patterns of either ("alpine", "alpine-node22", "*-node22").
    `settings` are written "axis=value"; values of one axis add up, different axes narrow each other down.
    An empty sequence lets every row through.  Raises `InputError` for what the matrix does not know, and
    when no row is left.
    """
    rows = matrix.variants
    for pattern in variants:
        if not any(is_called(pattern, row.name, row.label) for row in rows):
            names = _distinct(name for row in rows for name in (row.name, row.label))
            raise InputError(
                unknown("variant", pattern, names), where="--variant", next_step=listing("variants", names)
            )
    wanted: dict[str, set[str]] = {}
    for setting in settings:
        axis, value = _axis_and_value(setting, rows)
        wanted.setdefault(axis, set()).add(value)
    chosen = tuple(
        row
        for row in rows
        if (not variants or any(is_called(pattern, row.name, row.label) for pattern in variants))
        and all(value in wanted.get(axis, {value}) for axis, value in row.axes)
    )
    if not chosen:
        asked = ", ".join([*variants, *settings])
        raise InputError(
            f"the matrix has no row for all of this together: {asked}",
            where="--variant, --set",
            next_step=listing("rows", (row.label for row in rows)),
        )
    return dataclasses.replace(matrix, variants=chosen)


def _axis_and_value(setting: str, rows: Sequence[Variant]) -> tuple[str, str]:
    axis, equals, value = setting.partition("=")
    if not equals:
        raise InputError(
            f"{quoted(setting)} is not a setting", where="--set", next_step="write it as axis=value: node=24"
        )
    axes = _distinct(name for row in rows for name, _ in row.axes)
    if axis not in axes:
        raise InputError(unknown("axis", axis, axes), where="--set", next_step=listing("axes", axes))
    values = _distinct(known for row in rows for name, known in row.axes if name == axis)
    if value not in values:
        raise InputError(
            unknown(f"{axis} value", value, values),
            where="--set",
            next_step=listing(f"{axis} values", values),
        )
    return axis, value


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
