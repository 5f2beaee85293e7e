"""The archived runs as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imagematrix.model import Run, Status, UnreadableRun
from imagematrix.report.console import Look, grid
from imagematrix.report.units import duration


def runs_table(runs: Sequence[Run | UnreadableRun], *, look: Look) -> str:
    """One row a run, oldest first."""
    if not runs:
        return "no runs are archived here; `invoke matrix` makes the first\n"
    rows = [_row(run) for run in runs]
    return grid(("run", "status", "variants", "engine", "revision", "took"), rows, look=look, right=("took",))


def _row(run: Run | UnreadableRun) -> tuple[str, ...]:
    if isinstance(run, UnreadableRun):
        return run.id, "unreadable", run.reason, "", "", ""
    counts = ", ".join(
        f"{count} {status}" for status in Status if (count := sum(r.status is status for r in run.results))
    )
    git = f"{run.git.commit[:9]}{' changed' if run.git.dirty else ''}" if run.git else "-"
    engine = f"{run.engine.name} {run.engine.version} {run.engine.image_store}"
    return run.id, run.status.value, counts, engine, git, duration(run.seconds)


def runs_json(runs: Sequence[Run | UnreadableRun]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {"id": run.id, "status": "unreadable", "reason": run.reason}
        if isinstance(run, UnreadableRun)
        else {
            "id": run.id,
            "status": run.status.value,
            "started_at": run.started_at,
            "seconds": run.seconds,
            "variants": {result.label: result.status.value for result in run.results},
        }
        for run in runs
    ]
