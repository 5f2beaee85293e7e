"""Which run a word means, where the checkout beside the matrix file is asked too."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix import settings
from imagematrix.commands.outcome import Show
from imagematrix.commands.which import concluded_from, which
from imagematrix.errors import InputError
from imagematrix.model import RunStatus
from imagematrix.report.console import Look
from tests.archive.made_runs import run_id, saved
from tests.checkouts import git
from tests.commands.noticed import Noticed


@pytest.fixture
def hashes(tmp_path: Path) -> list[str]:
    """A checkout of two commits, the newest first, with a run of each."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    found: list[str] = []
    for day in (1, 2):
        git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "x")
        head = git(tmp_path, "rev-parse", "HEAD")
        found.insert(0, head)
        saved(tmp_path / "results", run_id(day), commit=found[0])
    saved(tmp_path / "results", run_id(3), commit="f" * 40)
    return found


def given(tmp_path: Path, noticed: Noticed) -> tuple[settings.Settings, Show]:
    resolved = settings.resolve({}, {"file": str(tmp_path / "variants.yml")}, {})
    return resolved, Show(look=Look(width=100, color=False), json=False, dry=False, progress=lambda: noticed)


@pytest.mark.parametrize(
    ("text", "day"), [("HEAD", 2), ("main", 2), ("HEAD~1", 1), ("main^", 1), ("", 3), ("latest", 3)]
)
def test_what_git_calls_a_commit_is_one(tmp_path: Path, hashes: list[str], text: str, day: int) -> None:
    assert which(*given(tmp_path, Noticed()), text).id == run_id(day)
    assert len(hashes) == 2


def test_a_commit_without_a_run_is_told_by_its_hash(tmp_path: Path, hashes: list[str]) -> None:
    results = tmp_path / "results"
    (results / run_id(2)).rename(results / "elsewhere")
    with pytest.raises(InputError, match=f"no run 'HEAD': none is of the commit {hashes[0][:12]}"):
        which(*given(tmp_path, Noticed()), "HEAD")


def test_what_was_passed_over_and_what_is_lacking_is_told(tmp_path: Path) -> None:
    results, noticed = tmp_path / "results", Noticed()
    saved(results, run_id(1))
    saved(results, run_id(2))
    (results / run_id(2) / "run.json").write_text("")
    saved(results, run_id(3), status=RunStatus.INTERRUPTED)
    assert concluded_from(*given(tmp_path, noticed), "").id == run_id(1)
    (line,) = noticed.lines
    assert line.startswith(f"run {run_id(2)} is passed over: not a record")
    concluded_from(*given(tmp_path, noticed), run_id(3))
    assert noticed.lines[-1].startswith(f"run {run_id(3)}: it has not ended")
    which(*given(tmp_path, noticed), run_id(3))
    assert len(noticed.lines) == 2
