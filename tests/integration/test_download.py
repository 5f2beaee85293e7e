"""Download bytes against what a real registry holds after a push: the same layers, compressed by the engine."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

import docker
import pytest

from imagematrix import bases
from imagematrix.image.manifest import registry_bytes
from imagematrix.image.sampling import Compressing, ExactSampler, Sampler
from imagematrix.model import BaseRef, Engine, Places, ReadyBase
from tests.integration.registry import Registry, remove_named

pytestmark = pytest.mark.integration

RECIPES = {
    "node:24-alpine": "alpine-node",
    "gcr.io/distroless/nodejs24-debian13:latest": "distroless-node",
}
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"


class Prepare(Protocol):
    def __call__(self, reference: str, *, mode: bases.Mode) -> ReadyBase: ...


def fetch(registry: Registry, path: str) -> Any:
    """A document of the registry, asked for without anything of ours."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://{registry.address}/v2/{path}", headers={"Accept": MANIFEST})
    with direct.open(request, timeout=10) as answer:
        return json.load(answer)


def held(registry: Registry, repository: str, tag: str) -> dict[str, int]:
    """Bytes of each layer's blob in the registry, by diff ID."""
    manifest = fetch(registry, f"{repository}/manifests/{tag}")
    config = fetch(registry, f"{repository}/blobs/{manifest['config']['digest']}")
    sizes = [layer["size"] for layer in manifest["layers"]]
    return dict(zip(config["rootfs"]["diff_ids"], sizes, strict=True))


@pytest.fixture
def prepare(engine: Engine, client: docker.DockerClient, places: Places) -> Prepare:
    def prepared(reference: str, *, mode: bases.Mode) -> ReadyBase:
        ref = BaseRef(reference=reference, recipe=RECIPES.get(reference, ""), node="24")
        found = bases.prepare(
            engine, client, [ref], mode=mode, platform="", places=places, listener=lambda _: None
        )[reference]
        assert isinstance(found, ReadyBase), found
        return found

    return prepared


def push(registry: Registry, client: docker.DockerClient, ref: str, repository: str) -> dict[str, int]:
    """Push an image; bytes of each of its layers in the registry then, by diff ID."""
    name = f"{registry.address}/{repository}"
    client.images.get(ref).tag(name, "24")
    for line in client.images.push(name, tag="24", stream=True, decode=True):
        assert "error" not in line, line
    remove_named(client, name)
    return held(registry, repository, "24")


def compressed(
    client: docker.DockerClient, ref: str, *ways: Callable[[int], Compressing], known: Collection[str] = ()
) -> list[dict[str, int]]:
    """Each way's figure of each layer that is not `known`, by diff ID, out of one export."""
    figures: list[dict[str, int]] = [{} for _ in ways]
    diff_ids = set(client.images.get(ref).attrs["RootFS"]["Layers"]) - set(known)
    chunks = cast(Iterator[bytes], client.api.get_image(ref, chunk_size=1 << 20))
    with tarfile.open(fileobj=io.BufferedReader(Chunks(chunks), 1 << 20), mode="r|") as export:
        for member in export:
            diff_id = f"sha256:{Path(member.name).name}"
            if diff_id not in diff_ids:
                continue
            content = export.extractfile(member)
            assert content is not None
            samplers = [way(member.size) for way in ways]
            while chunk := content.read(1 << 20):
                for sampler in samplers:
                    sampler.update(chunk)
            for figure, sampler in zip(figures, samplers, strict=True):
                figure[diff_id] = sampler.result().bytes
    assert all(figure.keys() == diff_ids for figure in figures)
    return figures


class Chunks(io.RawIOBase):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks, self.left = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.left = self.left or next(self.chunks, b"")
        count = min(len(buffer), len(self.left))
        buffer[:count], self.left = self.left[:count], self.left[count:]
        return count


def index_of(registry: Registry, engine: Engine, repository: str) -> None:
    """Put an index before the manifest that is tagged 24, under the tag "index"."""
    name = f"{registry.address}/{repository}"
    subprocess.run(
        [*engine.buildx, "imagetools", "create", "--tag", f"{name}:index", f"{name}:24"],
        env={**os.environ, **dict(engine.env)},
        check=True,
        capture_output=True,
    )


@pytest.mark.parametrize("reference", RECIPES)
def test_to_the_byte_from_the_manifest_and_near_it_compressed_here(
    registry: Registry,
    engine: Engine,
    client: docker.DockerClient,
    prepare: Prepare,
    tmp_path: Path,
    reference: str,
) -> None:
    stand_in = prepare(reference, mode="local")
    truth = push(registry, client, stand_in.build_ref, "some/node")
    index_of(registry, engine, "some/node")

    by_manifest = prepare(f"{registry.address}/some/node:24", mode="registry")
    by_index = prepare(f"{registry.address}/some/node:index", mode="registry")
    assert by_manifest.digest != by_index.digest

    def listed(base: ReadyBase, kept: str) -> Mapping[str, int]:
        return registry_bytes(engine, base, architecture="amd64", cache=tmp_path / kept)

    assert listed(by_manifest, "one") == listed(by_index, "other") == truth
    registry.stop()
    assert listed(by_manifest, "one") == listed(by_index, "other") == truth
    assert listed(by_manifest, "a cache without it") == {}

    whole, sampled = compressed(client, stand_in.build_ref, ExactSampler, Sampler)
    assert sum(whole.values()) == pytest.approx(sum(truth.values()), rel=0.01)
    assert sum(sampled.values()) == pytest.approx(sum(truth.values()), rel=0.05)
    for diff_id, size in truth.items():
        assert sampled[diff_id] == pytest.approx(size, rel=0.05, abs=20_000)
