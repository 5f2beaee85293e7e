from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.errors import InputError, MachineError
from imagematrix.model import Run, RunStatus, UnreadableRun
from tests import made


def test_run_ids_sort_by_time_and_differ() -> None:
    early = archive.new_run_id(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    late = archive.new_run_id(datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC))
    assert re.fullmatch(r"20260102T030405Z-[0-9a-f]{6}", early)
    assert early < late
    assert early != archive.new_run_id(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_a_saved_run_is_read_back_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    folder = archive.open_run(tmp_path, "20261124T024000Z-3fa9c1")
    run = made.run()
    folder.save(run)
    folder.save(run)
    assert [entry.name for entry in sorted(folder.path.iterdir())] == ["logs", "run.json"]
    assert archive.read(folder.record).results[0].image == run.results[0].image


def test_a_record_that_cannot_be_replaced_keeps_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = archive.open_run(tmp_path, "a")
    folder.save(made.run(status=RunStatus.INTERRUPTED))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MachineError, match="No space left") as caught:
        folder.save(made.run())
    assert caught.value.exit_code == 3
    assert archive.read(folder.record).status is RunStatus.INTERRUPTED
    assert [entry.name for entry in sorted(folder.path.iterdir())] == ["logs", "run.json"]


def test_a_results_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("")
    with pytest.raises(MachineError, match="results cannot be kept"):
        archive.open_run(tmp_path / "results", "a")


def test_runs_are_listed_oldest_first_and_damaged_ones_are_told(tmp_path: Path) -> None:
    for name in ("20260102T030405Z-aaaaaa", "20260101T030405Z-bbbbbb"):
        archive.open_run(tmp_path, name).save(made.run())
    torn = tmp_path / "20260103T030405Z-cccccc"
    torn.mkdir()
    (torn / "run.json").write_text('{"schema_version": 1, "id": ')
    (tmp_path / "20260104T030405Z-dddddd").mkdir()
    found = archive.runs(tmp_path)
    assert [isinstance(each, Run) for each in found] == [True, True, False, False]
    broken = [each for each in found if isinstance(each, UnreadableRun)]
    assert "not a record that this version reads" in broken[0].reason
    assert "no record of a run" in broken[1].reason
    assert archive.runs(tmp_path / "none") == []


@pytest.mark.parametrize("text", ["[]", "null", "{}", '{"schema_version": 99}', "\x00"])
def test_what_is_no_record_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(InputError, match="not a record that this version reads"):
        archive.read(path)


def test_the_record_is_plain_json_with_a_newline_at_its_end(tmp_path: Path) -> None:
    folder = archive.open_run(tmp_path, "a")
    folder.save(made.run())
    text = folder.record.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert json.loads(text)["id"] == made.run().id
