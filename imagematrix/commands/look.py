"""Commands that look: list, history."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from imagematrix import archive, engine, hidden, scratch
from imagematrix.commands.matrix import plan
from imagematrix.commands.one_run import way
from imagematrix.commands.outcome import Outcome, Show, as_json, places, selected
from imagematrix.model import EngineImage, Result, Step
from imagematrix.report.harmless import harmless
from imagematrix.report.history import history_json, history_table
from imagematrix.report.variants import matrix_json, matrix_table
from imagematrix.settings import Settings


def list_variants(settings: Settings, show: Show) -> Outcome:
    """The selected rows of the matrix."""
    matrix = selected(settings)
    return Outcome(text=as_json(matrix_json(matrix)) if show.json else matrix_table(matrix, look=show.look))


def history(settings: Settings, show: Show) -> Outcome:
    """The history of each selected variant's image, built first where it is not; nothing is archived."""
    matrix = selected(settings)
    if show.dry:
        return plan(matrix, show, "build, and show the history")
    where = places(settings)
    secrets = hidden.read(matrix, os.environ, where.cache, proxies=settings.proxies)
    results: dict[str, Result] = {}
    with show.progress() as progress, scratch.folder(where.cache / "scratch") as logs:
        found = engine.find(where, notify=progress.notice)
        run_id = archive.new_run_id(where.results, datetime.now(UTC))
        steps = way(
            settings,
            matrix,
            found,
            where,
            progress,
            until=Step.BUILD,
            run_id=run_id,
            logs=logs,
            hidden=secrets,
        )
        steps.run(lambda result: results.update({result.label: result}))
    images = [(r.label, r.image) for r in results.values() if isinstance(r.image, EngineImage)]
    failed = [f"{r.label} {r.status}: {harmless(r).reason}\n" for r in results.values() if r.reason]
    code = 1 if failed else 0
    if show.json:
        return Outcome(text=as_json(dict(history_json(*each) for each in images)), exit_code=code)
    tables = [history_table(*each, look=show.look) for each in images]
    return Outcome(text="\n".join([*tables, *failed]), exit_code=code)
