"""Whether a record's nouns hold what they are declared to: JSON has no types, and a record may be anybody's.

The checks are made of the nouns' own annotations, once a class; they take about as long as making the nouns.  A
measurement's value may be of many kinds, so what is concluded from is known here by its name: a record of a
version that measured something else under that name is set aside, and not misread.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from imagematrix.model import Measurement, Run, Table
from imagematrix.model.outline import Outline
from imagematrix.text import one_line

_Check = Callable[[Any], bool]
_PLAIN: Final = (bool, Path, type(None))
_LIMIT: Final = 1 << 63  # of a whole number; larger ones are no figures, and no floats either
# Measurements by the kind of their value, as far as anything is concluded from it.
WORDS: Final = frozenset(
    (
        *("build_tools", "command", "dev_dependencies", "entrypoint", "package_managers", "setuid_files"),
        *("shells", "shells_on_disk", "start_outliers"),
    )
)
TRUTHS: Final = frozenset(("healthcheck_can_run", "node_past_end_of_life", "os_past_end_of_life"))
TEXTS: Final = frozenset(
    (
        *("base", "behaviour_key", "hardening_no_capabilities", "hardening_no_network", "hardening_non_root"),
        *(
            "hardening_read_only",
            "healthcheck",
            "libc",
            "libc_version",
            "node_end_of_life",
            "node_glibc_version",
        ),
        *("node_version", "os", "os_end_of_life", "stop_init_pid1", "stop_init_verdict", "stop_pid1"),
        *("stop_verdict", "user"),
    )
)
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "bytes_by_origin": ("origin", "bytes", "files"),
    "context_leftovers": ("path", "bytes", "why"),
    "download_by_layer": ("layer", "diff_id", "bytes", "how"),
    "largest_files": ("path", "bytes", "origin"),
    "node_modules_packages": ("package", "version", "bytes", "dev"),
    "packages_apk": ("name", "version"),
    "packages_dpkg": ("name", "version"),
    "packages_npm": ("name", "version", "path"),
    "secret_files": ("path", "layer", "created_by", "seen", "why"),
    "waste_by_layer": ("layer", "hidden_by_layer", "hidden_by", "cause", "files", "bytes"),
    "waste_paths": ("path", "bytes", "cause", "layer", "hidden_by_layer", "hidden_by"),
}
_NUMBER: Final = frozenset((int,))
_CELL: Final = frozenset((int, float, str, bool))
_WHOLE: Final = frozenset(("bytes", "visible_bytes", "layer", "hidden_by_layer"))  # columns of whole numbers


def check_tables(told: Mapping[str, Any]) -> None:
    """Raise ValueError where a table of a record, as JSON has it, is none: a text or a mapping has items as well."""
    for variant in told["variants"]:
        for measurement in variant["measurements"]:
            value = measurement.get("value")
            if isinstance(value, dict) and not {type(value["columns"]), *map(type, value["rows"])} <= {list}:
                raise ValueError(f"a table of {one_line(str(measurement['name']))[:100]} is none")


def check(told: Run | Outline) -> None:
    """Raise ValueError for the first noun that holds what it cannot; its message names the field."""
    kind: type = type(told)
    _noun(kind)(told)
    datetime.fromisoformat(told.started_at)
    for result in told.results if isinstance(told, Run) else ():
        for measurement in result.measurements:
            if measurement.measured and not _is_its_kind(measurement):
                raise ValueError(
                    f"{_called(measurement)} has a value of another kind than this version reads"
                )


def _is_its_kind(measurement: Measurement) -> bool:
    name, value = measurement.name, measurement.value
    if name in TABLES:
        return isinstance(value, Table) and value.columns == TABLES[name]
    if name in WORDS or name in TEXTS or name in TRUTHS:
        return isinstance(value, tuple if name in WORDS else str if name in TEXTS else bool)
    if not measurement.unit:
        return True
    numbers = value if isinstance(value, tuple) and measurement.unit == "seconds" else (value,)
    return all(type(each) is int or (type(each) is float and measurement.unit != "bytes") for each in numbers)


@cache
def _noun(kind: type) -> Callable[[Any], bool]:
    hints = get_type_hints(kind)
    checks = [(each.name, _of(hints[each.name])) for each in fields(kind)]

    def whole(value: Any) -> bool:
        if type(value) is not kind:
            return False
        for name, check in checks:
            if not check(getattr(value, name)):
                raise ValueError(f"{name} of {_called(value)} is {_shown(getattr(value, name))}")
        return True

    return _table if kind is Table else whole


def _of(hint: Any) -> _Check:
    """Whether a value is of a type, as far as nouns have them."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        checks = [_of(each) for each in inner]
        return lambda value: any(check(value) for check in checks)
    if origin is tuple:
        if inner[-1] is Ellipsis:
            item = _of(inner[0])
            return lambda value: type(value) is tuple and all(map(item, value))
        items = [_of(each) for each in inner]
        return lambda value: (
            type(value) is tuple
            and len(value) == len(items)
            and all(check(each) for check, each in zip(items, value, strict=True))
        )
    if hint is float:
        return lambda value: _is_whole(value) or (type(value) is float and isfinite(value))
    if hint is int:
        return _is_whole
    if hint is str:
        return _is_text
    if hint in _PLAIN or (isinstance(hint, type) and issubclass(hint, Enum | tuple)):
        return lambda value: isinstance(value, hint)
    if is_dataclass(hint):
        return _noun(hint) if isinstance(hint, type) else lambda _: False
    raise AssertionError(f"no noun of a record had {hint} so far")


def _is_whole(value: Any) -> bool:
    return type(value) is int and -_LIMIT < value < _LIMIT


def _is_text(value: Any) -> bool:
    """Half a surrogate pair is none: it could not be written."""
    if type(value) is not str:
        return False
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def _table(value: Any) -> bool:
    if type(value) is not Table or not all(map(_is_text, value.columns)):
        return False
    if value.rows and not value.columns:
        return False
    if any(len(row) != len(value.columns) for row in value.rows):
        return False
    return all(
        _column(cells, _NUMBER if column in _WHOLE else _CELL)
        for column, cells in zip(value.columns, zip(*value.rows, strict=True), strict=False)
    )


def _column(cells: tuple[Any, ...], allowed: frozenset[type]) -> bool:
    kinds = set(map(type, cells))
    if not kinds <= allowed:
        return False
    if not _is_text("".join(cell for cell in cells if type(cell) is str)):
        return False
    numbers = [cell for cell in cells if type(cell) in (int, float)] if kinds & {int, float} else []
    return all(-_LIMIT < number < _LIMIT for number in numbers)  # NaN is neither


def _called(value: Any) -> str:
    if isinstance(value, Measurement) and isinstance(value.name, str):
        return f"the measurement {value.name[:100]}"
    return f"a {type(value).__name__.lower()}"


def _shown(value: Any) -> str:
    return f"no {type(value).__name__} there" if isinstance(value, tuple | Table) else repr(value)[:60]
