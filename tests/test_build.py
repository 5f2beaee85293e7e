"""What buildx is told, by a program in its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imagematrix.build import _Watch, build
from imagematrix.errors import StepError
from imagematrix.model import Engine
from imagematrix.solve import Solve

PASSWORD = "planted-9d21-password"  # noqa: S105 - the test plants it
PROXY = f"http://me:{PASSWORD}@proxy.test:3128"


def failing(tmp_path: Path, script: str, **more: Any) -> StepError:
    """What a build by this program, which fails, raises."""
    buildx = tmp_path / "buildx"
    buildx.write_text(f"#!/bin/sh\n{script}\nexit 1\n")
    buildx.chmod(0o755)
    engine = Engine(
        host="unix:///none",
        name="docker",
        version="27",
        image_store="overlay2",
        embedded=False,
        buildx=(str(buildx),),
        env=(),
    )
    with pytest.raises(StepError) as caught:
        build(
            engine,
            context=tmp_path,
            dockerfile=tmp_path / "Dockerfile",
            tags=("a:b",),
            log=tmp_path / "log",
            cache=tmp_path / "cache",
            **more,
        )
    return caught.value


def test_the_user_of_a_proxy_is_on_no_command_line_in_no_log_and_in_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    script = f"""\
for word; do echo "$word" >> {tmp_path}/words; done
echo "$HTTP_PROXY" > {tmp_path}/given
echo "ERROR: no way through $HTTP_PROXY" >&2"""
    failure = failing(tmp_path, script, build_args=(("HTTP_PROXY", PROXY), ("NODE", "24")))
    words = (tmp_path / "words").read_text().splitlines()
    assert [word for word in words if word.startswith("--build-arg=")] == [
        "--build-arg=HTTP_PROXY",
        "--build-arg=NODE=24",
    ]
    assert (tmp_path / "given").read_text() == f"{PROXY}\n"
    assert PASSWORD not in "".join(words)
    assert failure.reason.startswith("no way through http://***@proxy.test:3128")
    assert (tmp_path / "log").read_text() == "ERROR: no way through http://***@proxy.test:3128\n"


def told_of(tmp_path: Path, script: str) -> list[str]:
    """The notices of a build by this program."""
    told: list[str] = []
    failing(tmp_path, script, on_notice=told.append)
    return told


def test_a_build_that_says_nothing_is_told_of_and_how_to_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("imagematrix.build.time.monotonic", lambda: now)
    solve = Solve(lambda _: None)
    told: list[str] = []
    watch = _Watch(solve, Path("app"), Path("logs/a.build.log"), told.append)
    step = {"digest": "sha256:1", "name": "[2/2] RUN npm ci", "started": "2026-11-24T02:32:22Z"}
    list(solve.feed(json.dumps({"vertexes": [step]})))
    for _ in range(250):  # at 60, 120 and 240 s
        now += 1
        watch.look()
    list(solve.feed(json.dumps({"vertexes": [{**step, "completed": "2026-11-24T02:32:23Z"}]})))
    watch.heard()
    for _ in range(61):
        now += 1
        watch.look()
    said, ends = "the build has said nothing for", "; Ctrl-C ends it, its log is logs/a.build.log"
    since = " since [2/2] RUN npm ci"
    assert told == [
        *(f"{said} {seconds} s{since}{ends}" for seconds in (60, 120, 240)),
        f"{said} 60 s{ends}",
    ]


def test_a_build_that_hangs_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagematrix.build._SILENT_SECONDS", 0.5)
    (told, *_) = told_of(tmp_path, "sleep 1.5")
    assert told.startswith("the build has said nothing for ")


def test_a_large_context_is_told_of_as_it_grows_with_what_to_do(tmp_path: Path) -> None:
    def sending(count: int) -> str:
        told = {"id": "transferring context:", "vertex": "sha256:1", "current": count}
        return f"echo '{json.dumps({'statuses': [told]})}' >&2; sleep 0.3"

    megabytes = (5, 99, 100, 150, 199, 250, 260, 700)
    told = told_of(tmp_path, "\n".join(sending(count * 1_000_000) for count in megabytes))
    sent = [int(each.split()[0]) for each in told]
    assert sent == [100, 250, 700]
    assert told[0] == (
        f"100 MB of the build context {tmp_path} are sent so far; "
        "a .dockerignore in it keeps out what the image does not need"
    )


@pytest.mark.parametrize(
    "wrong", ['{"statuses": [{"id": "transferring context:", "current": "x"}]}', '{"statuses": null}']
)
def test_what_is_sent_may_not_be_told(tmp_path: Path, wrong: str) -> None:
    assert told_of(tmp_path, f"echo '{wrong}' >&2") == []
