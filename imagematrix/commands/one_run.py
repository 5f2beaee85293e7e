"""One run of a matrix from its beginning to its record."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from imagematrix import archive, pipeline, provenance
from imagematrix.commands.outcome import short
from imagematrix.commands.which import commit
from imagematrix.errors import ImagematrixError
from imagematrix.hidden import Hidden
from imagematrix.model import (
    AtMostMore,
    Budget,
    Engine,
    Listing,
    Matrix,
    Places,
    Result,
    Run,
    RunStatus,
    Status,
    Step,
)
from imagematrix.report.progress import Progress
from imagematrix.report.variants import matrix_json
from imagematrix.settings import Settings
from imagematrix.verdicts.budget_causes import Files
from imagematrix.verdicts.budgets import held, needs_deep
from imagematrix.verdicts.findings import findings
from imagematrix.verdicts.sharing import sharing


def one_run(
    settings: Settings,
    matrix: Matrix,
    found: Engine,
    where: Places,
    progress: Progress,
    *,
    until: Step,
    hidden: Hidden,
) -> tuple[Run, archive.RunFolder]:
    """Take the matrix as far as `until`, archive it after every step, and hold it against its budgets."""
    started, clock = datetime.now(UTC), time.monotonic()
    run_id = archive.new_run_id(where.results, started, progress.notice)
    budgets = {variant.label: variant.budgets for variant in matrix.variants}
    measuring = until is Step.MEASURE
    baselines = _baselines(settings, matrix, where, run_id, progress) if measuring else {}
    folder = archive.open_run(where.results, run_id)
    folder.save_sources(matrix, matrix_json(matrix))
    variants = {variant.label: variant for variant in matrix.variants}
    results = {
        label: replace(pipeline.unfinished(variant), instructions=variant.instructions)
        for label, variant in variants.items()
    }
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
        app=matrix.app.name,
        tag=settings.tag,
    )

    def save(status: RunStatus, held_against: Mapping[str, Sequence[Budget]] | None = None) -> Run:
        seconds = round(time.monotonic() - clock, 3)
        reached = tuple(results.values())
        run = replace(begun, status=status, seconds=seconds, results=reached, sharing=sharing(reached))
        if held_against is not None:
            run = held(run, held_against, baselines, files=_files(where))
        folder.save(run)
        return run

    def keep(result: Result) -> None:
        own = replace(result, instructions=variants[result.label].instructions)
        accepted = variants[result.label].accept
        # What was not measured is not amiss: the rules look at images that were.
        found = findings(own, accepted) if measuring and own.image is not None else own.findings
        results[result.label] = replace(own, findings=found)
        save(RunStatus.INTERRUPTED)

    deep = settings.deep or (measuring and needs_deep(budgets))
    save(RunStatus.INTERRUPTED)
    try:
        way(
            replace(settings, deep=deep),
            matrix,
            found,
            where,
            progress,
            until=until,
            run_id=run_id,
            logs=folder.logs,
            hidden=hidden,
        ).run(keep)
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
    made = save(RunStatus.PASSED if passed else RunStatus.FAILED, budgets if measuring else None)
    return made, folder


def _baselines(
    settings: Settings, matrix: Matrix, where: Places, run_id: str, progress: Progress
) -> dict[str, Run]:
    """The run that each variant is held against whose budgets want one.

    Where they are not all the same one, or one that is named did not pass, the user is told.  Raises InputError
    where one is named that is not there.
    """
    named = settings.baseline or matrix.baseline
    labels = [
        variant.label
        for variant in matrix.variants
        if any(isinstance(budget.limit, AtMostMore) for budget in variant.budgets)
    ]
    if not labels and not named:
        return {}
    found = archive.baselines(
        where.results,
        named,
        run_id,
        app=matrix.app.name,
        labels=labels,
        commit=commit(settings),
        notify=progress.notice,
    )
    runs = {run.id: run for run in found.values()}
    for run in runs.values():
        if lacking := archive.lacks(run) or ("" if run.status is RunStatus.PASSED else "it has failed"):
            progress.notice(f"budgets are held against run {run.id}, as was asked for: {lacking}")
    if len(runs) > 1:
        progress.notice(
            "budgets are held against the last run in which each variant was measured and all passed:"
        )
        for label, run in found.items():
            progress.notice(f"  {label}: run {run.id}")
    return found


def _files(where: Places) -> Files:
    """Gives the files of a result's image: those it has with it, or those that the archive keeps."""

    def files(result: Result) -> Listing | None:
        if result.listing is not None or result.image is None:
            return result.listing
        return archive.listing(where.results, result.image.config_digest)

    return files


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
    hidden: Hidden,
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
        hidden=hidden,
        earlier=lambda: () if settings.fresh else archive.newest_first(where.results),
        listed=lambda config_digest: archive.listed(where.results, config_digest),
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
