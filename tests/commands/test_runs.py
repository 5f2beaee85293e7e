from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive, settings
from imagematrix.commands.outcome import Outcome, Show
from imagematrix.commands.runs import runs
from imagematrix.errors import InputError
from imagematrix.model import RunStatus
from imagematrix.report.console import Look
from imagematrix.report.progress import Progress
from tests import made
from tests.archive.made_runs import COMMIT, OTHER, of_image, run_id, saved

Do = Callable[..., Outcome]


def no_progress() -> Progress:
    raise AssertionError("a list has no progress to tell")


@pytest.fixture
def do(tmp_path: Path) -> Do:
    """Runs of the days 1 to 4, and one that cannot be read."""
    results = tmp_path / "results"
    saved(results, run_id(1), result=made.result("slim"))
    saved(results, run_id(2), tag="v1", commit=OTHER)
    saved(results, run_id(3), tag="v1", commit="", status=RunStatus.FAILED)
    saved(results, run_id(4), result=of_image("e", label="alpine-node22", listed=True))
    (results / run_id(5)).mkdir()

    def run(*, json: bool = False, dry: bool = False, **flags: object) -> Outcome:
        resolved = settings.resolve({}, {"file": str(tmp_path / "variants.yml"), **flags}, {})
        look = Look(width=160, color=False)
        return runs(resolved, Show(look=look, json=json, dry=dry, progress=no_progress))

    return run


def days(outcome: Outcome) -> list[int]:
    return [int(run["id"][6:8]) for run in json.loads(outcome.text)]


def test_all_runs_oldest_first_with_tag_and_revision(do: Do) -> None:
    outcome = do()
    lines = [line.split() for line in outcome.text.splitlines() if line.strip().startswith("2026")]
    assert [line[0] for line in lines] == [run_id(day) for day in (1, 2, 3, 4, 5)]
    assert lines[1][1:4] == ["passed", "1", "passed"]
    assert lines[1][-4:] == [OTHER[:9], "v1", "34.5", "s"]
    assert lines[2][-4:] == ["-", "v1", "34.5", "s"]
    assert lines[4][1] == "unreadable"
    assert outcome.exit_code == 0


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"variant": ["slim"]}, [1]),
        ({"variant": ["alp*"]}, [2, 3, 4]),
        ({"variant": ["slim", "alpine"]}, [1, 2, 3]),
        ({"tag": "v1"}, [2, 3]),
        ({"tag": "v"}, []),
        ({"revision": OTHER[:4]}, [2]),
        ({"revision": COMMIT.upper()}, [1, 4]),
        ({"since": "2026-01-03"}, [3, 4, 5]),
        ({"until": "2026-01-02"}, [1, 2]),
        ({"since": "2026-01-02", "until": "2026-01-03"}, [2, 3]),
        ({"since": "2026-01-02T00:00:01"}, [3, 4, 5]),
        ({"until": "2026-01-01T23:59:59Z"}, [1]),
        ({"until": "2026-01-02T01:00+02:00"}, [1]),
        ({"since": "2027-01-01"}, []),
        ({"since": "0001-01-01", "until": "9999-12-31", "tag": "v1", "revision": OTHER[:8]}, [2]),
    ],
)
def test_runs_that_are_asked_for(do: Do, flags: dict[str, object], found: list[int]) -> None:
    assert days(do(json=True, **flags)) == found


def test_what_machines_get_of_a_run(do: Do) -> None:
    assert json.loads(do(json=True, revision=OTHER).text) == [
        {
            "id": run_id(2),
            "status": "passed",
            "running": False,
            "started_at": "2026-01-02T00:00:00Z",
            "seconds": 34.5,
            "app": "app",
            "tag": "v1",
            "git": {"commit": OTHER, "branch": "main", "dirty": False},
            "variants": {"alpine": "passed"},
        }
    ]
    unreadable = json.loads(do(json=True, since="2026-01-05").text)[0]
    assert unreadable["status"] == "unreadable"
    assert "no record of a run" in unreadable["reason"]


def test_a_run_in_progress_is_told_from_one_that_was_interrupted(do: Do, tmp_path: Path) -> None:
    results = tmp_path / "results"
    held = archive.open_run(results, run_id(6))
    ended = archive.open_run(results, run_id(7))
    archive.open_run(results, run_id(8))
    for folder in (held, ended):
        folder.save(replace(made.run(status=RunStatus.INTERRUPTED), id=folder.path.name))
    fcntl.flock(ended.lock, fcntl.LOCK_UN)  # as the kernel does when the process ends
    told = json.loads(do(json=True, since="2026-01-06").text)
    assert [(run["status"], run.get("running")) for run in told] == [
        ("interrupted", True),
        ("interrupted", False),
        ("unreadable", None),
    ]
    assert told[2]["reason"] == "it is running, and nothing is reached yet"
    lines = do(since="2026-01-06").text.splitlines()
    assert [line.split()[1] for line in lines if line.strip().startswith("2026")] == [
        "running",
        "interrupted",
        "unreadable",
    ]


def test_a_variant_that_no_run_has_is_refused_with_those_that_there_are(do: Do) -> None:
    labels = {label for run in json.loads(do(json=True).text) for label in run.get("variants", {})}
    for json_ in (False, True):
        with pytest.raises(InputError, match="no archived run has a variant 'nope'") as caught:
            do(variant=["alp*", "nope"], json=json_)
        assert caught.value.where == "--variant"
        assert all(label in caught.value.next_step for label in labels)
    assert json.loads(do(json=True, variant=["alp*"], tag="none").text) == []  # there, but not among these


def test_no_run_at_all_says_how_to_make_one(do: Do) -> None:
    assert "`invoke matrix` makes one" in do(tag="none").text
    assert do(json=True, tag="none").text == "[]\n"


@pytest.mark.parametrize(
    ("flags", "where"),
    [
        ({"since": "tomorrow"}, "--since"),
        ({"until": "2026-02-30"}, "--until"),
        ({"until": "\x1b[2J"}, "--until"),
        ({"revision": "main"}, "--revision"),
        ({"revision": "abc"}, "--revision"),
        ({"keep": "3"}, "--keep"),
        ({"prune": True}, "--keep"),
        ({"prune": True, "keep": "0"}, "--keep"),
        ({"prune": True, "keep": "-1"}, "--keep"),
        ({"prune": True, "keep": "all"}, "--keep"),
        ({"prune": True, "keep": "1" * 5000}, "--keep"),
        ({"prune": True, "keep": "3", "tag": "v1"}, "--tag"),
        ({"prune": True, "keep": "3", "until": "2026-01-01"}, "--until"),
    ],
)
def test_what_cannot_be_meant_is_refused(do: Do, flags: dict[str, object], where: str) -> None:
    with pytest.raises(InputError) as caught:
        do(**flags)
    assert caught.value.where == where
    assert "\x1b" not in str(caught.value)


def test_pruning_says_what_went_and_what_stayed(do: Do, tmp_path: Path) -> None:
    for name in (run_id(6), run_id(7)):
        saved(tmp_path / "results", name)
    dry = do(prune=True, keep="2", dry=True).text
    assert len(list(archive.outlines(tmp_path / "results"))) == 7
    told = do(prune=True, keep="2").text
    assert dry == told.replace("removed", "would remove")
    assert told.splitlines() == [
        f"removed run {run_id(5)}",
        f"removed run {run_id(4)}",
        f"removed run {run_id(1)}",
        f"removed the files of image {made.digest('e')}, which no run refers to",
        f"kept run {run_id(3)}: it has the tag v1",
        f"kept run {run_id(2)}: it has the tag v1",
    ]
    assert do(prune=True, keep="4").text == "there is nothing to remove\n"


def test_pruning_for_machines(do: Do) -> None:
    assert json.loads(do(json=True, prune=True, keep="3", dry=True).text) == {
        "removed": False,
        "runs": [run_id(1)],
        "stayed": [{"id": run_id(2), "reason": "it has the tag v1"}],
        "listings": [],
        "listings_stayed": "",
    }
