from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.errors import InputError
from imagematrix.model import Git, Run, RunStatus, Status, exact
from tests import made
from tests.archive.made_runs import COMMIT, OTHER, run_id, saved

GIT = Git(commit=COMMIT, branch="main", dirty=False)


@pytest.fixture
def results(five: Path, tmp_path: Path) -> Path:
    """Five runs, of the days 1 to 5; the last has ended badly."""
    return Path(shutil.copytree(five, tmp_path / "results"))


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those, written once: a record is synced to the disk, which takes its time."""
    folder = tmp_path_factory.mktemp("five")
    saved(folder, run_id(1), tag="v1")
    saved(folder, run_id(2), tag="v1", commit=OTHER)
    saved(folder, run_id(3), commit="")
    saved(folder, run_id(4), app="another")
    saved(folder, run_id(5), status=RunStatus.FAILED)
    return folder


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", 5),
        ("latest", 5),
        (" latest\n", 5),
        ("previous", 4),
        ("latest~0", 5),
        ("latest~1", 4),
        ("latest~4", 1),
        (run_id(2), 2),
        ("20260103", 3),
        ("20260103T", 3),
        ("20260103T000000Z-aa", 3),
        ("v1", 2),
        (COMMIT, 5),
        (COMMIT[:7], 5),
        (COMMIT[:12].upper(), 5),
        (OTHER[:7], 2),
    ],
)
def test_what_a_text_means(results: Path, text: str, day: int) -> None:
    assert archive.resolve(results, text).id == run_id(day)


def test_latest_and_previous_have_ended_and_measured(results: Path) -> None:
    """`build` and `smoke` leave runs that measured nothing; one in progress has not come to its end."""
    bare(results, run_id(6))
    bare(results, run_id(7), smoked=True)
    saved(results, run_id(8), status=RunStatus.INTERRUPTED)
    assert [archive.resolve(results, text).id for text in ("", "previous", "latest~4")] == [
        run_id(5),
        run_id(4),
        run_id(1),
    ]
    with pytest.raises(InputError, match="of 8 archived runs 5 have ended and measured"):
        archive.resolve(results, "latest~5")
    assert archive.resolve(results, run_id(7)).id == run_id(7)  # by its id all the same
    assert archive.resolve(results, COMMIT[:7]).id == run_id(5)


def test_where_none_of_a_tag_or_a_commit_measured_the_newest_is_meant(tmp_path: Path) -> None:
    bare(tmp_path, run_id(1))
    bare(tmp_path, run_id(2))
    assert archive.resolve(tmp_path, COMMIT[:7]).id == run_id(2)
    with pytest.raises(InputError, match="measured nothing, or have not ended") as caught:
        archive.resolve(tmp_path, "latest")
    assert "`invoke matrix` measures" in caught.value.next_step


def test_where_this_version_reads_none_that_is_told(tmp_path: Path) -> None:
    bare(tmp_path, run_id(1))
    record = tmp_path / run_id(1) / archive.RECORD
    record.write_text(
        record.read_text(encoding="utf-8").replace('_version": ', '_version": 9', 1), encoding="utf-8"
    )
    notices: list[str] = []
    with pytest.raises(InputError, match=r"none of the runs archived here \(1\) is one that this") as caught:
        archive.resolve(tmp_path, "latest", notify=notices.append)
    assert caught.value.where == str(tmp_path)
    assert "`invoke runs` tells why" in caught.value.next_step
    assert len(notices) == 1
    bare(tmp_path, run_id(2))
    archive.check_readable(tmp_path)


def test_a_run_in_which_no_image_came_to_be_measured_is_the_latest_all_the_same(results: Path) -> None:
    """Where every build failed, a report of an older run must not be taken for that of this one."""
    broken = replace(made.result(status=Status.FAILED, reason="build: no"), image=None, measurements=())
    run = replace(made.run(broken, status=RunStatus.FAILED), id=run_id(6))
    archive.open_run(results, run_id(6)).save(run)
    assert archive.resolve(results, "").id == run_id(6)
    assert archive.lacks(run) == ""


def bare(results: Path, name: str, *, smoked: bool = False) -> Run:
    """A run that measured nothing: one variant that was built, and smoke-tested or not."""
    first = exact("first_response_seconds", 0.2, unit="seconds", method="one start")
    result = replace(made.result(), measurements=(first,) if smoked else ())
    if smoked:
        result = replace(result, status=Status.FAILED, reason="smoke: the answer was 500")
    run = replace(made.run(result), id=name, app="app", git=GIT)
    archive.open_run(results, name).save(run)
    return run


def test_what_a_run_lacks_is_told(tmp_path: Path) -> None:
    assert "measured nothing" in archive.lacks(bare(tmp_path, run_id(1)))
    assert "measured nothing" in archive.lacks(bare(tmp_path, run_id(2), smoked=True))
    assert "has not ended" in archive.lacks(saved(tmp_path, run_id(3), status=RunStatus.INTERRUPTED))
    assert archive.lacks(saved(tmp_path, run_id(4), status=RunStatus.FAILED)) == ""


# --- what git calls a commit ---


def test_what_git_calls_a_commit_is_resolved_as_that_commit(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def commit(text: str) -> str:
        asked.append(text)
        return {"HEAD": COMMIT, "HEAD~1": OTHER, "feature/x": OTHER, "v1": COMMIT, "lost": "c" * 40}.get(
            text, ""
        )

    monkeypatch.chdir(results.parent)
    for text, day in (
        ("HEAD", 5),
        ("HEAD~1", 2),
        ("feature/x", 2),
        ("v1", 2),
        ("latest", 5),
        (COMMIT[:7], 5),
    ):
        assert archive.resolve(results, text, commit=commit).id == run_id(day), text
    assert asked == ["HEAD", "HEAD~1", "feature/x"]  # a tag of ours and all that is older goes first
    with pytest.raises(InputError, match="none is of the commit cccccccccccc"):
        archive.resolve(results, "lost", commit=commit)
    asked.clear()
    for text in ("--all", "-x", "./none", "/none", "../none", "a\nb", "\x1b[2J"):
        with pytest.raises(InputError, match="no run"):
            archive.resolve(results, text, commit=commit)
    assert asked == []


def test_a_file_is_read_where_git_knows_nothing_of_the_name(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results / run_id(3))
    assert archive.resolve(results, "run.json", commit=lambda _: "").id == run_id(3)
    assert archive.resolve(results, "run.json", commit=lambda _: "c" * 40).id == run_id(3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("latest~5", "of 5 archived runs 5 have ended and measured"),
        ("v2", "no id, tag, revision or file"),
        ("0123457", "no id, tag"),
        (COMMIT[:6], "no id, tag"),
        ("abcdef0123", "no id, tag"),
        ("2027", "no id, tag"),
        ("./none.json", "no such file"),
        ("\x1b[2J", "no id, tag"),
        ("a\0b", "no id, tag"),
        ("x" * 5000, "File name too long"),
    ],
)
def test_what_is_unknown_is_refused_with_what_there_is(results: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        archive.resolve(results, text)
    assert run_id(5) in caught.value.next_step
    assert "latest" in caught.value.next_step
    assert "\x1b" not in str(caught.value)


def test_several_runs_that_begin_alike_are_named(results: Path) -> None:
    with pytest.raises(InputError, match="'2026' is the beginning of 5 runs") as caught:
        archive.resolve(results, "2026")
    assert caught.value.next_step.endswith(", ".join(run_id(day) for day in (5, 4, 3, 2, 1)))


def test_without_any_run_the_first_is_told_how_to_make(tmp_path: Path) -> None:
    for text in ("", "previous", "v1"):
        with pytest.raises(InputError, match="no run") as caught:
            archive.resolve(tmp_path / "none", text)
        assert "`invoke matrix` makes the first" in caught.value.next_step


def test_a_run_that_was_begun_a_moment_ago_is_not_the_latest(results: Path) -> None:
    archive.open_run(results, run_id(9))
    assert archive.resolve(results, "latest").id == run_id(5)


def test_runs_that_are_damaged_are_passed_over_and_told_of(results: Path) -> None:
    (results / run_id(5) / "run.json").write_text("{")
    torn = results / run_id(4) / "run.json"
    torn.write_text(torn.read_text().replace('"how": "exact"', '"how": "guessed"'))  # behind its head
    told: list[str] = []
    assert archive.resolve(results, "latest", notify=told.append).id == run_id(3)
    assert [line.partition(":")[0] for line in told] == [
        f"run {run_id(day)} is passed over" for day in (5, 4)
    ]
    assert all("not a record" in line for line in told)
    assert [run.id for run in archive.earlier(results, archive.resolve(results, run_id(3)))] == [
        run_id(2),
        run_id(1),
    ]
    assert archive.resolve(results, COMMIT[:7]).id == run_id(1)
    with pytest.raises(InputError, match="not a record"):
        archive.resolve(results, run_id(5))


def test_the_runs_before_one_are_of_its_app_and_older_also_where_it_lies_elsewhere(results: Path) -> None:
    bare(results, run_id(6))
    away = replace(archive.resolve(results, run_id(5)), id="20260107T120000Z-ffffff")
    assert [run.id for run in archive.earlier(results, away)] == [run_id(day) for day in (5, 3, 2, 1)]
    of_another = archive.resolve(results, run_id(4))
    assert list(archive.earlier(results, of_another)) == []
    assert [run.id for run in archive.earlier(results, replace(of_another, app=""))] == [
        run_id(day) for day in (3, 2, 1)
    ]


def test_a_record_and_its_folder_may_lie_elsewhere(results: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (results / run_id(2)).rename(elsewhere)
    assert archive.resolve(results, str(elsewhere)).id == run_id(2)
    assert archive.resolve(results, str(elsewhere / "run.json")).id == run_id(2)
    (elsewhere / "run.json").write_text('{"schema_version": 1}')
    with pytest.raises(InputError, match="not a record"):
        archive.resolve(results, str(elsewhere))


def test_a_tag_goes_before_a_file_of_its_name(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(results.parent)
    Path("v1").write_text("no record")
    assert archive.resolve(results, "v1").id == run_id(2)
    with pytest.raises(InputError, match="not a record"):
        archive.resolve(results, "./v1")


# --- tags ---


@pytest.mark.parametrize(
    "tag", ["", "v1", "1.2.3", "release-2026", "_x", "abcdefg", "dead", "latest-1", "x" * 128]
)
def test_a_tag_that_can_be_resolved(tmp_path: Path, tag: str) -> None:
    assert archive.checked_tag(tag) == tag
    if tag:
        saved(tmp_path, run_id(1), tag=tag)
        saved(tmp_path, run_id(2))
        assert archive.resolve(tmp_path, tag).id == run_id(1)


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("latest", "the latest run"),
        ("previous", "the latest run"),
        ("2026", "an id"),
        ("20260101T000000Z-aaaaaa", "an id"),
        ("deadbeef", "a git revision"),
        ("a" * 40, "a git revision"),
        ("a b", "letters, digits"),
        ("a/b", "letters, digits"),
        ("latest~1", "letters, digits"),
        ("-x", "letters, digits"),
        (".x", "letters, digits"),
        ("ü", "letters, digits"),
        ("x\n", "letters, digits"),
        ("x" * 129, "letters, digits"),
        ("\x1b[2J", "letters, digits"),
    ],
)
def test_a_tag_that_could_not_be_resolved_is_refused(tag: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        archive.checked_tag(tag)
    assert caught.value.where == "--tag"
    assert "\x1b" not in str(caught.value)
