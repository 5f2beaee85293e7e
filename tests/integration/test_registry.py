"""The registry way, against a real registry on loopback that holds what the references of a matrix name."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from imagematrix import bases
from imagematrix.errors import BaseImageError
from imagematrix.model import BaseRef, BaseSource, Engine, Places, ReadyBase, StepEvent
from tests.integration.apps import tiny
from tests.integration.cli import figures, invoke
from tests.integration.registry import Registry, remove_named

pytestmark = pytest.mark.integration


def push(registry: Registry, client: docker.DockerClient, repository: str, tag: str, content: str) -> str:
    """Make a small image and push it; the engine forgets it, the registry's digest comes back."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo("content")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content.encode()))
    name = f"{registry.address}/{repository}"
    client.api.import_image_from_data(buffer.getvalue(), repository=name, tag=tag)
    for line in client.images.push(name, tag=tag, stream=True, decode=True):
        assert "error" not in line, line
    remove_named(client, name)
    digest = registry.get(f"{repository}/manifests/{tag}")
    assert digest.startswith("sha256:")
    return digest


@dataclass(frozen=True, kw_only=True)
class Prepared:
    found: dict[str, bases.Found]
    events: list[StepEvent]

    def ready(self, reference: str) -> ReadyBase:
        base = self.found[reference]
        assert isinstance(base, ReadyBase), base
        return base

    def lost(self, reference: str) -> BaseImageError:
        error = self.found[reference]
        assert isinstance(error, BaseImageError), error
        return error

    @property
    def notes(self) -> str:
        return "\n".join(event.detail for event in self.events if event.state == "note")


@dataclass(frozen=True, kw_only=True)
class Preparer:
    engine: Engine
    client: docker.DockerClient
    places: Places

    def __call__(self, *references: str, mode: bases.Mode = "auto", recipe: str = "") -> Prepared:
        events: list[StepEvent] = []
        found = bases.prepare(
            self.engine,
            self.client,
            [BaseRef(reference=reference, recipe=recipe, node="24") for reference in references],
            mode=mode,
            platform="",
            places=self.places,
            listener=events.append,
        )
        return Prepared(found=found, events=events)


@pytest.fixture
def prepare(engine: Engine, client: docker.DockerClient, places: Places) -> Preparer:
    return Preparer(engine=engine, client=client, places=places)


@pytest.mark.parametrize("mode", ["auto", "registry"])
def test_by_tag_and_by_digest_and_one_that_is_missing(
    registry: Registry, client: docker.DockerClient, prepare: Preparer, mode: bases.Mode
) -> None:
    node = push(registry, client, "node", "24", f"node {mode}")
    alpine = push(registry, client, "library/node", "24-alpine", f"alpine {mode}")
    by_tag, missing = f"{registry.address}/node:24", f"{registry.address}/node:8"
    by_digest = f"{registry.address}/library/node@{alpine}"
    by_both = f"{registry.address}/node:24@{node}"
    told = prepare(by_tag, by_digest, by_both, missing, mode=mode, recipe="alpine-node")

    for reference, digest in ((by_tag, node), (by_digest, alpine), (by_both, node)):
        base = told.ready(reference)
        assert (base.source, base.digest, base.recipe) == (BaseSource.REGISTRY, digest, "")
        assert (
            base.build_ref
            == f"{reference.rpartition('@')[0].removesuffix(':24') or by_tag.removesuffix(':24')}@{digest}"
        )
        image = client.images.get(base.build_ref)
        assert base.diff_ids == tuple(image.attrs["RootFS"]["Layers"])

    # It has a recipe, but the registry has spoken: no stand-in hides that.
    error = told.lost(missing)
    assert missing in error.what
    assert "manifest unknown" in error.what
    assert error.where == registry.address


def test_what_was_pulled_is_not_pulled_again_and_what_moved_on_is(
    registry: Registry, client: docker.DockerClient, prepare: Preparer
) -> None:
    reference = f"{registry.address}/node:24"
    first = push(registry, client, "node", "24", "first")
    assert "pulling" in prepare(reference).notes
    assert prepare(reference).notes == ""
    second = push(registry, client, "node", "24", "second")
    told = prepare(reference)
    assert told.ready(reference).digest == second != first
    assert second in told.notes


def test_when_the_registry_is_gone_what_it_gave_still_serves(
    registry: Registry, client: docker.DockerClient, prepare: Preparer
) -> None:
    digest = push(registry, client, "node", "24", "given before")
    tagged, pinned = f"{registry.address}/node:24", f"{registry.address}/node@{digest}"
    prepare(tagged)
    client.images.get(f"{registry.address}/node@{digest}").tag(f"{registry.address}/node", "24")
    registry.stop()

    modes: tuple[bases.Mode, ...] = ("auto", "registry", "local")
    for mode in modes:
        told = prepare(tagged, pinned, mode=mode)
        assert told.ready(tagged).source is BaseSource.REGISTRY
        assert told.ready(tagged).digest == told.ready(pinned).digest == digest
    assert "does not answer; the image pulled before is used" in prepare(tagged).notes
    assert prepare(pinned).notes == ""


def test_a_build_stands_on_the_digest_also_when_the_registry_is_gone(
    registry: Registry, engine: Engine, client: docker.DockerClient, prepare: Preparer, tmp_path: Path
) -> None:
    push(registry, client, "node", "24", "to build on")
    reference = f"{registry.address}/node:24"
    base = prepare(reference).ready(reference)
    registry.stop()
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(f"FROM {reference}\nCOPY Dockerfile /\n")
    name = f"{registry.address}/built"
    command = [*engine.buildx, "build", "--load", f"--tag={name}", str(context)]
    command += [f"--build-context={reference}=docker-image://{base.build_ref}"]
    env = {**os.environ, **dict(engine.env), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    layers = client.images.get(name).attrs["RootFS"]["Layers"]
    assert tuple(layers[:-1]) == base.diff_ids


def test_where_the_registry_is_gone_a_recipe_makes_a_stand_in_and_without_one_the_error_says_both(
    registry: Registry, prepare: Preparer
) -> None:
    registry.stop()
    reference = f"{registry.address}/node:24-alpine"
    base = prepare(reference, recipe="alpine-node").ready(reference)
    assert (base.source, base.recipe) == (BaseSource.STAND_IN, "alpine-node")
    causes: dict[bases.Mode, str] = {
        "auto": "names no stand-in recipe",
        "registry": "stand-ins are not wanted",
    }
    for mode, cause in causes.items():
        error = prepare(reference, mode=mode).lost(reference)
        assert reference in error.what
        assert "does not answer" in error.what
        assert "connection refused" in error.what
        assert cause in error.what


def test_the_registry_is_real(registry: Registry) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        registry.get("node/manifests/24")


def test_the_whole_job_on_a_registrys_base_records_its_digest(
    registry: Registry, client: docker.DockerClient, tmp_path: Path
) -> None:
    local = tiny(tmp_path / "local")
    assert invoke(local, "bases", "--bases", "local").code == 0  # a real base to push, under another name
    name = f"{registry.address}/node"
    client.images.get("imagematrix.local/stand-in/node:24-alpine").tag(name, "24-alpine")
    for line in client.images.push(name, tag="24-alpine", stream=True, decode=True):
        assert "error" not in line, line
    remove_named(client, name)
    folder = tiny(tmp_path / "checkout", base=f"{name}:24-alpine")
    done = invoke(folder, "matrix", "--bases", "registry", "--json")
    assert done.code == 0, done.err
    (variant,) = done.record["variants"]
    assert variant["bases"] == [
        {
            "reference": f"{name}:24-alpine",
            "source": "registry",
            "digest": registry.get("node/manifests/24-alpine"),
            "recipe": "",
        }
    ]
    assert figures(variant)["base"] == f"{name}:24-alpine"
    assert figures(variant)["libc"] == "musl"
