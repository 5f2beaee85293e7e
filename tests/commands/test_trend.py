from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix import archive, settings
from imagematrix.commands import trend as command
from imagematrix.commands.outcome import Outcome, Show
from imagematrix.commands.trend import trend
from imagematrix.errors import InputError
from imagematrix.model import Result, RunStatus, exact
from imagematrix.report.console import Look
from imagematrix.report.progress import Progress
from tests import made
from tests.verdicts.advised import MB, guessed, variant
from tests.verdicts.budgeted import with_

Do = Callable[..., Outcome]


def no_progress() -> Progress:
    raise AssertionError("a trend has no progress to tell")


def keep(folder: Path, day: int, *results: Result, app: str = "shop", host: str = "here") -> None:
    run = made.run(*results)
    kept = replace(
        run,
        id=f"202611{day:02}T000000Z-0000{day:02}",
        started_at=f"2026-11-{day:02}T00:00:00Z",
        app=app,
        host=replace(run.host, id=host),
    )
    archive.open_run(folder / "results", kept.id).save(kept)


@pytest.fixture
def do(tmp_path: Path) -> Do:
    def doing(*, as_json: bool = False, **flags: object) -> Outcome:
        resolved = settings.resolve({}, {"file": str(tmp_path / "variants.yml"), **flags})
        look = Look(width=160, color=False)
        return trend(resolved, Show(look=look, json=as_json, dry=False, progress=no_progress))

    return doing


def test_it_draws_the_archived_runs_and_where_a_figure_stepped(tmp_path: Path, do: Do) -> None:
    for day, size in ((1, 10), (2, 10), (3, 13)):
        keep(tmp_path, day, variant("a", unpacked=size * MB), variant("b"))
    text = do(figure=["unpacked_bytes"]).text
    assert "10.0 MB  ▁▁█  13.0 MB  +3.00 MB, +30.0 %  3 runs" in text
    assert "unpacked up 10.0 MB -> 13.0 MB (+3.00 MB, +30.0 %)  in 20261103T000000Z-000003" in text
    assert "3 runs of shop, 2026-11-01T00:00:00Z to 2026-11-03T00:00:00Z" in text
    assert "rank-sum" not in text  # no time is shown


def test_where_this_version_reads_none_that_is_told(tmp_path: Path, do: Do) -> None:
    with pytest.raises(InputError, match="no run that has ended is archived here"):
        do()
    keep(tmp_path, 1, variant("a"))
    (record,) = tmp_path.rglob(archive.RECORD)
    record.write_text('{"schema_version": 99}', encoding="utf-8")
    with pytest.raises(InputError, match="none of the runs archived here") as caught:
        do()
    assert caught.value.where == str(tmp_path / "results")


def test_a_run_that_is_still_running_is_not_drawn(tmp_path: Path, do: Do) -> None:
    keep(tmp_path, 1, variant("a"))
    running = replace(made.run(variant("a"), status=RunStatus.INTERRUPTED), id="20261102T000000Z-000002")
    running = replace(running, app="shop", started_at="2026-11-02T00:00:00Z")
    folder = archive.open_run(tmp_path / "results", running.id)
    folder.save(running)
    assert "1 run of shop" in do().text
    fcntl.flock(folder.lock, fcntl.LOCK_UN)  # as the kernel does when the process ends
    assert "2 runs of shop" in do().text


def test_the_rule_for_bytes_and_the_sign_of_an_estimate_are_told_where_they_are_drawn(
    tmp_path: Path, do: Do
) -> None:
    keep(tmp_path, 1, variant("a", download=guessed(10 * MB)))
    text = do(figure=["download_bytes"]).text
    assert "~10.0 MB" in text
    assert "bytes step where" in text
    assert "~ is estimated" in text
    assert "bytes step where" not in do(figure=["start_seconds"]).text


def test_variants_are_selected_by_name_label_or_glob(tmp_path: Path, do: Do) -> None:
    named = replace(variant("alpine-node24"), name="alpine")
    keep(tmp_path, 1, named, variant("vanilla"))
    for words in (["alpine"], ["alpine-node24"], ["al*"]):
        told = json.loads(do(variant=words, as_json=True).text)
        assert {each["label"] for each in told} == {"alpine-node24"}
    assert {each["label"] for each in json.loads(do(as_json=True).text)} == {"alpine-node24", "vanilla"}


def test_json_is_every_series(tmp_path: Path, do: Do) -> None:
    keep(tmp_path, 1, variant("a"))
    told = json.loads(do(figure=["executables"], as_json=True).text)
    assert [(each["measurement"], [point["value"] for point in each["points"]]) for each in told] == [
        ("executables", [10])
    ]


def test_what_is_left_out_is_said(tmp_path: Path, do: Do) -> None:
    keep(tmp_path, 1, variant("a"), app="other")
    keep(tmp_path, 2, variant("a"), host="elsewhere")
    keep(tmp_path, 3, variant("a"))
    text = do().text
    assert "1 run not of this app is left out" in text
    assert "times and memory: 1 run on another machine or engine is left out" in text
    assert "rank-sum" in text
    assert "2 runs of shop" in text


def test_no_more_runs_are_read_than_fit(tmp_path: Path, do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "LOOKED_AT", 2)
    for day in (1, 2, 3):
        keep(tmp_path, day, variant("a"))
    text = do().text
    assert "2 runs of shop, 2026-11-02" in text
    assert "of all runs, the newest 2 are looked at" in text


def test_blocks_are_plain_where_the_place_cannot_show_them(
    tmp_path: Path, do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, 1, variant("a"))
    assert not do().text.isascii()
    monkeypatch.setattr(command, "shows_blocks", lambda _encoding: False)
    assert do().text.isascii()


def test_no_runs_are_bad_input(do: Do) -> None:
    with pytest.raises(InputError) as caught:
        do()
    assert caught.value.next_step == "`invoke matrix` makes the first"


def test_an_unknown_variant_and_figure_are_bad_input_that_says_what_there_is(tmp_path: Path, do: Do) -> None:
    keep(tmp_path, 1, variant("a"))
    with pytest.raises(InputError, match="variant 'z'") as caught:
        do(variant=["z"])
    assert (caught.value.where, caught.value.next_step) == ("--variant", "there are a")
    with pytest.raises(InputError, match="'shells'") as caught:
        do(figure=["shells"])
    assert caught.value.where == "--figure"
    assert "executables" in caught.value.next_step
    assert "shells" not in caught.value.next_step


def test_runs_that_measured_nothing_say_so(tmp_path: Path, do: Do) -> None:
    keep(tmp_path, 1, replace(made.result(), measurements=(), image=None))
    assert "no run has measured this" in do().text


def test_where_no_step_can_be_told_that_is_said(tmp_path: Path, do: Do) -> None:
    for day in (1, 2, 3):
        keep(tmp_path, day, variant("a"), variant("b"))
    assert (
        "too few runs for a step, which takes 4: start-up of a, start-up of b"
        in do(figure=["start_seconds"]).text
    )
    keep(tmp_path, 4, variant("a"))
    text = do(figure=["start_seconds"]).text
    assert "which takes 4: start-up of b" in text
    assert "runs move too much" not in text


def test_how_large_a_step_must_be_is_said_of_runs_that_move(tmp_path: Path, do: Do) -> None:
    for day, memory in enumerate((20, 24, 20, 24, 20), start=1):
        moving = exact("memory_idle_bytes", memory * MB, unit="bytes", method="made")
        keep(tmp_path, day, with_(variant("a"), moving), variant("b"))
    text = " ".join(do(figure=["memory_idle_bytes"]).text.split())
    # Moves of 4 MB are a deviation of 1.4826 x 4 / sqrt 2 = 4.19 MB, and three of these are 63 % of 20 MB.
    assert "runs move too much to tell a smaller step: memory when idle of a (below 63%)" in text
    assert "of b (" not in text
