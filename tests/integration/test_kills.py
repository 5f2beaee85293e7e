"""A run that is killed at any point: nothing of it stays on the engine, and all that it kept is whole."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import docker
import pytest
from jsonschema import Draft7Validator

from imagematrix.model import LABEL_OWNER, Places
from tests.integration.apps import DOCKERFILE, tiny
from tests.integration.cli import invoke, words
from tests.soak import count

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]

POINTS: Final = count(4, 100)
SIGNALS: Final = (signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)
BASE: Final = "node:24-alpine"
MARK: Final = "IMAGEMATRIX_TEST_KILLS"  # in the environment of all that a killed run started
SCHEMA: Final = json.loads(
    (Path(__file__).resolve().parents[2] / "imagematrix" / "run.schema.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    second = f'  second:\n    dockerfile: second.Dockerfile\n    bases: ["{BASE}"]\n'
    folder = tiny(tmp_path_factory.mktemp("kills"), matrix=second, timeout=20)
    (folder / "second.Dockerfile").write_text(
        DOCKERFILE.format(base=BASE, more="RUN sleep 0.5; date > /when"), encoding="utf-8"
    )
    matrix = folder / "variants.yml"
    matrix.write_text(matrix.read_text().replace("name: tiny", "name: killed"), encoding="utf-8")
    return folder


def start(folder: Path, number: int, scratch: Path) -> subprocess.Popen[bytes]:
    """A run that has something to build, of a process group of its own."""
    (folder / "app" / "index.js").write_text(
        "process.on('SIGTERM', () => process.exit(0))\n"
        f"require('http').createServer((q, r) => r.end('Hello World!')).listen(3000) // {number}\n",
        encoding="utf-8",
    )
    return subprocess.Popen(
        words("matrix", "--repeat=1"),
        cwd=folder,
        env={**os.environ, "TMPDIR": str(scratch), MARK: str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def alive(folder: Path) -> list[str]:
    """The processes of this machine that a killed run started and left."""
    wanted = f"{MARK}={folder}".encode()
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in environment.read_bytes().split(b"\0"):
                found.append((environment.parent / "cmdline").read_bytes().decode(errors="replace"))
        except OSError:
            continue  # it has ended
    return found


def aside(*tops: Path) -> Iterator[Path]:
    """Whatever looks like a file or folder for the moment."""
    for top in tops:
        for path in (*top.glob(".*"), *top.glob("*/.*"), *top.glob("*/*/.*")):
            if path.name.endswith(".tmp") or path.name.startswith(".new-"):
                yield path


def check(folder: Path, client: docker.DockerClient, owner: str, points: Sequence[float]) -> None:
    """What has to hold after a kill and the command that came next."""
    labelled: dict[str, str | list[str] | bool] = {"label": f"{LABEL_OWNER}={owner}"}
    assert client.containers.list(all=True, filters=labelled, ignore_removed=True) == [], points[-1]
    assert client.networks.list(filters=labelled) == [], points[-1]
    validator = Draft7Validator(SCHEMA)
    records = [json.loads(path.read_text("utf-8")) for path in folder.glob("results/*/run.json")]
    assert all(validator.is_valid(record) for record in records), points[-1]
    for record in records:
        for variant in record["variants"]:
            assert variant["status"] != "passed" or variant["smoke"] is not None or variant["build"], record[
                "id"
            ]


def test_at_points_spread_over_a_run(
    folder: Path, client: docker.DockerClient, places: Places, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    begun = time.monotonic()
    assert start(folder, -1, scratch).wait(timeout=300) == 0
    length = time.monotonic() - begun
    made = json.loads(invoke(folder, "clean", "--dry", "--json").out)
    owner = client.images.get(made[0]["id"]).labels[LABEL_OWNER]
    before = set(aside(places.cache))
    points: list[float] = []
    ended: list[int] = []
    for number, sent in zip(range(POINTS), itertools.cycle(SIGNALS)):
        points.append(length * (number + 0.5) / POINTS)
        process = start(folder, number, scratch)
        time.sleep(points[-1])
        process.send_signal(sent)
        ended.append(process.wait(timeout=60))
        # The next command, whichever it is that takes to the engine, finds what the dead one left.
        assert invoke(folder, "build", "--variant=tiny").code == 0
        check(folder, client, owner, points)
        deadline = time.monotonic() + 20
        while alive(folder) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert alive(folder) == [], points[-1]
        assert set(aside(places.cache, folder / "results", scratch)) - before == set(), points[-1]
        assert list(scratch.iterdir()) == [], points[-1]
    assert set(ended) <= {-signal.SIGKILL, 130, 0}, ended
    assert ended.count(0) <= POINTS // 3, "most were to be killed before their end"
    # Those that wrote a record are listed as what they are; of those that were killed before, there is none.
    listed = {run["id"]: run for run in invoke(folder, "runs", "--json").record}
    records = {path.parent.name: path for path in folder.glob("results/*/run.json")}
    assert set(listed) == set(records)
    cut_off = [run for run in listed.values() if run["status"] == "interrupted"]
    assert len(cut_off) >= POINTS // 2
    assert not any(run["running"] for run in listed.values())
    reached = [json.loads(records[run["id"]].read_text("utf-8")) for run in cut_off]
    assert any(variant["build"] for record in reached for variant in record["variants"])
    assert invoke(folder, "clean").code == 0
