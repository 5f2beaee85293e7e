"""Figures of behaviour that a run took over from an earlier one: they were measured at another time.

The machine may have been busier then, and a test over the single starts knows nothing of that.  So where the
start-ups of two variants come from different runs, neither is said to be faster.  Memory is no matter of how
busy a machine is.
"""

from __future__ import annotations

from typing import Final

from imagematrix.model import Result
from imagematrix.verdicts import apart
from imagematrix.verdicts.told import told

_OF_THE_TIME: Final = ("start_seconds",)


def measured_in(result: Result, name: str) -> str:
    """The id of the earlier run that measured it; "" where it is of the result's own run."""
    found = told(result).get(name)
    return found.measured_in if found is not None else ""


def at_other_times(one: Result, other: Result, name: str) -> bool:
    """Whether what tells two figures apart may be the machine rather than the images."""
    return name in _OF_THE_TIME and measured_in(one, name) != measured_in(other, name)


def surely_less(one: Result, other: Result, name: str) -> bool:
    """Whether the one's figure is less by more than noise, and not by when it was measured."""
    return not at_other_times(one, other, name) and apart.less(one, other, name)
