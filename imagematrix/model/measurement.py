"""A figure or an answer, and how it was got; or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias

_FROM: Final = "; measured in run "


class How(StrEnum):
    """How a figure was got, or why there is none."""

    EXACT = "exact"
    ESTIMATED = "estimated"
    NOT_APPLICABLE = "not_applicable"
    UNAVAILABLE = "unavailable"


Cell: TypeAlias = int | float | str | bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows of like things: the largest files, the packages.  Units are in the columns' names."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


Value: TypeAlias = int | float | str | bool | tuple[str, ...] | tuple[float, ...] | Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """A figure or an answer about one image, and how it was got.

    Make one by `exact`, `estimated`, `measured`, `not_applicable` or `unavailable` below.  `value` may be read only
    where `measured` is true; `reason` is the method where it is, and why there is no value where not.
    """

    name: str
    unit: str  # "bytes", "seconds", "" for words
    how: How
    reason: str
    value: Value = ""

    @property
    def measured(self) -> bool:
        return self.how in (How.EXACT, How.ESTIMATED)

    @property
    def measured_in(self) -> str:
        """The id of the earlier run that it was taken over from; "" where its own run measured it."""
        return self.reason.rpartition(_FROM)[2] if _FROM in self.reason else ""

    def taken_over(self, run_id: str) -> Measurement:
        """The same with the run that it was measured in; one that was taken over before names that one already."""
        return self if self.measured_in else replace(self, reason=f"{self.reason}{_FROM}{run_id}")


def measured(how: How, name: str, value: Value, *, unit: str = "", method: str) -> Measurement:
    """`exact` or `estimated`, as `how` says."""
    return Measurement(name=name, unit=unit, how=how, reason=method, value=value)


def exact(name: str, value: Value, *, unit: str = "", method: str) -> Measurement:
    return measured(How.EXACT, name, value, unit=unit, method=method)


def estimated(name: str, value: Value, *, unit: str = "", method: str) -> Measurement:
    return measured(How.ESTIMATED, name, value, unit=unit, method=method)


def not_applicable(name: str, reason: str, *, unit: str = "") -> Measurement:
    """There is no such thing to measure, and that is an answer: a distroless image has no shell."""
    return Measurement(name=name, unit=unit, how=How.NOT_APPLICABLE, reason=reason)


def unavailable(name: str, reason: str, *, unit: str = "") -> Measurement:
    """There is such a thing, but it could not be measured here."""
    return Measurement(name=name, unit=unit, how=How.UNAVAILABLE, reason=reason)
