"""What several formats ask of a result."""

from __future__ import annotations

from imagematrix.model import Base, BaseSource, BudgetStatus, Measurement, Result, Status, Step
from imagematrix.text import one_line

_STEPS = tuple(f"{step}: " for step in Step)


def figures(result: Result) -> dict[str, Measurement]:
    """Its measurements by their names."""
    return {measurement.name: measurement for measurement in result.measurements}


def base_of(result: Result) -> Base | None:
    """The base image that the image lies on, not those of its other build stages; None where it is not known."""
    found = figures(result).get("base")
    if found is None or not found.measured:
        return None
    return next((base for base in result.bases if base.reference == found.value), None)


def on_stand_in(result: Result) -> bool:
    """Whether figures of this result are figures of a stand-in base image."""
    base = base_of(result)
    return base is not None and base.source is BaseSource.STAND_IN


def failed_step(result: Result) -> str:
    """The step that failed a variant; "" where none did: it passed, was skipped, or broke budgets alone."""
    if result.status is not Status.FAILED:
        return ""
    if result.reason.startswith(_STEPS):
        return result.reason.partition(": ")[0]
    broken = any(budget.status is not BudgetStatus.KEPT for budget in result.budgets)
    return "" if broken else "variant"


def plain(text: str) -> str:
    """A text for a format of data: one line, no control does anything, and all of it can be encoded."""
    return one_line(text).encode("utf-8", "backslashreplace").decode()
