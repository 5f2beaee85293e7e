"""The registry is a small program here that answers as buildx does, and keeps count of what it was asked."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from imagematrix.image.manifest import registry_bytes
from imagematrix.model import BaseSource, Engine, ReadyBase
from tests.made import digest

ANSWERS = """\
import pathlib, sys
folder = pathlib.Path({folder!r})
with (folder / "asked").open("a") as asked:
    asked.write(" ".join(sys.argv[1:]) + "\\n")
answer = folder / sys.argv[-1].rpartition("sha256:")[2]
sys.exit("not found") if not answer.is_file() else sys.stdout.buffer.write(answer.read_bytes())
"""


@dataclass(frozen=True, kw_only=True)
class Registry:
    folder: Path

    def hold(self, document: Any) -> str:
        """Keep a document; its digest."""
        raw = json.dumps(document).encode()
        hexadecimal = hashlib.sha256(raw).hexdigest()
        (self.folder / hexadecimal).write_bytes(raw)
        return f"sha256:{hexadecimal}"

    @property
    def asked(self) -> list[str]:
        kept = self.folder / "asked"
        return kept.read_text().splitlines() if kept.exists() else []

    @property
    def engine(self) -> Engine:
        program = self.folder / "buildx.py"
        program.write_text(ANSWERS.format(folder=str(self.folder)))
        return Engine(
            host="unix:///nowhere",
            name="docker",
            version="26.1.5",
            image_store="overlay2",
            embedded=False,
            buildx=(sys.executable, str(program)),
            env=(),
        )


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    folder = tmp_path / "registry"
    folder.mkdir()
    return Registry(folder=folder)


def base(manifest: str, layers: str = "ab") -> ReadyBase:
    return ReadyBase(
        reference="node:24",
        source=BaseSource.REGISTRY,
        digest=manifest,
        recipe="",
        build_ref=f"node@{manifest}",
        diff_ids=tuple(digest(letter) for letter in layers),
    )


def image(*sizes: object) -> dict[str, Any]:
    return {"schemaVersion": 2, "config": {"size": 1}, "layers": [{"size": size} for size in sizes]}


def index(*entries: tuple[str, str, str]) -> dict[str, Any]:
    """Of (digest, os, architecture)."""
    return {
        "manifests": [
            {"digest": d, "platform": {"os": system, "architecture": a}} for d, system, a in entries
        ]
    }


def sizes(registry: Registry, base: ReadyBase, tmp_path: Path) -> dict[str, int]:
    cache = tmp_path / "manifests"
    return dict(registry_bytes(registry.engine, base, architecture="amd64", cache=cache))


def test_layers_are_matched_by_their_place(registry: Registry, tmp_path: Path) -> None:
    held = base(registry.hold(image(100, 7)))
    assert sizes(registry, held, tmp_path) == {digest("a"): 100, digest("b"): 7}
    assert registry.asked == [f"imagetools inspect --raw node@{held.digest}"]


def test_a_registry_is_asked_once(registry: Registry, tmp_path: Path) -> None:
    held = base(registry.hold(image(100, 7)))
    first = sizes(registry, held, tmp_path)
    (registry.folder / held.digest.removeprefix("sha256:")).unlink()
    assert sizes(registry, held, tmp_path) == first
    assert len(registry.asked) == 1


def test_a_torn_copy_is_fetched_again(registry: Registry, tmp_path: Path) -> None:
    held = base(registry.hold(image(100, 7)))
    first = sizes(registry, held, tmp_path)
    (kept,) = (tmp_path / "manifests").iterdir()
    kept.write_bytes(kept.read_bytes()[:-3])
    assert sizes(registry, held, tmp_path) == first
    assert len(registry.asked) == 2


def test_of_an_index_the_images_own_platform(registry: Registry, tmp_path: Path) -> None:
    ours, other = registry.hold(image(100, 7)), registry.hold(image(1, 2))
    told = index((other, "linux", "arm64"), (ours, "linux", "amd64"), (other, "unknown", "unknown"))
    assert sizes(registry, base(registry.hold(told)), tmp_path) == {digest("a"): 100, digest("b"): 7}
    assert registry.asked[1] == f"imagetools inspect --raw node@{ours}"


def test_what_cannot_be_told_apart_is_not_guessed(registry: Registry, tmp_path: Path) -> None:
    one, two = registry.hold(image(100, 7)), registry.hold(image(1, 2))
    told = registry.hold(index((one, "linux", "amd64"), (two, "linux", "amd64")))
    assert sizes(registry, base(told), tmp_path) == {}
    assert sizes(registry, base(registry.hold(index((one, "linux", "arm64")))), tmp_path) == {}


def test_an_answer_that_is_not_what_was_asked_for_is_not_believed(registry: Registry, tmp_path: Path) -> None:
    held = base(registry.hold(image(100, 7)))
    (registry.folder / held.digest.removeprefix("sha256:")).write_text(json.dumps(image(1, 2)))
    assert sizes(registry, held, tmp_path) == {}
    assert not (tmp_path / "manifests").exists()


@pytest.mark.parametrize(
    "document",
    [
        [],
        "text",
        {},
        {"layers": None},
        {"layers": [1, 2]},
        image(100),
        image(100, 7, 3),
        image(100, "7"),
        image(100, -7),
        image(100, True),
        image(100, 7.5),
        {"manifests": None},
        {"manifests": ["x", {"platform": "linux"}]},
        index(("sha256:../../etc/passwd", "linux", "amd64")),
    ],
)
def test_a_manifest_of_another_shape_says_nothing(registry: Registry, tmp_path: Path, document: Any) -> None:
    assert sizes(registry, base(registry.hold(document)), tmp_path) == {}


def test_no_registry_is_asked_of_a_stand_in(registry: Registry, tmp_path: Path) -> None:
    standin = replace(base(registry.hold(image(100, 7))), source=BaseSource.STAND_IN)
    assert sizes(registry, standin, tmp_path) == {}
    assert registry.asked == []


def test_no_answer_is_no_figure_and_is_asked_for_again(registry: Registry, tmp_path: Path) -> None:
    missing = base(digest("f"))
    assert sizes(registry, missing, tmp_path) == sizes(registry, missing, tmp_path) == {}
    assert len(registry.asked) == 2
