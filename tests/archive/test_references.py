from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.errors import InputError
from imagematrix.model import RunStatus
from tests import made
from tests.archive.made_runs import COMMIT, OTHER, measured, run_id, saved


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


@pytest.mark.parametrize(
    ("text", "day"), [("", 3), ("previous", 2), ("latest~2", 1), (COMMIT[:7], 1), ("v1", 2), (run_id(1), 1)]
)
def test_until_a_run_nothing_newer_is_looked_at(results: Path, text: str, day: int) -> None:
    assert archive.resolve(results, text, until=run_id(3)).id == run_id(day)


def test_until_a_run_from_elsewhere_counts_from_its_place_in_time(results: Path) -> None:
    assert archive.resolve(results, "previous", until="20260103T120000Z-ffffff").id == run_id(3)
    with pytest.raises(InputError, match="no run"):
        archive.resolve(results, run_id(4), until="20260103T120000Z-ffffff")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("latest~5", "there are 5 runs"),
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


def test_a_latest_run_that_is_damaged_is_told_and_not_passed_over(results: Path) -> None:
    (results / run_id(5) / "run.json").write_text("{")
    with pytest.raises(InputError, match="not a record") as caught:
        archive.resolve(results, "latest")
    assert run_id(5) in caught.value.where
    assert archive.resolve(results, COMMIT[:7]).id == run_id(4)


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


# --- baseline ---


@pytest.mark.parametrize(
    ("text", "before", "day"),
    [
        ("", 6, 3),  # 5 has failed, 4 is of another app
        ("", 3, 2),
        ("previous", 6, 5),
        ("latest", 4, 3),
        ("v1", 2, 1),
        (run_id(4), 6, 4),
        ("latest~1", 4, 2),
    ],
)
def test_what_a_run_is_held_against(results: Path, text: str, before: int, day: int) -> None:
    found = archive.baseline(results, text, run_id(before), app="app")
    assert found is not None
    assert found.id == run_id(day)


def test_the_app_is_that_of_the_run_itself(results: Path) -> None:
    saved(results, run_id(6), app="another")
    found = archive.baseline(results, "", run_id(6))
    assert found is not None
    assert found.id == run_id(4)


def test_a_first_run_is_held_against_nothing(results: Path) -> None:
    for text in ("", "latest", "previous"):
        assert archive.baseline(results, text, run_id(1), app="app") is None
    assert archive.baseline(results / "none", "", run_id(1)) is None


def test_a_run_that_measured_nothing_is_no_baseline(results: Path) -> None:
    built = made.run(made.result())
    archive.open_run(results, run_id(6)).save(replace(built, id=run_id(6), app="app"))
    found = archive.baseline(results, "", run_id(7), app="app")
    assert found is not None
    assert found.id == run_id(3)
    assert measured(made.result()).measurements[:-1] == made.result().measurements


def test_a_baseline_that_is_named_must_be_there(results: Path) -> None:
    with pytest.raises(InputError, match="no run 'v7'"):
        archive.baseline(results, "v7", run_id(6), app="app")
    with pytest.raises(InputError, match="no run"):
        archive.baseline(results, run_id(5), run_id(5), app="app")  # itself


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
