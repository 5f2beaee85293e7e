"""Budgets: what a figure or an answer may be at most, or must be; and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True, slots=True)
class AtMost:
    """An absolute limit, in the measurement's unit: `60MB` is 60_000_000 bytes, `500ms` is 0.5 seconds."""

    limit: int | float


@dataclass(frozen=True, kw_only=True, slots=True)
class AtMostTimes:
    """A limit by another variant of the same run: `<= 0.2 x vanilla`."""

    factor: float
    variant: str  # its name; of its rows, the one with the same axis values


@dataclass(frozen=True, kw_only=True, slots=True)
class AtMostMore:
    """A limit by the same variant in the baseline run: `+1%`, `+5MB`."""

    percent: float
    more: int | float  # in the measurement's unit


@dataclass(frozen=True, kw_only=True, slots=True)
class Must:
    """An answer: `shells: none`, `user: non-root`, `stops: gracefully`."""

    word: str


Limit: TypeAlias = AtMost | AtMostTimes | AtMostMore | Must


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """One line under `budgets` of the matrix file."""

    name: str  # "max_download", "shells"
    text: str  # as it is written: "60MB", "<= 0.2 x vanilla", "none"
    measurement: str  # that it is held against: "download_bytes", "shells"
    limit: Limit


class BudgetStatus(StrEnum):
    """How a variant stands to a budget."""

    KEPT = "kept"
    BROKEN = "broken"
    UNDECIDED = "undecided"  # the figure, or what it is held against, was not measured: counts as broken
    NOT_HELD = "not held"  # there is nothing to hold it against yet, or not in this part of the matrix

    @property
    def fails(self) -> bool:
        """Whether the variant fails by it."""
        return self in (BudgetStatus.BROKEN, BudgetStatus.UNDECIDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetResult:
    """What became of one budget of one variant."""

    name: str
    text: str
    measurement: str
    status: BudgetStatus
    reason: str  # one sentence: "82.1 MB is 22.1 MB over 60 MB"
    causes: tuple[str, ...]  # of a broken one, the most weighty first: "package lodash 4.17.21: 1.4 MB more"


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """A finding that the matrix file accepts, and why."""

    rule: str  # of `Finding`
    reason: str
