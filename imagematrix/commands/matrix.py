"""The main job and its parts: matrix, build, smoke, measure; and what they would do."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from imagematrix import archive, engine, pipeline, provenance, record
from imagematrix.commands.outcome import Outcome, Show, as_json, places, selected, short
from imagematrix.model import Engine, Matrix, Places, Result, Run, RunStatus, Status, Step
from imagematrix.report.progress import Progress
from imagematrix.report.terminal import run_table
from imagematrix.report.variants import matrix_json, matrix_table
from imagematrix.settings import Settings


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
    return _taken(settings, show, until=Step.MEASURE)


def _taken(settings: Settings, show: Show, *, until: Step) -> Outcome:
    """Take the selected variants through the steps up to `until`, and archive what came of it."""
    rows = selected(settings)
    if show.dry:
        return plan(rows, show, until)
    where = places(settings)
    with show.progress() as progress:
        found = engine.find(where, notify=progress.notice)
        made, folder = _run(settings, rows, found, where, progress, until=until)
    shown = (
        as_json(record.to_json(made)) if show.json else run_table(made, short(folder.record), look=show.look)
    )
    return Outcome(text=shown, exit_code=0 if made.status is RunStatus.PASSED else 1)


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
    )

    def save(status: RunStatus) -> Run:
        seconds = round(time.monotonic() - clock, 3)
        run = replace(begun, status=status, seconds=seconds, results=tuple(results.values()))
        folder.save(run)
        return run

    def keep(result: Result) -> None:
        results[result.label] = result
        save(RunStatus.INTERRUPTED)

    save(RunStatus.INTERRUPTED)
    way(settings, matrix, found, where, progress, until=until, run_id=run_id, logs=folder.logs).run(keep)
    passed = all(result.status is Status.PASSED for result in results.values())
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
    )
    return pipeline.Pipeline(
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


def plan(matrix: Matrix, show: Show, until: Step) -> Outcome:
    """What a run would do, without touching anything."""
    if show.json:
        return Outcome(text=as_json(matrix_json(matrix)))
    steps = {Step.BUILD: "build", Step.SMOKE: "build, smoke-test", Step.MEASURE: "build, smoke-test, measure"}
    heading = f"would {steps[until]} and archive, nothing is touched:\n"
    return Outcome(text=heading + matrix_table(matrix, look=show.look))
