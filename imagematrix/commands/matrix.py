"""The main job and its parts: matrix, build, smoke, measure; and what they would do."""

from __future__ import annotations

import os
from typing import Final

from imagematrix import archive, engine, hidden, record
from imagematrix.commands.images import some_images
from imagematrix.commands.one_run import one_run
from imagematrix.commands.outcome import Outcome, Show, as_json, places, selected, short
from imagematrix.model import Matrix, Run, RunStatus, Step
from imagematrix.report.budgets import budget_lines
from imagematrix.report.concluded import conclusions
from imagematrix.report.full import full_view
from imagematrix.report.sharing import sharing_table
from imagematrix.report.terminal import run_table
from imagematrix.report.variants import matrix_json, matrix_table
from imagematrix.settings import Settings
from imagematrix.verdicts.advise import advise

_DOES: Final = {
    Step.BUILD: "build and archive",
    Step.SMOKE: "build, smoke-test and archive",
    Step.MEASURE: "build, smoke-test, measure and archive",
}


def matrix(settings: Settings, show: Show) -> Outcome:
    """Build, smoke-test, measure."""
    return _taken(settings, show, until=Step.MEASURE)


def build(settings: Settings, show: Show) -> Outcome:
    """Build alone."""
    return _taken(settings, show, until=Step.BUILD)


def smoke(settings: Settings, show: Show) -> Outcome:
    """Build and smoke-test."""
    return _taken(settings, show, until=Step.SMOKE)


def measure(settings: Settings, show: Show) -> Outcome:
    """As `matrix`, but shown in full."""
    if settings.images or settings.image_archives:
        return some_images(settings, show)
    return _taken(settings, show, until=Step.MEASURE, full=True)


def _taken(settings: Settings, show: Show, *, until: Step, full: bool = False) -> Outcome:
    """Take the selected variants through the steps up to `until`, and archive what came of it."""
    rows = selected(settings)
    if show.dry:
        return plan(rows, show, _DOES[until])
    where = places(settings)
    archive.checked_tag(settings.tag)
    # One that is not set is told before anything is begun.
    secrets = hidden.read(rows, os.environ, where.cache, proxies=settings.proxies)
    with show.progress() as progress:
        found = engine.find(where, notify=progress.notice)
        made, folder = one_run(settings, rows, found, where, progress, until=until, hidden=secrets)
    if show.json:
        shown = as_json(record.to_json(made))
    else:
        shown = run_table(made, short(folder.record), look=show.look)
        shown += budget_lines(made, look=show.look)
        shown += _in_full(made, show) if full else ""
        shown += conclusions(made, advise(made), look=show.look) if until is Step.MEASURE else ""
    return Outcome(text=shown, exit_code=0 if made.status is RunStatus.PASSED else 1)


def _in_full(made: Run, show: Show) -> str:
    """The set under the table; one image alone is shown in full."""
    if len(made.results) == 1:
        return full_view(made.results[0], look=show.look)
    return sharing_table(made.sharing, look=show.look) if made.sharing else ""


def plan(matrix: Matrix, show: Show, does: str) -> Outcome:
    """What a run would do, without touching anything."""
    if show.json:
        return Outcome(text=as_json(matrix_json(matrix)))
    heading = f"would {does}; nothing is touched:\n"
    return Outcome(text=heading + matrix_table(matrix, look=show.look))
