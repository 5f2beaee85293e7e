from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.archive import outlining
from imagematrix.errors import InputError
from imagematrix.model import RunStatus, Status, UnreadableRun
from imagematrix.model.outline import Outline
from tests import made
from tests.archive.made_runs import run_id, saved

# Texts that look like the layout of a record, and are none of it.
HOSTILE = '\n      "name": "x",\n      "label": "y",\n      "status": "failed"\n    }\n  ],\n  "variants": ['


def told(folder: Path) -> Outline:
    found = outlining.outline(folder)
    assert isinstance(found, Outline)
    return found


def test_an_outline_says_what_the_record_does_by_its_layout_and_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = saved(tmp_path, run_id(1), tag="v1", status=RunStatus.FAILED)
    odd = replace(made.result(HOSTILE, status=Status.FAILED, reason=HOSTILE), name=HOSTILE)
    run = replace(run, id=run_id(2), results=(made.result("ä, \\"), odd, *run.results), tag=HOSTILE)
    archive.open_run(tmp_path, run_id(2)).save(run)
    decoded = outlining._of_run(archive.read(tmp_path / run_id(2) / "run.json"))
    monkeypatch.setattr(outlining, "read", None)  # so that nothing but the layout is read
    found = told(tmp_path / run_id(2))
    assert found == decoded
    assert found.variants[1].reason == HOSTILE
    assert [(each.label, each.status) for each in found.variants] == [
        ("ä, \\", "passed"),
        (HOSTILE, "failed"),
        ("alpine", "passed"),
    ]
    assert (found.tag, found.status, found.app, found.seconds) == (HOSTILE, "failed", "app", 34.5)


def test_a_run_without_variants(tmp_path: Path) -> None:
    archive.open_run(tmp_path, run_id(1)).save(
        replace(made.run(), id=run_id(1), results=(), sharing=None, git=None)
    )
    found = told(tmp_path / run_id(1))
    assert found.variants == ()
    assert found.git is None


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_a_record_that_is_laid_out_otherwise_is_decoded(tmp_path: Path, indent: int | None) -> None:
    saved(tmp_path, run_id(1), tag="v1")
    path = tmp_path / run_id(1) / "run.json"
    before = told(tmp_path / run_id(1))
    path.write_text(json.dumps(json.loads(path.read_text()), indent=indent))
    assert told(tmp_path / run_id(1)) == before
    [head] = outlining.heads(tmp_path, [run_id(1)])
    assert isinstance(head, Outline)
    assert (head.id, head.tag) == (run_id(1), "v1")


def test_a_torn_record_is_told_wherever_it_ends(tmp_path: Path) -> None:
    saved(tmp_path, run_id(1))
    path = tmp_path / run_id(1) / "run.json"
    raw = path.read_bytes()
    for end in (0, 10, 500, len(raw) // 2, len(raw) - 5):
        path.write_bytes(raw[:end])
        assert isinstance(outlining.outline(tmp_path / run_id(1)), UnreadableRun), end


@pytest.mark.parametrize("indent", [2, None])
def test_a_record_of_another_run_is_set_aside_however_it_is_read(tmp_path: Path, indent: int | None) -> None:
    saved(tmp_path, run_id(1))
    (tmp_path / run_id(2)).mkdir()
    text = json.dumps(json.loads((tmp_path / run_id(1) / "run.json").read_text()), indent=indent) + "\n"
    path = tmp_path / run_id(2) / "run.json"
    path.write_text(text)
    why = f"set aside: it says that it is run {run_id(1)}, which is not its folder's name"
    aside = UnreadableRun(id=run_id(2), reason=why)
    assert next(iter(archive.outlines(tmp_path))) == aside
    assert list(outlining.heads(tmp_path, [run_id(2)])) == [aside]
    with pytest.raises(InputError, match=re.escape(why)) as caught:
        archive.read(path)
    assert caught.value.where == str(path)
    assert [run.id for run in archive.newest_first(tmp_path)] == [run_id(1)]
    assert archive.resolve(tmp_path, str(path)).id == run_id(1)  # by its path, as one from elsewhere


def test_runs_are_newest_first_between_two_moments(tmp_path: Path) -> None:
    for day in (3, 1, 2):
        saved(tmp_path, run_id(day))
    (tmp_path / run_id(4)).mkdir()
    found = list(archive.outlines(tmp_path))
    assert [run.id for run in found] == [run_id(day) for day in (4, 3, 2, 1)]
    assert [isinstance(run, UnreadableRun) for run in found] == [True, False, False, False]
    between = archive.outlines(tmp_path, since="20260102T000000Z", until="20260103T000000Z")
    assert [run.id for run in between] == [run_id(3), run_id(2)]
