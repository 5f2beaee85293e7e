from __future__ import annotations

import errno
import fcntl
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.errors import MachineError
from imagematrix.model import RunStatus
from tests import made
from tests.archive.made_runs import listing, of_image, run_id, saved


def names(results: Path) -> list[str]:
    return sorted(path.name for path in results.iterdir())


def test_all_but_the_newest_go_and_what_has_a_tag_stays(tmp_path: Path) -> None:
    for day in (1, 2, 3, 4, 5):
        saved(tmp_path, run_id(day), tag="v1" if day == 2 else "")
    pruned = archive.prune(tmp_path, keep=2, dry=False)
    assert pruned.runs == (run_id(3), run_id(1))
    assert pruned.stayed == ((run_id(2), "it has the tag v1"),)
    assert names(tmp_path) == [run_id(2), run_id(4), run_id(5)]


def test_dry_says_the_same_and_touches_nothing(tmp_path: Path) -> None:
    for day in (1, 2):
        saved(tmp_path, run_id(day), result=of_image("ed"[day - 1], listed=True))
    (tmp_path / f".removed-{run_id(9)}").mkdir()
    before = sorted(tmp_path.rglob("*"))
    dry = archive.prune(tmp_path, keep=1, dry=True)
    assert sorted(tmp_path.rglob("*")) == before
    assert dry == archive.prune(tmp_path, keep=1, dry=False)
    assert (dry.runs, dry.listings) == ((run_id(1),), (made.digest("e"),))
    assert names(tmp_path) == [run_id(2), "files"]


def test_a_run_in_progress_stays_and_so_do_the_files_of_all_images(tmp_path: Path) -> None:
    running = archive.open_run(tmp_path, run_id(1))
    saved(tmp_path, run_id(2), result=of_image("e", listed=True))
    saved(tmp_path, run_id(3))
    pruned = archive.prune(tmp_path, keep=1, dry=False)
    assert (pruned.runs, pruned.listings) == ((run_id(2),), ())
    assert pruned.stayed == ((run_id(1), "it is running"),)
    assert pruned.listings_stayed == f"run {run_id(1)} is running, and may refer to any of them"
    assert archive.listed(tmp_path, made.digest("e"))
    running.save(replace(made.run(), id=run_id(1)))
    pruned = archive.prune(tmp_path, keep=1, dry=False)
    assert (pruned.runs, pruned.listings) == ((run_id(1),), (made.digest("e"),))
    assert pruned.listings_stayed == ""


def test_a_run_whose_process_was_killed_goes(tmp_path: Path) -> None:
    (tmp_path / run_id(1) / "logs").mkdir(parents=True)  # before it wrote a record
    ended = archive.open_run(tmp_path, run_id(2))
    ended.save(replace(made.run(status=RunStatus.INTERRUPTED), id=run_id(2)))
    fcntl.flock(ended.lock, fcntl.LOCK_UN)  # as the kernel does when the process ends
    saved(tmp_path, run_id(3))
    assert archive.prune(tmp_path, keep=1, dry=False).runs == (run_id(2), run_id(1))


def test_where_there_are_no_locks_an_interrupted_run_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lockless(_handle: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", lockless)
    saved(tmp_path, run_id(1))
    saved(tmp_path, run_id(2), status=RunStatus.INTERRUPTED)
    saved(tmp_path, run_id(3))
    pruned = archive.prune(tmp_path, keep=1, dry=False)
    assert pruned.runs == (run_id(1),)
    assert pruned.stayed == ((run_id(2), "it may be running: the file system keeps no locks"),)


def test_a_record_that_cannot_be_read_may_have_a_tag_and_its_images_stay_listed(tmp_path: Path) -> None:
    saved(tmp_path, run_id(1), result=of_image("d", listed=True), tag="v1")
    path = tmp_path / run_id(1) / "run.json"
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    saved(tmp_path, run_id(2))
    pruned = archive.prune(tmp_path, keep=1, dry=False)
    assert (pruned.runs, pruned.listings) == ((), ())
    assert pruned.stayed == ((run_id(1), "its record cannot be read, so it may have a tag"),)
    assert archive.listed(tmp_path, made.digest("d"))


def test_the_files_of_images_that_a_run_refers_to_stay(tmp_path: Path) -> None:
    saved(tmp_path, run_id(1), result=of_image("e", listed=True))
    saved(tmp_path, run_id(2), result=of_image("d", listed=True))
    saved(tmp_path, run_id(3), result=of_image("d"))
    (tmp_path / "files" / "notes.json.gz").write_text("not ours")
    assert archive.prune(tmp_path, keep=1, dry=False).listings == (made.digest("e"),)
    assert names(tmp_path / "files") == [f"{'d' * 64}.json.gz", "notes.json.gz"]
    assert archive.listing(tmp_path, made.digest("d")) == listing("d")


def test_what_else_lies_there_is_not_touched(tmp_path: Path) -> None:
    for name in ("notes", run_id(1) + "-copy", ".removed-mine"):
        (tmp_path / name).mkdir()
    saved(tmp_path, run_id(2))
    before = names(tmp_path)
    assert archive.prune(tmp_path, keep=1, dry=False).runs == ()
    assert names(tmp_path) == before
    assert archive.prune(tmp_path / "none", keep=1, dry=False).runs == ()


def test_what_cannot_be_removed_is_told_and_is_no_run_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(path: Path) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy", str(path))

    saved(tmp_path, run_id(1))
    saved(tmp_path, run_id(2))
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", busy)
        with pytest.raises(MachineError, match="cannot be removed: Device or resource busy"):
            archive.prune(tmp_path, keep=1, dry=False)
    assert [run.id for run in archive.outlines(tmp_path)] == [run_id(2)]
    archive.prune(tmp_path, keep=1, dry=False)
    assert names(tmp_path) == [run_id(2)]
