"""One image on two image stores: what the engine says differs, what we say does not."""

from __future__ import annotations

import subprocess
import threading
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest

from imagematrix import engine as engines
from imagematrix.image import Sampler, read_image, read_layers
from imagematrix.model import Engine
from tests.integration.cli import checkout, docker, invoke, variants
from tests.integration.conftest import REPOSITORY
from tests.integration.own import own_cache

pytestmark = pytest.mark.integration

LABELS = ["vanilla", "multi-stage", "distroless", "alpine"]


def reference(label: str) -> str:
    return f"imagematrix.local/hello-world:{label}-node24"


def test_unpacked_bytes_are_the_same_on_overlay2_and_on_the_containerd_store(
    engine: Engine, tmp_path: Path
) -> None:
    folder = checkout(tmp_path, REPOSITORY)
    here: dict[str, Any] = {
        label: variant["image"]
        for label, variant in variants(invoke(folder, "build", "--json").record).items()
    }
    store: Literal["overlay2", "containerd"]
    store = "overlay2" if engine.image_store == "containerd" else "containerd"
    with own_cache(tmp_path) as places:
        other = engines.up(places, print, image_store=store)
        assert other.image_store == store
        names = [reference(label) for label in LABELS]  # in one export, shared layers are there once
        save, load = docker(engine, "save", *names), docker(other, "load", "--quiet")
        with subprocess.Popen(save, stdout=subprocess.PIPE) as saving:
            subprocess.run(load, stdin=saving.stdout, check=True, stdout=subprocess.DEVNULL)
        assert saving.returncode == 0
        there = read_layers(
            partial(engines.connect, other),
            {reference(label): [x["diff_id"] for x in here[label]["layers"]] for label in LABELS},
            cache=tmp_path / "layers",
            compressing=Sampler,
            exact_sizes=False,
            on_progress=print,
            stop=threading.Event(),
        )
        with closing(engines.connect(other)) as client:
            alpine = read_image(
                other,
                client,
                reference("alpine"),
                config_digest=here["alpine"]["config_digest"],
                bases=[],
                cache=tmp_path,
                stop=threading.Event(),
            )
    for image in here.values():
        sizes = [there.files[layer["diff_id"]].content_bytes for layer in image["layers"]]
        assert sizes == [layer["bytes"] for layer in image["layers"]]
        assert sum(sizes) == image["unpacked_bytes"]
    assert alpine.unpacked_bytes == here["alpine"]["unpacked_bytes"]
    assert [layer.created_by for layer in alpine.layers] == [
        x["created_by"] for x in here["alpine"]["layers"]
    ]
    assert alpine.engine_bytes != here["alpine"]["engine_bytes"]
