"""The archived runs as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imagematrix.model import Status, UnreadableRun
from imagematrix.model.outline import Outline
from imagematrix.report.console import Look, grid
from imagematrix.text import one_line
from imagematrix.units import duration

_HEADINGS = ("run", "status", "variants", "engine", "revision", "tag", "took")


def runs_table(runs: Sequence[Outline | UnreadableRun], *, look: Look) -> str:
    """One row a run, oldest first."""
    if not runs:
        return "no such run is archived here; `invoke matrix` makes one\n"
    return grid(
        _HEADINGS,
        [_row(run) for run in runs],
        look=look,
        right=("took",),
        whole=("run", "status", "took"),
        least=("engine", "took", "tag", "revision"),
    )


def _row(run: Outline | UnreadableRun) -> tuple[str, ...]:
    if isinstance(run, UnreadableRun):
        return run.id, "unreadable", one_line(run.reason), "", "", "", ""
    ended = [variant.status for variant in run.variants if not variant.unfinished]
    counts = [f"{count} {status}" for status in Status if (count := ended.count(status))]
    if left := len(run.variants) - len(ended):
        counts.append(f"{left} {'to come' if run.running else 'not finished'}")
    git = f"{run.git.commit[:9]}{' changed' if run.git.dirty else ''}" if run.git else "-"
    engine = f"{run.engine.name} {run.engine.version} {run.engine.image_store}"
    tag = run.tag or "-"
    return (
        run.id,
        "running" if run.running else run.status.value,
        ", ".join(counts),
        one_line(engine),
        one_line(git),
        one_line(tag),
        duration(run.seconds),
    )


def runs_json(runs: Sequence[Outline | UnreadableRun]) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {"id": run.id, "status": "unreadable", "reason": run.reason}
        if isinstance(run, UnreadableRun)
        else {
            "id": run.id,
            "status": run.status.value,
            "running": run.running,
            "started_at": run.started_at,
            "seconds": run.seconds,
            "app": run.app,
            "tag": run.tag,
            "git": run.git and {"commit": run.git.commit, "branch": run.git.branch, "dirty": run.git.dirty},
            "variants": {variant.label: variant.status.value for variant in run.variants},
        }
        for run in runs
    ]
