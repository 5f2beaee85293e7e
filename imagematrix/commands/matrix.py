"""The main job and its parts: matrix, build, smoke, measure; and what they would do."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from imagematrix import archive, engine, pipeline, provenance, record
from imagematrix.commands.images import some_images
from imagematrix.commands.outcome import Outcome, Show, as_json, places, selected, short
from imagematrix.errors import ImagematrixError
from imagematrix.model import Engine, Matrix, Places, Result, Run, RunStatus, Status, Step
from imagematrix.report.full import full_view
from imagematrix.report.progress import Progress
from imagematrix.report.sharing import sharing_table
from imagematrix.report.terminal import run_table
from imagematrix.report.variants import matrix_json, matrix_table
from imagematrix.settings import Settings
from imagematrix.verdicts.sharing import sharing

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
    if settings.images or settings.image_archive:
        return some_images(settings, show)
    return _taken(settings, show, until=Step.MEASURE, full=True)


def _taken(settings: Settings, show: Show, *, until: Step, full: bool = False) -> Outcome:
    """Take the selected variants through the steps up to `until`, and archive what came of it."""
    rows = selected(settings)
    if show.dry:
        return plan(rows, show, _DOES[until])
    where = places(settings)
    with show.progress() as progress:
        found = engine.find(where, notify=progress.notice)
        made, folder = _run(settings, rows, found, where, progress, until=until)
    if show.json:
        shown = as_json(record.to_json(made))
    else:
        shown = run_table(made, short(folder.record), look=show.look)
        shown += _in_full(made, show) if full else ""
    return Outcome(text=shown, exit_code=0 if made.status is RunStatus.PASSED else 1)


def _in_full(made: Run, show: Show) -> str:
    """The set under the table; one image alone is shown in full."""
    if len(made.results) == 1:
        return full_view(made.results[0], look=show.look)
    return sharing_table(made.sharing, look=show.look) if made.sharing else ""


def _run(
    settings: Settings, matrix: Matrix, found: Engine, where: Places, progress: Progress, *, until: Step
) -> tuple[Run, archive.RunFolder]:
    started, clock = datetime.now(UTC), time.monotonic()
    run_id = archive.new_run_id(started)
    folder = archive.open_run(where.results, run_id)
    results = {variant.label: pipeline.unfinished(variant) for variant in matrix.variants}
    begun = Run(
        id=run_id,
        started_at=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=0.0,
        status=RunStatus.INTERRUPTED,
        engine=found.facts,
        host=provenance.host(),
        git=provenance.git(matrix.folder),
        results=(),
        sharing=None,
    )

    def save(status: RunStatus) -> Run:
        seconds = round(time.monotonic() - clock, 3)
        reached = tuple(results.values())
        run = replace(begun, status=status, seconds=seconds, results=reached, sharing=sharing(reached))
        folder.save(run)
        return run

    def keep(result: Result) -> None:
        results[result.label] = result
        save(RunStatus.INTERRUPTED)

    try:
        way(settings, matrix, found, where, progress, until=until, run_id=run_id, logs=folder.logs).run(keep)
    except ImagematrixError as error:
        for label, result in results.items():
            if result.status is Status.SKIPPED:
                results[label] = replace(
                    result, reason=f"the run ended before this was finished: {error.what}"
                )
        save(RunStatus.FAILED)
        progress.notice(f"what was reached is kept in {short(folder.record)}")
        raise
    except KeyboardInterrupt:
        save(RunStatus.INTERRUPTED)
        progress.notice(f"interrupted: what was reached is kept in {short(folder.record)}")
        raise
    passed = not any(result.status is Status.FAILED for result in results.values())
    return save(RunStatus.PASSED if passed else RunStatus.FAILED), folder


def way(
    settings: Settings,
    matrix: Matrix,
    found: Engine,
    where: Places,
    progress: Progress,
    *,
    until: Step,
    run_id: str,
    logs: Path,
) -> pipeline.Pipeline:
    """The pipeline that these settings ask for."""
    options = pipeline.Options(
        until=until,
        jobs=settings.jobs,
        bases=settings.bases,
        build_args=settings.proxies,
        secrets=(("ca", settings.ca_bundle),) if settings.ca_bundle else (),
        deep=settings.deep,
        exact_download=settings.exact_download,
        repeat=settings.repeat,
        host_id=provenance.host().id,
        earlier=lambda: () if settings.fresh else archive.newest_first(where.results),
    )
    return pipeline.Pipeline(
        steps=pipeline.Steps(
            matrix=matrix,
            engine=found,
            options=options,
            places=where,
            run_id=run_id,
            logs=logs,
            listener=progress,
            stop=threading.Event(),
            one_start=threading.Lock(),
        )
    )


def plan(matrix: Matrix, show: Show, does: str) -> Outcome:
    """What a run would do, without touching anything."""
    if show.json:
        return Outcome(text=as_json(matrix_json(matrix)))
    heading = f"would {does}; nothing is touched:\n"
    return Outcome(text=heading + matrix_table(matrix, look=show.look))
