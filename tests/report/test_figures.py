"""What several formats ask of a result."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import (
    Measurement,
    Result,
    SmokeAnswer,
    Status,
    Table,
    estimated,
    exact,
    not_applicable,
    unavailable,
)
from imagematrix.report.figures import called, figure, libc, number, plain, start_up, unfinished, words
from tests import made


def with_figures(*figures: Measurement) -> Result:
    return replace(made.result(), measurements=figures)


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (exact("x", 69_700_000, unit="bytes", method="m"), "69.7 MB"),
        (estimated("x", 69_700_000, unit="bytes", method="m"), "~69.7 MB"),
        (estimated("x", 0.25, unit="seconds", method="m"), "~250 ms"),
        (exact("x", 1_234, unit="files", method="m"), "1,234"),
        (exact("x", 0, unit="bytes", method="m"), "0 B"),
        (exact("x", True, method="m"), "exact"),
        (not_applicable("x", "why", unit="bytes"), "not applicable"),
        (unavailable("x", "why", unit="bytes"), "unavailable"),
        (None, "-"),
    ],
)
def test_a_figure_is_told_with_its_unit_and_doubt_or_not_at_all(
    found: Measurement | None, shown: str
) -> None:
    assert figure(found) == shown
    assert (number(found) is None) is ((shown[-1].isalpha() and shown[:1].isalpha()) or shown == "-")


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (exact("x", ("bash", "sh"), method="m"), "bash, sh"),
        (exact("x", (), method="m"), "none"),
        (exact("x", ("/a", "/b,c", "/it's"), method="m"), """/a, '/b,c', '/it'"'"'s'"""),
        (exact("command", ("node", "a.js"), method="m"), "node a.js"),
        (exact("command", ("node", "--x=1,2", "a b", ""), method="m"), "node --x=1,2 'a b' ''"),
        (exact("entrypoint", ("/bin/sh", "-c", "a, b\x1b"), method="m"), r"/bin/sh -c 'a, b\x1b'"),
        (exact("entrypoint", (), method="m"), "none"),
        (exact("x", "", method="m"), "none"),
        (exact("x", "a\x1b[2Jb", method="m"), r"a\x1b[2Jb"),
        (exact("x", (0.1, 2.5), unit="seconds", method="m"), "100 ms, 2.5 s"),
        (exact("x", True, method="m"), "yes"),
        (exact("x", Table(columns=("a",), rows=()), method="m"), "exact"),
        (not_applicable("x", "why"), "not applicable"),
        (None, "-"),
    ],
)
def test_an_answer_is_told_in_words(found: Measurement | None, shown: str) -> None:
    assert words(found) == shown


def test_a_timed_start_goes_before_the_one_answer_and_a_wrong_answer_is_no_start() -> None:
    timed = exact("start_seconds", 0.5, unit="seconds", method="m")
    once = with_figures()
    assert start_up(with_figures(timed)) == "500 ms"
    assert start_up(once) == "~183 ms"
    assert start_up(with_figures(unavailable("start_seconds", "why"))) == "~183 ms"
    assert start_up(replace(with_figures(unavailable("start_seconds", "why")), smoke=None)) == "unavailable"
    assert start_up(replace(once, smoke=None)) == "-"
    wrong = replace(
        once,
        status=Status.FAILED,
        reason="smoke: expected status 200, got 500",
        smoke=SmokeAnswer(http_status=500, first_response_seconds=0.1),
    )
    assert start_up(wrong) == "-"


def test_the_c_library_has_its_version_where_that_is_known() -> None:
    assert libc(made.result()) == "musl 1.2.5"
    assert libc(with_figures(exact("libc", "musl", method="m"))) == "musl"
    assert libc(with_figures()) == "-"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("start_seconds", "start-up"),
        ("memory_idle_bytes", "memory when idle"),
        ("stop_init_seconds", "time to stop, with an init"),
        ("stop_init_exit_code", "stop exit code, with an init"),
        ("node_modules_bytes", "node_modules"),
        ("unpacked_bytes", "unpacked"),
        ("bytes_by_origin", "bytes by origin"),
        ("bytes", "bytes"),
    ],
)
def test_a_measurement_is_called_by_words(name: str, told: str) -> None:
    assert called(name) == told


@pytest.mark.parametrize(
    ("status", "reason", "so"),
    [
        (Status.SKIPPED, "the run was interrupted before this variant was finished", True),
        (Status.SKIPPED, "the run ended before this was finished: no engine", True),
        (Status.SKIPPED, "base: no registry", False),
        (Status.FAILED, "build: exit code 1", False),
        (Status.PASSED, "", False),
    ],
)
def test_unfinished_is_what_the_end_of_the_run_cut_off(status: Status, reason: str, so: bool) -> None:
    assert unfinished(made.result(status=status, reason=reason)) is so


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain <b> & “quoted” naïve 日本", "plain <b> & “quoted” naïve 日本"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\x00", r"a\nb\x00"),
        ("\u202etxt.exe\u2066", r"\u202etxt.exe\u2066"),
        ("\udcff\ufffe\ufdd0\uffff", r"\xff\ufffe\ufdd0\uffff"),
    ],
)
def test_what_is_no_plain_writing_is_shown_as_escapes(text: str, shown: str) -> None:
    assert plain(text) == shown
