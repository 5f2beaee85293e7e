"""A figure over the archived runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One run's figure."""

    run_id: str
    started_at: str  # ISO 8601, UTC
    commit: str  # "" outside a checkout
    tag: str  # "" for none
    value: int | float
    dirty: bool = False  # the checkout had changes that its commit does not tell of
    estimated: bool = False  # the value is


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A step in a figure: the run where it came in."""

    run_id: str
    commit: str
    before: int | float
    after: int | float
    dirty: bool = False  # as that run's Point
    before_estimated: bool = False
    after_estimated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One figure of one variant, oldest first; runs that did not measure it are left out."""

    label: str
    measurement: str
    unit: str  # "bytes", "seconds"
    points: tuple[Point, ...]
    changes: tuple[Change, ...]
