"""What was taken over is known by its mark."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import Result
from imagematrix.verdicts.taken_over import at_other_times, measured_in, surely_less
from tests.verdicts.advised import EARLIER, variant


def marked(result: Result, run_id: str = EARLIER) -> Result:
    """As a run takes the figures over."""
    kept = tuple(measurement.taken_over(run_id) for measurement in result.measurements)
    return replace(result, measurements=kept)


def test_the_run_that_measured_it_is_known() -> None:
    result = variant("a")
    assert measured_in(result, "start_seconds") == ""
    assert measured_in(marked(result), "start_seconds") == EARLIER
    assert measured_in(marked(marked(result), "later"), "start_seconds") == EARLIER
    assert measured_in(result, "no_such_figure") == ""


@pytest.mark.parametrize(("name", "told"), [("start_seconds", False), ("memory_idle_bytes", True)])
def test_a_time_of_another_run_is_no_less_and_memory_is(name: str, told: bool) -> None:
    less, more = variant("a", start=0.1, memory=10), variant("b", start=0.9, memory=90)
    assert surely_less(less, more, name)
    assert at_other_times(marked(less), more, name) is not told
    assert surely_less(marked(less), more, name) is told
    assert surely_less(marked(less), marked(more), name)
    assert not surely_less(marked(less), marked(more, "20261122T000000Z-000001"), "start_seconds")
