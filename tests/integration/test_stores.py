"""One image on two image stores: what the engine says differs, what we say does not."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from imagematrix import engine as engines
from imagematrix.image import read_image
from imagematrix.model import Engine, EngineImage
from tests.integration.cli import checkout, docker, invoke, variants
from tests.integration.conftest import REPOSITORY
from tests.integration.own import own_cache

pytestmark = pytest.mark.integration

LABELS = ["vanilla", "multi-stage", "distroless", "alpine"]


def reference(label: str) -> str:
    return f"imagematrix.local/hello-world:{label}-node24"


def images(engine: Engine, cache: Path, digests: dict[str, str]) -> dict[str, EngineImage]:
    with closing(engines.connect(engine)) as client:
        return {
            label: read_image(
                engine, client, reference(label), config_digest=digests[label], bases=[], cache=cache
            )
            for label in LABELS
        }


def test_unpacked_bytes_are_the_same_on_overlay2_and_on_the_containerd_store(
    engine: Engine, tmp_path: Path
) -> None:
    folder = checkout(tmp_path, REPOSITORY)
    record = invoke(folder, "build", "--json").record
    digests = {label: v["image"]["config_digest"] for label, v in variants(record).items()}
    other_store: Literal["overlay2", "containerd"]
    other_store = "overlay2" if engine.image_store == "containerd" else "containerd"
    here = images(engine, tmp_path / "here", digests)
    with own_cache(tmp_path) as places:
        other = engines.up(places, print, image_store=other_store)
        assert other.image_store == other_store
        names = [reference(label) for label in LABELS]  # in one export, shared layers are there once
        save, load = docker(engine, "save", *names), docker(other, "load", "--quiet")
        with subprocess.Popen(save, stdout=subprocess.PIPE) as saving:
            subprocess.run(load, stdin=saving.stdout, check=True, stdout=subprocess.DEVNULL)
        assert saving.returncode == 0
        there = images(other, tmp_path / "there", digests)
    for label in LABELS:
        assert there[label].unpacked_bytes == here[label].unpacked_bytes
        assert there[label].layers == here[label].layers
        assert [(x.created_by, x.bytes) for x in there[label].history] == [
            (x.created_by, x.bytes) for x in here[label].history
        ]
        assert there[label].engine_bytes != here[label].engine_bytes
