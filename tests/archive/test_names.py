from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.archive.names import ids

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def begin(results: Path, now: datetime, told: list[str] | None = None) -> str:
    run_id = archive.new_run_id(results, now, (told if told is not None else []).append)
    (results / run_id).mkdir(parents=True)
    return run_id


def test_a_name_tells_the_second_and_differs(tmp_path: Path) -> None:
    one, other = (archive.new_run_id(tmp_path, NOON) for _ in range(2))
    assert re.fullmatch(r"20260102T120000Z-[0-9a-f]{6}", one)
    assert one != other


def test_runs_of_one_second_sort_as_they_were_begun(tmp_path: Path) -> None:
    told: list[str] = []
    begun = [begin(tmp_path, NOON, told) for _ in range(20)]
    assert ids(tmp_path) == begun[::-1]
    assert {run_id[:16] for run_id in begun} <= {"20260102T120000Z", "20260102T120001Z"}
    assert told == []


def test_where_no_name_of_a_second_is_left_it_is_the_next(tmp_path: Path) -> None:
    (tmp_path / "20260102T120000Z-ffffff").mkdir()
    assert begin(tmp_path, NOON).startswith("20260102T120001Z-0")


def test_a_clock_that_was_set_back_is_told_and_the_last_run_is_still_the_newest(tmp_path: Path) -> None:
    told: list[str] = []
    before = begin(tmp_path, NOON)
    after = begin(tmp_path, NOON - timedelta(days=400), told)
    assert ids(tmp_path) == [after, before]
    assert told == [
        f"the clock stands before the newest run, {before}: this one is named {after}, to come after it"
    ]
    assert begin(tmp_path, NOON + timedelta(seconds=2)).startswith("20260102T120002Z-")


@pytest.mark.parametrize("there", ["99999999T999999Z-000000", "99991231T235959Z-ffffff"])
def test_a_time_that_nothing_can_come_after_is_passed_over(tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir()
    assert begin(tmp_path, NOON).startswith("20260102T120000Z-")
