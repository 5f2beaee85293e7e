"""Comparisons for the tests of their views."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from enum import Enum
from typing import Any

from imagematrix.model import BudgetStatus
from imagematrix.model.difference import Comparison
from imagematrix.verdicts.compare import compare
from tests import made
from tests.report.reports import BROKEN, FINDING, KEPT
from tests.verdicts.pairs import BASE, answer, dpkg, grown, layer, origins, result, starts

NEW_ID = "20261125T024000Z-3fa9c1"


def full() -> Comparison:
    """Every kind of difference there is, in one pair; another that is the same; and one on each side alone."""
    old, new, old_files, new_files = grown()
    fast = starts(0.20, 0.21, 0.22, 0.23, 0.24, key="k1")
    slow = starts(0.30, 0.31, 0.32, 0.33, 0.34, key="k2")
    old = replace(
        old,
        measurements=(
            *old.measurements,
            *fast,
            dpkg(("bash", "5.2")),
            origins(("app", 5, 1)),
            answer("shells", ("bash", "sh")),
            answer("user", "root"),
            answer("download_bytes", 100, unit="bytes"),
            answer("app_bytes", 5, unit="bytes"),
        ),
        findings=(FINDING,),
        budgets=(KEPT,),
    )
    new = replace(
        new,
        measurements=(
            *new.measurements,
            *slow,
            dpkg(("bash", "5.3")),
            origins(("app", 7, 1)),
            answer("shells", ("sh",)),
            answer("user", "node"),
            answer("app_bytes", 7, unit="bytes"),
        ),
        findings=(replace(FINDING, rule="waste", text="chmod copied 40 MB"),),
        budgets=(replace(KEPT, status=BudgetStatus.BROKEN, reason="12 MB over"), BROKEN),
    )
    same = result("same", "c", (BASE, layer("9", 5, "RUN x")))
    before, after = made.result("before"), made.result("after")
    return compare(
        made.run(old, same, before),
        replace(made.run(new, same, after), id=NEW_ID, tag="v2"),
        {made.digest("a"): old_files, made.digest("b"): new_files}.get,
    )


def planted(text: str) -> Comparison:
    """The same with a text in every place that holds one; names of measurements find what is shown."""
    found: Comparison = _planted(full(), text)
    return found


def _planted(value: Any, text: str) -> Any:
    if isinstance(value, Enum):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        keep = {"name", "unit"} if hasattr(value, "unit") or hasattr(value, "how") else {"columns"}
        return replace(
            value,
            **{
                f.name: _planted(getattr(value, f.name), text)
                for f in dataclasses.fields(value)
                if f.name not in keep
            },
        )
    if isinstance(value, tuple):
        return tuple(_planted(each, text) for each in value)
    return text if isinstance(value, str) else value
