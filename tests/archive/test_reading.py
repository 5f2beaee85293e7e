from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagematrix import archive, record
from imagematrix.archive import reading
from imagematrix.errors import InputError
from imagematrix.model import Run, UnreadableRun
from tests import made
from tests.archive.made_runs import run_id, saved


def test_runs_are_told_newest_first_and_damaged_ones_with_the_reason(tmp_path: Path) -> None:
    for day in (2, 1):
        saved(tmp_path, run_id(day))
    torn = tmp_path / run_id(3)
    torn.mkdir()
    (torn / "run.json").write_text('{"schema_version": 1, "id": ')
    (tmp_path / run_id(4)).mkdir()
    empty, broken, *others = archive.outlines(tmp_path)
    assert isinstance(empty, UnreadableRun)
    assert "no record of a run" in empty.reason
    assert isinstance(broken, UnreadableRun)
    assert "not a record that this version reads" in broken.reason
    assert [run.id for run in others] == [run_id(2), run_id(1)]
    assert [run.id for run in archive.newest_first(tmp_path)] == [run_id(2), run_id(1)]
    assert list(archive.outlines(tmp_path / "none")) == []


@pytest.mark.parametrize("text", ["[]", "null", "{}", '{"schema_version": 99}', "\x00"])
def test_what_is_no_record_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(InputError, match="not a record that this version reads"):
        archive.read(path)


def test_what_else_lies_in_results_is_no_run(tmp_path: Path) -> None:
    saved(tmp_path, run_id(1))
    for name in ("files", "old", run_id(2) + "-copy", f".removed-{run_id(3)}"):
        (tmp_path / name).mkdir()
    (tmp_path / run_id(4)).write_text("a file")
    (tmp_path / run_id(5)).symlink_to(tmp_path / run_id(1))
    assert [run.id for run in archive.outlines(tmp_path)] == [run_id(1)]


def text(run: Run | None = None) -> str:
    return json.dumps(record.to_json(run or made.run()))


def test_a_record_from_elsewhere_is_read_as_it_was_written() -> None:
    assert archive.parse_record(text(), folder=Path("/somewhere")) == made.run()
    assert archive.parse_record(text().encode(), folder=Path("/somewhere")) == made.run()


def test_logs_lie_beside_the_record() -> None:
    build = archive.parse_record(text(), folder=Path("/there")).results[0].build
    assert build is not None
    assert build.log == Path("/there/logs/alpine-node24.build.log")


Change = Callable[[Any], None]
WRONG: dict[str, tuple[Change, str]] = {
    "another version": (lambda told: told.update(schema_version=2), r"schema_version 2 is not 1"),
    "no version": (lambda told: told.pop("schema_version"), "has no schema_version"),
    "a text for a number": (lambda told: told.update(seconds="1"), "seconds: '1' is not of type 'number'"),
    "a list for a text": (lambda told: told.update(tag=[]), r"tag: \[\] is not of type 'string'"),
    "a key too many": (lambda told: told.update(more=1), "'more' was unexpected"),
    "deep inside": (lambda told: told["variants"][0].update(status="fine"), r"variants.0.status: 'fine'"),
    "an id that leads out": (lambda told: told.update(id="../../etc"), "id: '../../etc' does not match"),
    "an id with a line": (lambda told: told.update(id=told["id"] + "\n"), "its id is no id"),
    "a log that leads out": (
        lambda told: told["variants"][0]["build"].update(log="../../etc/passwd"),
        "a log outside its folder",
    ),
    "a log at the root": (
        lambda told: told["variants"][0]["build"].update(log="/etc/passwd"),
        "a log outside",
    ),
    "an infinite number": (lambda told: told.update(seconds=float("inf")), "Infinity is no number"),
    "no number": (lambda told: told.update(seconds=float("nan")), "NaN is no number"),
    "a huge number": (lambda told: told["host"].update(memory_bytes=1 << 63), "a number is too large"),
    "half a character": (lambda told: told.update(tag="\ud800"), "surrogates not allowed"),
    "an escape sequence": (lambda told: told.update({"\x1b[2J": 1}), r"'\\\\?x1b\[2J'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_record_that_is_none_is_refused_and_says_where(name: str) -> None:
    change, message = WRONG[name]
    told = json.loads(text())
    change(told)
    with pytest.raises(InputError, match=message) as caught:
        archive.parse_record(json.dumps(told), where="elsewhere.json")
    assert caught.value.exit_code == 2
    assert caught.value.where == "elsewhere.json"
    assert len(caught.value.what) < 300
    assert caught.value.what.isprintable()


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"[]", b"null", b"7", b"[" * 100_000, b'{"schema_version": 1e999}', b"1" * 5000]
)
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match=r"not a record: |no record of a run"):
        archive.parse_record(raw)


def test_a_file_of_any_size_is_read_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "RECORD_LIMIT_BYTES", 1000)
    path = tmp_path / "run.json"
    path.write_text(text())
    for read in (archive.read, reading.read_foreign, lambda path: archive.parse_record(path.read_bytes())):
        with pytest.raises(InputError, match=r"larger than any record \(1000 bytes\)"):
            read(path)
