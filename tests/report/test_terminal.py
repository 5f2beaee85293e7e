from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix.model import Build, Result, RunStatus, Status, estimated, exact
from imagematrix.report.console import ENDLESS, Look
from imagematrix.report.terminal import run_table
from tests import made

PLAIN = Look(width=160, color=False)


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip() and "─" not in line]


def test_a_row_has_what_was_found() -> None:
    text = run_table(made.run(), "results/x/run.json", look=PLAIN)
    heading, row, *_, last = (" ".join(line) for line in words(text))
    assert heading == "variant base unpacked layers build start-up shells libc smoke"
    assert row == "alpine node:24-alpine (stand-in) 62.0 MB 1 + 1 12.3 s ~183 ms sh musl 1.2.5 passed 200"
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


def test_what_was_not_asked_for_has_no_column() -> None:
    smoked = replace(made.result(), measurements=(exact("base", "node:24-alpine", method="m"),))
    heading, row, *_ = words(run_table(made.run(smoked), "x", look=PLAIN))
    assert heading == ["variant", "base", "unpacked", "layers", "build", "start-up", "smoke"]
    assert row[-2:] == ["passed", "200"]
    narrow = run_table(made.run(replace(smoked, smoke=None)), "x", look=Look(width=40, color=False))
    assert "alpine on node:24-alpine (stand-in)" in narrow.splitlines()


@pytest.mark.parametrize("width", [80, 100])
def test_where_a_line_does_not_hold_all_names_stand_over_figures(width: int) -> None:
    known = replace(made.result("vanilla"), build=Build(seconds=0.034, cached=True, log=Path("x.log")))
    text = run_table(made.run(made.result(), known), "x", look=Look(width=width, color=False))
    lines = text.splitlines()
    assert lines[:6] == [
        "",
        "  unpacked  layers         build  start-up  shells  libc",
        "alpine on node:24-alpine (stand-in): passed 200",
        "   62.0 MB  1 + 1         12.3 s   ~183 ms  sh      musl 1.2.5",
        "vanilla on node:24-alpine (stand-in): passed 200",
        "   62.0 MB  1 + 1   34 ms cached   ~183 ms  sh      musl 1.2.5",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 144, 160, 240])
@pytest.mark.parametrize("length", [7, 30, 120])
def test_no_label_breaks_a_figure_or_an_edge(width: int, length: int) -> None:
    label = ("label-" * 20)[:length]
    text = run_table(made.run(made.result(label)), "x", look=Look(width=width, color=False))
    assert all(len(line) <= width for line in text.splitlines())
    assert text.replace("\n", "").replace(" ", "").count("62.0MB") == 1
    if width >= 80:
        (figures,) = [line for line in text.splitlines() if "62.0 MB" in line]
        for each in ("62.0 MB", "1 + 1", "12.3 s", "~183 ms", "musl 1.2.5"):
            assert each in figures


def test_a_start_up_of_an_earlier_run_is_marked_and_the_mark_explained() -> None:
    timed = exact("start_seconds", 0.111, unit="seconds", method="median")
    own = replace(made.result("own"), measurements=(timed,))
    taken = replace(made.result("taken"), measurements=(timed.taken_over("20261123T000000Z-000001"),))
    text = run_table(made.run(own, taken), "x", look=PLAIN)
    assert " 111 ms " in next(line for line in text.splitlines() if line.startswith(" own"))
    assert " 111 ms* " in next(line for line in text.splitlines() if line.startswith(" taken"))
    assert (
        "\n* measured in run 20261123T000000Z-000001: image, engine, machine and expectations are the same; "
        "--fresh measures again\n"
    ) in text
    assert "*" not in run_table(made.run(own), "x", look=PLAIN)
    narrow = run_table(made.run(own, taken), "x", look=Look(width=80, color=False))
    assert " 111 ms*" in narrow
    assert max(map(len, narrow.splitlines())) <= 80


def test_in_a_pipe_a_variant_is_one_line_however_long_its_label_is() -> None:
    label = "x" * 300
    text = run_table(made.run(made.result(label)), "x", look=Look(width=ENDLESS, color=False))
    (row,) = [line for line in text.splitlines() if label in line]
    assert row.split()[-2:] == ["passed", "200"]


def test_what_a_record_says_does_nothing_to_a_terminal() -> None:
    hostile = "a\x1b[2Jb\x07\u202e"
    odd = replace(
        made.result(hostile, status=Status.FAILED, reason=f"build: {hostile}\n  | {hostile}"),
        measurements=(exact("libc", hostile, method="m"), exact("base", hostile, method="m")),
    )
    for width in (80, ENDLESS):
        text = run_table(made.run(odd), hostile, look=Look(width=width, color=False))
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert r"  | a\x1b[2Jb\x07\u202e" in text.splitlines()


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
