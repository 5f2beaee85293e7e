"""Many runs at once on one engine: none meets another's containers, tags, records or bases."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import docker
import pytest
from docker.errors import ImageNotFound
from jsonschema import Draft7Validator

from imagematrix.model import LABEL_KIND, LABEL_OWNER
from tests.integration.apps import STOPS, tiny
from tests.integration.cli import Done, invoke, words
from tests.soak import count

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]

AT_ONCE: Final = count(4, 8)
BASE: Final = "node:24-alpine-beside"
STAND_IN: Final = f"imagematrix.local/stand-in/{BASE}"
ANSWERS: Final = f"{STOPS} // "
SCHEMA: Final = Path(__file__).resolve().parents[2] / "imagematrix" / "run.schema.json"


@pytest.fixture
def fresh_base(client: docker.DockerClient) -> Iterator[None]:
    """A base image of these tests alone, which has to be made."""
    with suppress(ImageNotFound):
        client.images.remove(STAND_IN)
    yield
    client.images.remove(STAND_IN, force=True)


def checkout(folder: Path, mark: str) -> Path:
    folder.mkdir()
    made = tiny(folder, base=BASE, index=ANSWERS + mark, timeout=60)
    matrix = made / "variants.yml"
    matrix.write_text(matrix.read_text().replace("name: tiny", "name: beside"), encoding="utf-8")
    return made


def start(folder: Path, *flags: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        words("matrix", "--json", "--fresh", *flags),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(processes: Sequence[subprocess.Popen[str]]) -> list[Done]:
    done = []
    for process in processes:
        out, err = process.communicate(timeout=600)
        done.append(Done(code=process.returncode, out=out, err=err))
    return done


def assert_whole(folder: Path, runs: Sequence[Done]) -> None:
    """Every run passed, told of its own record, and that is in the archive just so."""
    assert [run.code for run in runs] == [0] * len(runs), "\n".join(run.err for run in runs)
    archived = {path.parent.name: path for path in (folder / "results").glob("*/run.json")}
    assert sorted(run.record["id"] for run in runs) == sorted(archived)
    validator = Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for run in runs:
        assert json.loads(archived[run.record["id"]].read_text(encoding="utf-8")) == run.record
        assert validator.is_valid(run.record)
        assert [variant["status"] for variant in run.record["variants"]] == ["passed"]
    assert list((folder / "results").rglob("*.tmp")) == []


def own(client: docker.DockerClient, folder: Path) -> dict[str, list[str]]:
    """The images that the matrix file of a folder has made, with their tags."""
    made = json.loads(invoke(folder, "clean", "--dry", "--json").out)
    images = [client.images.get(each["id"]) for each in made if each["kind"] == "variant"]
    return {str(image.id): sorted(image.tags) for image in images}


def await_container(client: docker.DockerClient, owner: str, running: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    mine: dict[str, str | list[str] | bool] = {"label": f"{LABEL_OWNER}={owner}"}
    while not client.containers.list(filters=mine, ignore_removed=True):
        assert running.poll() is None, "it ended before it had a container"
        assert time.monotonic() < deadline, "it has no container"
        time.sleep(0.05)


def tagged(client: docker.DockerClient, folder: Path) -> dict[str, list[str]]:
    """Those that are in use: of two builds at once that both made one, the other has lost its tags."""
    return {image: tags for image, tags in own(client, folder).items() if tags}


@pytest.mark.usefixtures("fresh_base")
def test_in_one_checkout(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "one", "alone")
    runs = ended([start(folder, "--repeat=1") for _ in range(AT_ONCE)])
    assert_whole(folder, runs)
    assert len({run.record["variants"][0]["image"]["config_digest"] for run in runs}) == 1
    # The base was made by one of them; what the others tell meanwhile is that they wait.
    told = [run.err for run in runs]
    assert sum("ADD alpine.tar" in text for text in told) == 1
    assert sum("waiting for it" in text for text in told) >= 1
    assert invoke(folder, "clean").code == 0


@pytest.mark.usefixtures("fresh_base")
def test_in_two_checkouts_of_one_app_of_which_one_cleans_up(
    tmp_path: Path, client: docker.DockerClient
) -> None:
    short, long = checkout(tmp_path / "a", "a"), checkout(tmp_path / "b", "b")
    slow = [start(long, "--repeat=5") for _ in range(AT_ONCE // 2)]
    quick = [start(short, "--repeat=1") for _ in range(AT_ONCE // 2)]
    try:
        assert_whole(short, ended(quick))
    finally:
        before = ended(slow)
    ((kept, tags),) = tagged(client, long).items()
    owner = client.images.get(kept).labels[LABEL_OWNER]
    # What is cleaned up beside it has a container on the engine just now, however fast the machine.
    running = start(long, "--repeat=10")
    try:
        await_container(client, owner, running)
        beside = invoke(long, "clean")
        assert beside.code == 2
        assert "is in progress in this checkout, and would lose its images" in beside.err
        assert invoke(short, "clean").code == 0
        assert running.poll() is None, "it was to run still"
    finally:
        after = ended([running])
    assert_whole(long, [*before, *after])
    assert own(client, short) == {}
    # A tag without an owner is whoever's built last: only the one of this owner is sure to be kept.
    tag = f"imagematrix.local/beside:tiny-node24-{owner}"
    ((image, still),) = tagged(client, long).items()
    assert image == kept
    assert tag in tags
    assert tag in still
    assert invoke(long, "clean").code == 0
    left = client.images.list(filters={"label": [f"{LABEL_OWNER}={owner}", LABEL_KIND]})
    assert left == []
