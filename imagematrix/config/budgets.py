"""`budgets` and `accept` of a matrix file, as the verdicts take them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from imagematrix.config.declared import AcceptDeclared, MatrixDeclared
from imagematrix.config.load import Document
from imagematrix.config.rows import Row
from imagematrix.config.schema import EXPLAINED, follow, schema
from imagematrix.config.wording import listing, quoted, unknown
from imagematrix.errors import InputError
from imagematrix.model import Acceptance, AtMost, AtMostMore, AtMostTimes, Budget, Limit, Must
from imagematrix.units import in_bytes, in_seconds

# Budget -> the measurement that it is held against.
FIGURES: Final[Mapping[str, str]] = {
    "max_download": "download_bytes",
    "max_unpacked": "unpacked_bytes",
    "max_visible": "visible_bytes",
    "max_waste": "waste_bytes",
    "max_own": "own_bytes",
    "max_app": "app_bytes",
    "max_node_modules": "node_modules_bytes",
    "max_layers": "layers",
    "max_memory": "memory_idle_bytes",
    "max_memory_after_burst": "memory_after_burst_bytes",
    "max_start": "start_seconds",
    "max_stop": "stop_seconds",
}
ANSWERS: Final[Mapping[str, str]] = {
    "shells": "shells",
    "package_managers": "package_managers",
    "build_tools": "build_tools",
    "setuid_files": "setuid_files",
    "dev_dependencies": "dev_dependencies",
    "secrets": "secret_files",
    "user": "user",
    "stops": "stop_verdict",
    "read_only": "hardening_read_only",
    "health_check": "healthcheck_can_run",
    "addons": "addons_loaded",
    "node": "node_past_end_of_life",
    "os": "os_past_end_of_life",
}
# Figures of which there can be none: of all else every image has some, and so a limit of 0 is never kept.
_MAY_BE_NONE: Final = frozenset({"waste_bytes", "own_bytes", "app_bytes", "node_modules_bytes"})
_NUMBER: Final = r"[0-9]{1,18}(?:\.[0-9]{1,18})?"  # more digits are no figure, and no float either
_LIMIT: Final = re.compile(
    rf"(?:<= *)?(?P<most>{_NUMBER})(?: *(?P<unit>[a-zA-Z]+)| *x +(?P<variant>\S+))?"
    rf"|\+(?P<more>{_NUMBER}) *(?P<more_unit>[a-zA-Z]+|%)?"
)


def budgets(
    row: Row, declared: MatrixDeclared, document: Document, rows: Sequence[Row]
) -> tuple[Budget, ...]:
    """A row's budgets: its variant's own over the common ones.

    A common budget by another variant is none for that variant itself.  Raises `InputError` for a limit that
    is none, and for one by a variant that has no row with the same axis values.
    """
    own = declared["variants"][row.variant]["budgets"]
    found = []
    for name in {**declared["budgets"], **own}:
        path = ("variants", row.variant, "budgets", name) if name in own else ("budgets", name)
        text = document.source(*path)
        if name in ANSWERS:
            limit: Limit = Must(word=text)
        else:
            limit = _limit(name, text, where=document.place(*path))
        if isinstance(limit, AtMostTimes):
            if limit.variant == row.variant and name not in own:
                continue
            _check_variant(limit.variant, row, rows, where=document.place(*path))
        measurement = ANSWERS.get(name) or FIGURES[name]
        found.append(Budget(name=name, text=text, measurement=measurement, limit=limit))
    return tuple(found)


def _limit(name: str, text: str, *, where: str) -> Limit:
    """Read a limit.  The schema has checked texts by the same rules; a YAML number comes here unchecked."""
    part = follow(schema()["definitions"]["budgets"]["properties"][name])
    match = _LIMIT.fullmatch(text) if re.search(part["pattern"], text) else None
    if match is None:
        raise InputError(
            f"{quoted(text)} cannot be used here: {part['patternErrorMessage']}",
            where=where,
            next_step=EXPLAINED,
        )
    measurement = FIGURES[name]
    none = match["most"] is not None and float(match["most"]) == 0
    if none and (match["variant"] or measurement not in _MAY_BE_NONE):
        why = f"0 x {match['variant']} is always 0" if match["variant"] else "it can never be kept"
        raise InputError(
            f"{quoted(text)} cannot be used here: {why}", where=where, next_step="write more than 0"
        )
    if match["variant"]:
        return AtMostTimes(factor=float(match["most"]), variant=match["variant"])
    if match["most"]:
        return AtMost(limit=_figure(match["most"], match["unit"], measurement))
    if match["more_unit"] == "%":
        return AtMostMore(percent=float(match["more"]), more=0)
    return AtMostMore(percent=0.0, more=_figure(match["more"], match["more_unit"], measurement))


def _figure(number: str, unit: str | None, measurement: str) -> int | float:
    if measurement.endswith("_seconds"):
        return in_seconds(number, unit or "")
    return in_bytes(number, unit or "B")  # layers are counted, and have no unit


def _check_variant(variant: str, row: Row, rows: Sequence[Row], *, where: str) -> None:
    names = list(dict.fromkeys(other.variant for other in rows))
    if variant == row.variant:
        raise InputError(
            f"{quoted(variant)} is held against itself here",
            where=where,
            next_step=listing("variants", [name for name in names if name != variant]),
        )
    if variant not in names:
        raise InputError(
            unknown("variant", variant, names), where=where, next_step=listing("variants", names)
        )
    if not any(other.variant == variant and other.axes == row.axes for other in rows):
        axes = ", ".join(f"{axis}={value}" for axis, value in row.axes)
        raise InputError(
            f"{row.label} is held against {variant} here, which has no row with {axes}",
            where=where,
            next_step=f"include that row, or give {row.variant} a budget of its own",
        )


def acceptances(variant: str, declared: MatrixDeclared) -> tuple[Acceptance, ...]:
    """What a variant accepts: its own reasons over the common ones, rule by rule."""
    accepted = {
        entry["rule"]: entry["reason"]
        for entry in (*declared["accept"], *declared["variants"][variant]["accept"])
    }
    return tuple(Acceptance(rule=rule, reason=reason) for rule, reason in accepted.items())


def check_accepted(declared: MatrixDeclared, document: Document, known: Sequence[str]) -> None:
    """Raise InputError for the first rule that there is not, or that one list has twice.

    `known` are all rules; () leaves them unchecked.
    """
    for path, entries in _accepts(declared):
        seen = set[str]()
        for index, entry in enumerate(entries):
            rule, where = entry["rule"], document.place(*path, index, "rule")
            if known and rule not in known:
                raise InputError(unknown("rule", rule, known), where=where, next_step=listing("rules", known))
            if rule in seen:
                raise InputError(
                    f"the rule {quoted(rule)} is accepted here twice",
                    where=where,
                    next_step="delete one of the two",
                )
            seen.add(rule)


def _accepts(declared: MatrixDeclared) -> Iterator[tuple[tuple[str, ...], Sequence[AcceptDeclared]]]:
    yield ("accept",), declared["accept"]
    for variant, own in declared["variants"].items():
        yield ("variants", variant, "accept"), own["accept"]
