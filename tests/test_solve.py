from __future__ import annotations

import base64
import json

import pytest

from imagematrix.solve import Solve

START, END = "2026-11-24T02:32:22.727105396Z", "2026-11-24T02:32:24.977105396Z"


def feed(*told: object, indent: int | None) -> tuple[Solve, list[str], list[str]]:
    """A build's progress, as newer (indent None) or older (indent 2) versions of buildx print it."""
    notes: list[str] = []
    solve = Solve(notes.append)
    text = "\n".join(x if isinstance(x, str) else json.dumps(x, indent=indent) for x in told)
    log = [seen for line in text.split("\n") for seen in solve.feed(line)]
    return solve, notes, log


def vertex(name: str, **more: object) -> dict[str, object]:
    return {"vertexes": [{"digest": f"sha256:{name}", "name": name, **more}]}


@pytest.mark.parametrize("indent", [None, 2])
def test_seconds_run_from_the_first_start_to_the_last_end(indent: int | None) -> None:
    solve, notes, log = feed(
        vertex("[internal] load build definition", started=START),
        vertex("[2/2] RUN npm ci", started="2026-11-24T02:32:23Z"),
        vertex("[2/2] RUN npm ci", started="2026-11-24T02:32:23Z", completed=END),
        indent=indent,
    )
    assert solve.seconds == pytest.approx(2.25)
    assert notes == ["[2/2] RUN npm ci"]
    assert "[2/2] RUN npm ci: done in 1.98 s" in log


@pytest.mark.parametrize("indent", [None, 2])
def test_a_builder_of_buildxs_own_is_seen_as_it_begins(indent: int | None) -> None:
    assert not feed(vertex("[internal] load build definition", started=START), indent=indent)[0].boots
    solve, _, _ = feed(vertex("[internal] booting buildkit"), indent=indent)
    assert solve.boots
    assert "`docker rm -f -v buildx_buildkit_default` removes it" in solve.failure()


@pytest.mark.parametrize("indent", [None, 2])
def test_the_step_that_is_gone_on_with(indent: int | None) -> None:
    solve, _, _ = feed(
        vertex("[1/2] RUN a", started=START), vertex("[internal] load x", started=START), indent=indent
    )
    assert solve.at == "[1/2] RUN a"
    ended = vertex("[1/2] RUN a", started=START, completed=END)
    assert feed(vertex("[1/2] RUN a", started=START), ended, indent=indent)[0].at == ""


@pytest.mark.parametrize("indent", [None, 2])
def test_cached_means_every_instruction_was(indent: int | None) -> None:
    hit = vertex("[1/2] COPY a b", started=START, completed=START, cached=True)
    base = vertex("[1/2] FROM node:24", started=START, completed=START)
    miss = vertex("[2/2] RUN x", started=START, completed=END)
    assert feed(base, hit, indent=indent)[0].cached
    assert not feed(base, hit, miss, indent=indent)[0].cached
    skipped = vertex("[1/2] WORKDIR /app")
    assert feed(base, skipped, hit, indent=indent)[0].cached


@pytest.mark.parametrize("indent", [None, 2])
def test_a_failure_names_the_step_and_its_last_lines(indent: int | None) -> None:
    lines = base64.b64encode(b"npm error code E404\nnpm error 404 Not Found\n").decode()
    solve, _, log = feed(
        vertex("[2/2] RUN npm ci", started=START),
        {"logs": [{"vertex": "sha256:[2/2] RUN npm ci", "stream": 2, "data": lines}]},
        vertex("[2/2] RUN npm ci", completed=END, error="exit code: 1"),
        "ERROR: failed to solve: process did not complete",
        indent=indent,
    )
    assert solve.failure() == (
        "[2/2] RUN npm ci: exit code: 1\n    | npm error code E404\n    | npm error 404 Not Found"
    )
    assert "    npm error code E404" in log


def test_a_failure_without_a_step_is_the_tools_own_word() -> None:
    solve, _, _ = feed("ERROR: cannot reach the daemon", indent=None)
    assert solve.failure() == "cannot reach the daemon"


def test_what_is_not_json_is_kept_in_the_log_and_stops_nothing() -> None:
    solve, _, log = feed("{nonsense}", vertex("[1/1] RUN y", started=START, completed=END), indent=None)
    assert "{nonsense}" in log
    assert solve.seconds == pytest.approx(2.25)


def test_nothing_told_is_no_time_and_no_failure() -> None:
    solve = Solve(lambda _: None)
    assert (solve.seconds, solve.failure()) == (0.0, "")


def test_a_line_that_comes_in_parts_is_one_and_streams_are_told_apart() -> None:
    def said(text: str, stream: int) -> dict[str, object]:
        data = base64.b64encode(text.encode()).decode()
        return {"logs": [{"vertex": "sha256:RUN x", "stream": stream, "data": data}]}

    solve, _, _ = feed(
        vertex("RUN x", started=START),
        *(said("/bin/sh: ", 2), said("nosuch: not", 2), said(" found\nnext\n", 2)),
        *(said("out", 1), said("err\n", 2), said("x" * 1500, 2), said("y" * 1500, 2)),
        vertex("RUN x", completed=END, error="exit code: 127"),
        indent=None,
    )
    _, *lines = solve.failure().split("\n    | ")
    assert lines == ["/bin/sh: nosuch: not found", "next", "out", "err", "x" * 1500 + "y" * 500]
