from __future__ import annotations

import pytest

from imagematrix.model import EngineFacts, Git, RunStatus, Status, UnreadableRun
from imagematrix.model.outline import Outline, OutlinedVariant
from imagematrix.report.console import Look
from imagematrix.report.runs import runs_json, runs_table

LOOK = Look(width=200, color=False)


UNFINISHED = "the run was interrupted before this variant was finished"


def outline(
    *, tag: str = "", running: bool = False, git: Git | None = None, reason: str = "base: it is not here"
) -> Outline:
    variants = (
        OutlinedVariant(name="a", label="a", status=Status.PASSED, reason=""),
        OutlinedVariant(name="b", label="b", status=Status.PASSED, reason=""),
        OutlinedVariant(name="c", label="c", status=Status.SKIPPED, reason=reason),
    )
    return Outline(
        id="20261124T024000Z-3fa9c1",
        started_at="2026-11-24T02:40:00Z",
        seconds=34.5,
        status=RunStatus.INTERRUPTED if running else RunStatus.PASSED,
        running=running,
        engine=EngineFacts(name="docker", version="26.1.5", image_store="overlay2", embedded=True),
        git=git,
        app="shop",
        tag=tag,
        variants=variants,
    )


def row(run: Outline | UnreadableRun) -> str:
    lines = runs_table([run], look=LOOK).splitlines()
    return " ".join(next(line for line in lines if line.strip().startswith("2026")).split())


def test_a_run_is_a_row() -> None:
    git = Git(commit="0123456789abcdef", branch="main", dirty=True)
    assert row(outline(tag="v1", git=git)) == (
        "20261124T024000Z-3fa9c1 passed 2 passed, 1 skipped docker 26.1.5 overlay2 012345678 changed v1 34.5 s"
    )
    assert row(outline(running=True)).endswith(
        "running 2 passed, 1 skipped docker 26.1.5 overlay2 - - 34.5 s"
    )


def test_a_variant_that_has_not_ended_was_not_skipped() -> None:
    assert "running 2 passed, 1 to come docker" in row(outline(running=True, reason=UNFINISHED))
    assert " 2 passed, 1 not finished docker" in row(outline(reason=UNFINISHED))


def test_an_id_stays_whole_in_a_narrow_terminal() -> None:
    git = Git(commit="0123456789abcdef", branch="main", dirty=True)
    unreadable = UnreadableRun(id="20261124T024001Z-000000", reason="no JSON: " + "long " * 60)
    runs: list[Outline | UnreadableRun] = [outline(tag="release-" * 20, git=git), unreadable]
    lines = runs_table(runs, look=Look(width=80, color=False)).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert {"20261124T024000Z-3fa9c1", "20261124T024001Z-000000"} <= {
        w for each in lines for w in each.split()
    }


def test_texts_of_a_record_do_nothing_to_a_terminal() -> None:
    hostile = "\x1b[2J\n\u202e"
    shown = runs_table(
        [outline(tag=hostile), UnreadableRun(id="20261124T024000Z-3fa9c1", reason=hostile)], look=LOOK
    )
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.count("\\x1b[2J\\n\\u202e") == 2


def test_machines_get_variants_by_label_and_what_cannot_be_read() -> None:
    told = runs_json([outline(tag="v1"), UnreadableRun(id="x", reason="torn")])
    assert told[0]["variants"] == {"a": "passed", "b": "passed", "c": "skipped"}
    assert (told[0]["tag"], told[0]["git"], told[0]["app"]) == ("v1", None, "shop")
    assert told[1] == {"id": "x", "status": "unreadable", "reason": "torn"}


@pytest.mark.parametrize(
    ("width", "left"),
    [
        (200, ["run", "status", "variants", "engine", "revision", "tag", "took"]),
        (80, ["run", "status", "variants", "revision", "tag"]),
        (66, ["run", "status", "variants"]),
    ],
)
def test_where_there_is_little_room_whole_columns_go_and_no_word_is_broken(
    width: int, left: list[str]
) -> None:
    git = Git(commit="0123456789abcdef", branch="main", dirty=True)
    lines = runs_table([outline(tag="v1", git=git)], look=Look(width=width, color=False)).splitlines()
    assert all(len(line) <= width for line in lines)
    assert lines[1].split() == left
    out = [name for name in ("engine", "took", "tag", "revision") if name not in left]
    assert lines[-1] == (f"left out for want of room: {', '.join(out)}" if out else "")
    words = {word for line in lines for word in line.split()}
    assert {"skipped", "passed"} <= words
    assert ("012345678" in words) == ("revision" in left)
