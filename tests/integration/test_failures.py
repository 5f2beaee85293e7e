"""What a user is told when something of theirs goes wrong: on a real engine, from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import docker
import pytest

from imagematrix.config import load_matrix
from imagematrix.model import LABEL_OWNER
from imagematrix.steps import owner
from tests.integration.apps import SERVES, tiny
from tests.integration.cli import Done, invoke, words

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]


EMPTY_TAR = bytes(10240)  # two blocks of zeros end an archive, padded to a record


def only(done: Done) -> Any:
    (variant,) = done.record["variants"]
    return variant


def test_a_failed_build_says_the_step_its_last_lines_and_where_the_log_is(tmp_path: Path) -> None:
    done = invoke(
        tiny(tmp_path, more="RUN echo before && node -e 'console.error(\"broken\"); process.exit(3)'"),
        "build",
    )
    assert done.code == 1
    assert "tiny failed: build: [3/4] RUN echo before" in done.out
    assert "exit code: 3" in done.out
    assert "    | before\n    | broken" in done.out
    log = next(line for line in done.out.splitlines() if "whole log: " in line).partition("whole log: ")[2]
    assert "broken" in Path(log).read_text(encoding="utf-8")


def test_a_broken_expectation_fails_and_keeps_what_was_measured(tmp_path: Path) -> None:
    done = invoke(
        tiny(tmp_path, matrix="    expect: { shells: [], libc: musl }\n"), "matrix", "--repeat=1", "--json"
    )
    variant = only(done)
    assert done.code == 1
    assert variant["reason"] == "measure: expected shells to be [], found [sh]"
    assert variant["smoke"]["http_status"] == 200
    assert variant["measurements"]


def test_others_go_on_when_one_fails(tmp_path: Path) -> None:
    more = "  broken: { dockerfile: Broken, bases: ['node:{node}-alpine'] }\n"
    folder = tiny(tmp_path, matrix=more)
    (folder / "Broken").write_text("FROM node:24-alpine\nRUN exit 9\n", encoding="utf-8")
    done = invoke(folder, "matrix", "--repeat=1", "--json")
    assert done.code == 1
    assert [variant["status"] for variant in done.record["variants"]] == ["passed", "failed"]


def test_a_base_that_cannot_be_had_fails_its_variant_and_exits_3_when_none_is_left(tmp_path: Path) -> None:
    more = "  lost: { dockerfile: Lost, bases: ['127.0.0.1:9/nothing:1'] }\n"
    folder = tiny(tmp_path, matrix=more)
    (folder / "Lost").write_text("FROM 127.0.0.1:9/nothing:1\n", encoding="utf-8")
    done = invoke(folder, "smoke", "--json")
    assert done.code == 1
    told = {variant["label"]: variant for variant in done.record["variants"]}
    assert told["tiny"]["status"] == "passed"
    assert told["lost"]["reason"].startswith("base: 127.0.0.1:9/nothing:1 cannot be had")
    alone = invoke(folder, "smoke", "--variant", "lost")
    assert alone.code == 3
    assert "cannot be had" in alone.err
    assert "next: " in alone.err


def test_an_engine_address_that_does_not_answer_is_named(tmp_path: Path) -> None:
    done = invoke(tiny(tmp_path), "matrix", environment={"DOCKER_HOST": "tcp://127.0.0.1:9"})
    assert done.code == 3
    assert "tcp://127.0.0.1:9" in done.err
    assert "DOCKER_HOST" in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_removes_the_container_and_keeps_the_run(
    tmp_path: Path, client: docker.DockerClient, number: int
) -> None:
    folder = tiny(tmp_path, index="setInterval(() => {}, 1000)", timeout=60)
    process = subprocess.Popen(
        words("smoke"), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    _await_container(client, folder)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "interrupted" in err
    assert "Traceback" not in err
    (kept,) = (folder / "results").iterdir()
    record = json.loads((kept / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "interrupted"
    assert record["variants"][0]["status"] == "skipped"
    assert record["variants"][0]["build"] is not None
    assert "interrupted" in invoke(folder, "runs").out


def test_an_interrupted_build_ends_the_build(tmp_path: Path) -> None:
    marker = f"echo {time.time_ns()}"
    folder = tiny(tmp_path, more=f"RUN {marker} && sleep 300; true")
    process = subprocess.Popen(
        words("build"), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    _until(lambda: marker in _processes())
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - started < 20
    _until(lambda: marker not in _processes(), seconds=20)


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path, client: docker.DockerClient) -> None:
    folder = tiny(tmp_path, index="setInterval(() => {}, 1000)", timeout=60)
    process = subprocess.Popen(
        words("smoke"), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    left = _await_container(client, folder)
    process.kill()
    process.wait(timeout=60)
    (folder / "app" / "index.js").write_text(SERVES, encoding="utf-8")
    assert invoke(folder, "smoke").code == 0
    assert left.id not in [c.id for c in client.containers.list(all=True, ignore_removed=True)]
    listed = {run["status"] for run in invoke(folder, "runs", "--json").record}
    assert listed == {"interrupted", "passed"}


def test_an_app_that_dies_after_its_answer_says_so_and_keeps_the_answer(tmp_path: Path) -> None:
    dies = SERVES.replace(
        "r.end('Hello World!')", "{ r.end('Hello World!'); setTimeout(() => process.exit(9), 5) }"
    )
    variant = only(invoke(tiny(tmp_path, index=dies), "matrix", "--repeat=1", "--json"))
    assert variant["status"] == "failed"
    assert "exited with code 9 after it had answered" in variant["reason"]
    assert variant["smoke"]["http_status"] == 200


def test_the_container_is_limited_labelled_and_on_loopback_alone(
    tmp_path: Path, client: docker.DockerClient
) -> None:
    folder = tiny(tmp_path, index="setInterval(() => {}, 1000)", timeout=6)
    process = subprocess.Popen(
        words("smoke"), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        attrs = _await_container(client, folder).attrs
    finally:
        process.wait(timeout=60)
    host = attrs["HostConfig"]
    assert host["Memory"] == 512 << 20
    assert host["MemorySwap"] == host["Memory"]
    assert host["PidsLimit"] == 256
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["Privileged"] is False
    assert host["Init"] is True
    assert not host["Binds"]
    assert {port["HostIp"] for port in attrs["NetworkSettings"]["Ports"]["3000/tcp"]} == {"127.0.0.1"}
    assert {"imagematrix.owner", "imagematrix.run", "imagematrix.kind"} <= set(attrs["Config"]["Labels"])


def test_what_does_not_carry_our_labels_is_never_touched(tmp_path: Path, client: docker.DockerClient) -> None:
    folder = tiny(tmp_path)
    assert invoke(folder, "build").code == 0
    # An image under our name space without our labels: names decide nothing.
    client.api.import_image_from_data(EMPTY_TAR, repository="imagematrix.local/foreign", tag="1")
    try:
        told = invoke(folder, "clean").out
        assert "imagematrix.local/tiny:tiny-node24" in told
        assert "foreign" not in told
        assert client.images.get("imagematrix.local/foreign:1")
    finally:
        client.images.remove("imagematrix.local/foreign:1", force=True)


def _await_container(client: docker.DockerClient, folder: Path) -> Any:
    """The container of a run of this folder's matrix, as soon as there is one."""
    mark = owner(load_matrix(folder / "variants.yml"))
    found: list[Any] = []

    def look() -> bool:
        labels: dict[str, str | list[str] | bool] = {"label": f"{LABEL_OWNER}={mark}"}
        found[:] = client.containers.list(filters=labels, ignore_removed=True)
        return bool(found)

    _until(look)
    return found[0]


def _until(true: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def _processes() -> str:
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                lines.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
    return "\n".join(lines)
