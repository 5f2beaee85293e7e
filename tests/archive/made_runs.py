"""Runs and listings for the tests of the archive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from imagematrix import archive
from imagematrix.model import Git, ListedFile, Listing, Result, Run, RunStatus, Table, exact
from tests import made

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "fedcba9876543210fedcba9876543210fedcba98"


def run_id(day: int, letter: str = "a") -> str:
    return f"202601{day:02}T000000Z-{letter * 6}"


def listing(letter: str, *files: tuple[str, int, str]) -> Listing:
    given = files or (("/app/index.js", 7, "app"), ("/bin/sh", 1000, "base system"))
    return Listing(config_digest=made.digest(letter), files=tuple(ListedFile(*file) for file in given))


def of_image(letter: str, *, label: str = "alpine", listed: bool = False) -> Result:
    """A result whose image has this config digest, with its files or without."""
    result = made.result(label)
    assert result.image is not None
    image = replace(result.image, config_digest=made.digest(letter))
    return replace(result, image=image, listing=listing(letter) if listed else None)


def measured(result: Result) -> Result:
    table = exact("bytes_by_origin", Table(columns=("origin", "bytes", "files"), rows=()), method="test")
    return replace(result, measurements=(*result.measurements, table))


def saved(
    results: Path,
    name: str,
    *,
    result: Result | None = None,
    status: RunStatus = RunStatus.PASSED,
    tag: str = "",
    app: str = "app",
    commit: str = COMMIT,
) -> Run:
    """A run that is archived."""
    git = Git(commit=commit, branch="main", dirty=False) if commit else None
    begun = made.run(measured(result or made.result()), status=status)
    started = f"2026-01-{name[6:8]}T00:00:00Z"
    run = replace(begun, id=name, started_at=started, tag=tag, app=app, git=git)
    archive.open_run(results, name).save(run)
    return run
