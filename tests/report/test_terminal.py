from __future__ import annotations

from dataclasses import replace

from imagematrix.model import Result, RunStatus, Status, estimated, exact
from imagematrix.report.console import Look
from imagematrix.report.terminal import run_table
from tests import made

PLAIN = Look(width=160, color=False)


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip() and "─" not in line]


def test_a_row_has_what_was_found() -> None:
    text = run_table(made.run(), "results/x/run.json", look=PLAIN)
    heading, row, *_, last = (" ".join(line) for line in words(text))
    assert heading == "variant base unpacked layers build start-up shells libc smoke"
    assert row == "alpine node:24-alpine (stand-in) 62.0 MB 1 + 1 12.3 s 183 ms sh musl 1.2.5 passed 200"
    assert last == "passed: 1 passed in 34.5 s; archived in results/x/run.json"


def test_bytes_to_download_are_a_column_where_they_are_known() -> None:
    known = made.result("vanilla")
    figures = tuple(m for m in known.measurements if m.name != "download_bytes")
    about = estimated("download_bytes", 25_000_000, unit="bytes", method="sampled")
    text = run_table(made.run(made.result(), replace(known, measurements=(*figures, about))), "x", look=PLAIN)
    heading, without, with_it, *_ = (" ".join(line) for line in words(text))
    assert heading.startswith("variant base unpacked download layers")
    assert "62.0 MB - 1 + 1" in without
    assert "62.0 MB ~25.0 MB 1 + 1" in with_it


def test_stand_ins_are_explained() -> None:
    assert "made on this machine from packages" in run_table(made.run(), "x", look=PLAIN)


def test_a_cached_build_says_so() -> None:
    result = made.result()
    assert result.build is not None
    cached = replace(result, build=replace(result.build, seconds=0.11, cached=True))
    assert "110 ms cached" in run_table(made.run(cached), "x", look=PLAIN)


def test_a_failure_is_told_under_the_table_in_full() -> None:
    failed = Result(
        name="alpine",
        axes=(),
        label="alpine",
        status=Status.FAILED,
        reason="smoke: expected status 200, got 500",
    )
    text = run_table(made.run(failed, made.result("vanilla"), status=RunStatus.FAILED), "x", look=PLAIN)
    assert "alpine failed: smoke: expected status 200, got 500" in text
    assert "failed: 1 passed, 1 failed in 34.5 s" in text
    assert words(text)[1] == ["alpine", "-", "-", "-", "-", "-", "-", "-", "failed"]


def test_a_timed_start_goes_before_the_one_answer() -> None:
    result = made.result()
    timed = exact("start_seconds", 0.5, unit="seconds", method="median of 5 starts")
    row = words(
        run_table(made.run(replace(result, measurements=(*result.measurements, timed))), "x", look=PLAIN)
    )[1]
    assert "500 ms" in " ".join(row)
    assert "183 ms" not in " ".join(row)


def test_a_command_that_ended_as_it_should_has_passed() -> None:
    ended = exact("command_exit_code", 3, unit="exit code", method="the command's")
    result = replace(made.result(), smoke=None, measurements=(ended,))
    assert words(run_table(made.run(result), "x", look=PLAIN))[1][-3:] == ["passed", "exit", "3"]


def test_no_shell_is_none_and_not_a_dash() -> None:
    result = made.result()
    shells = tuple(replace(m, value=()) if m.name == "shells" else m for m in result.measurements)
    row = words(run_table(made.run(replace(result, measurements=shells)), "x", look=PLAIN))[1]
    assert "none" in row


def test_without_colour_there_is_no_escape_and_with_it_there_is() -> None:
    assert "\x1b" not in run_table(made.run(), "x", look=PLAIN)
    assert "\x1b[" in run_table(made.run(), "x", look=replace(PLAIN, color=True))


def test_markup_in_names_is_inert() -> None:
    odd = replace(made.result(), label="[red]x[/red]")
    assert "[red]x[/red]" in run_table(made.run(odd), "x", look=PLAIN)
