"""Which run each variant is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.errors import InputError
from imagematrix.model import Result, RunStatus, Status
from tests import made
from tests.archive.made_runs import measured, run_id

LABELS = ("alpine", "debian")


def keep(
    results: Path,
    day: int,
    *labels: str,
    status: RunStatus = RunStatus.PASSED,
    app: str = "app",
    of: Sequence[Result] = (),
) -> None:
    found = of or tuple(measured(made.result(label)) for label in labels)
    run = replace(made.run(*found, status=status), id=run_id(day), app=app)
    archive.open_run(results, run_id(day)).save(run)


def found(results: Path, text: str = "", *, before: int = 9, told: list[str] | None = None) -> dict[str, str]:
    told = [] if told is None else told
    runs = archive.baselines(
        results, text, run_id(before), app="app", labels=LABELS, commit=lambda _: "a" * 40, notify=told.append
    )
    return {label: run.id for label, run in runs.items()}


def test_a_run_of_one_variant_is_the_baseline_of_that_one_alone(tmp_path: Path) -> None:
    keep(tmp_path, 1, *LABELS)
    assert found(tmp_path) == dict.fromkeys(LABELS, run_id(1))
    keep(tmp_path, 2, "alpine")
    assert found(tmp_path) == {"alpine": run_id(2), "debian": run_id(1)}
    assert found(tmp_path, before=2) == dict.fromkeys(LABELS, run_id(1))


def test_no_run_that_failed_is_silently_one(tmp_path: Path) -> None:
    keep(tmp_path, 1, *LABELS)
    keep(tmp_path, 2, *LABELS, status=RunStatus.FAILED)
    keep(tmp_path, 3, *LABELS, status=RunStatus.INTERRUPTED)
    keep(tmp_path, 4, *LABELS, app="another")
    assert found(tmp_path) == dict.fromkeys(LABELS, run_id(1))


def test_nor_one_that_did_not_measure_the_variant(tmp_path: Path) -> None:
    keep(tmp_path, 1, "alpine")
    bare = replace(made.result("alpine"), measurements=())
    keep(tmp_path, 2, of=[bare])  # as `invoke build` leaves it
    skipped = replace(made.result("alpine", status=Status.SKIPPED, reason="no base"), measurements=())
    keep(tmp_path, 3, of=[skipped, measured(made.result("debian"))])
    assert found(tmp_path) == {"alpine": run_id(1), "debian": run_id(3)}


def test_a_variant_that_is_new_has_none_and_a_first_run_neither(tmp_path: Path) -> None:
    assert found(tmp_path) == found(tmp_path / "none") == {}
    keep(tmp_path, 1, "alpine")
    assert found(tmp_path) == {"alpine": run_id(1)}
    for text in ("latest", "previous"):
        assert found(tmp_path, text, before=1) == {}


@pytest.mark.parametrize("text", ["latest", "previous", "latest~0", run_id(2), "HEAD"])
def test_one_that_is_named_is_that_of_all_however_it_ended(tmp_path: Path, text: str) -> None:
    keep(tmp_path, 1, *LABELS)
    keep(tmp_path, 2, "alpine", status=RunStatus.FAILED)
    assert found(tmp_path, text) == dict.fromkeys(LABELS, run_id(2))


def test_one_that_is_named_must_be_there_and_older(tmp_path: Path) -> None:
    keep(tmp_path, 1, *LABELS)
    with pytest.raises(InputError, match="no run 'v7'"):
        archive.baselines(tmp_path, "v7", run_id(9), app="app", labels=LABELS)
    with pytest.raises(InputError, match="no run"):
        found(tmp_path, run_id(1), before=1)  # itself


def test_one_that_is_damaged_is_passed_over_and_told_of(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        keep(tmp_path, day, *LABELS)
    (tmp_path / run_id(3) / "run.json").write_text("{")
    torn = tmp_path / run_id(2) / "run.json"
    torn.write_text(torn.read_text().replace('"how": "exact"', '"how": "guessed"'))  # behind its head
    told: list[str] = []
    assert found(tmp_path, told=told) == dict.fromkeys(LABELS, run_id(1))
    assert [line.split()[1] for line in told] == [run_id(3), run_id(2)]
