"""Saving an image, with an engine's client in its place that knows images by one kind of name."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

import docker
import pytest
from docker.errors import ImageNotFound

from imagematrix import image
from imagematrix.model import Engine
from tests import made


def saved_image(config: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("manifest.json"))
        tar.addfile(tarfile.TarInfo(config))
    return out.getvalue()


@dataclass
class FakeImage:
    content: bytes
    tags: list[str] = field(default_factory=list)
    named: list[bool] = field(default_factory=list)

    def save(self, *, chunk_size: int, named: bool) -> Iterator[bytes]:
        self.named.append(named)
        for at in range(0, len(self.content), min(chunk_size, 512)):
            yield self.content[at : at + 512]


@dataclass
class FakeImages:
    known: Mapping[str, FakeImage]

    def get(self, name: str) -> FakeImage:
        if name not in self.known:
            raise ImageNotFound("no such image")
        return self.known[name]


@dataclass
class FakeClient:
    images: FakeImages


def engine(store: Literal["overlay2", "containerd"]) -> Engine:
    return Engine(
        host="unix:///x", name="docker", version="28", image_store=store, embedded=False, buildx=(), env=()
    )


def save(store: Literal["overlay2", "containerd"], known: Mapping[str, FakeImage], out: Path) -> bool:
    client = cast(docker.DockerClient, FakeClient(FakeImages(known)))
    return image.save_image(engine(store), client, made.digest("d"), "app:alpine", out)


@pytest.mark.parametrize("tags", [[], ["app:alpine"]])
def test_overlay2_finds_an_image_by_its_config_whatever_it_is_called(tmp_path: Path, tags: list[str]) -> None:
    mine, moved = FakeImage(saved_image("x"), tags), FakeImage(saved_image("y"), ["app:alpine"])
    assert save("overlay2", {made.digest("d"): mine, "app:alpine": moved}, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == mine.content
    assert mine.named == [bool(tags)]
    assert not save("overlay2", {"app:alpine": moved}, tmp_path / "out")


@pytest.mark.parametrize("config", [f"blobs/sha256/{'d' * 64}", f"{'d' * 64}.json"])
def test_containerd_finds_it_by_its_name_and_the_config_is_held_against_it(
    tmp_path: Path, config: str
) -> None:
    assert save(
        "containerd", {"app:alpine": FakeImage(saved_image(config), ["app:alpine"])}, tmp_path / "out"
    )


def test_a_name_that_has_moved_to_another_image_is_not_it(tmp_path: Path) -> None:
    moved = FakeImage(saved_image(f"blobs/sha256/{'e' * 64}"), ["app:alpine"])
    assert not save("containerd", {"app:alpine": moved}, tmp_path / "out")
    assert not save("containerd", {}, tmp_path / "out")
