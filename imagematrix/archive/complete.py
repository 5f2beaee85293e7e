"""Whether a run is one to conclude from: it has ended, and measured what it built."""

from __future__ import annotations

from imagematrix.model import Result, Run, RunStatus, Status, Step


def lacks(run: Run) -> str:
    """What a run lacks to be concluded from, as a sentence; "" where it lacks nothing.

    Of a run in which no image came to be measured nothing is lacking: that is what it came to.
    """
    if run.status is RunStatus.INTERRUPTED:
        return "it has not ended: it was interrupted, or it is still running"
    if any(_passed_by(result) for result in run.results):
        return "it measured nothing: it built images, and no more than tested them"
    return ""


def _passed_by(result: Result) -> bool:
    """Whether this variant came past the point at which it would have been measured."""
    past = result.status is Status.PASSED or result.ended_in == Step.SMOKE
    return past and not result.looked_into
