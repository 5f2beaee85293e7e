"""The registry way, against a real registry on loopback that holds what the references of a matrix name."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound

from imagematrix import bases
from imagematrix.engine import connect
from imagematrix.errors import BaseImageError
from imagematrix.fetch.apt import fetch_debs, unpack_debs
from imagematrix.model import BaseRef, BaseSource, Engine, Places, ReadyBase, StepEvent

pytestmark = pytest.mark.integration

_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
)
_CONFIG = """\
version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {data}}}}}
http: {{addr: "{address}"}}
"""


@dataclass(kw_only=True)
class Registry:
    """A registry's process, and its front door."""

    program: Path
    folder: Path
    address: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        config = self.folder / "config.yml"
        config.write_text(_CONFIG.format(data=self.folder / "data", address=self.address))
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen([self.program, "serve", config], stdout=log, stderr=log)
        for _ in range(200):
            try:
                self.get("")
            except OSError:
                time.sleep(0.05)
            else:
                return
        pytest.fail((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def get(self, path: str) -> str:
        """The digest that the registry itself gives out for a manifest."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(f"http://{self.address}/v2/{path}", headers={"Accept": _MANIFESTS})
        with direct.open(request, timeout=5) as answer:
            return str(answer.headers.get("Docker-Content-Digest", ""))


@pytest.fixture(scope="module")
def program(places: Places) -> Path:
    tools = places.cache / "test" / "docker-registry"
    if not (tools / "usr/bin/docker-registry").is_file():
        unpack_debs(fetch_debs(["docker-registry"], suite="", cache=places.cache), tools)
    return tools / "usr/bin/docker-registry"


@pytest.fixture
def registry(program: Path, tmp_path: Path, engine: Engine) -> Iterator[Registry]:
    """A running registry; whatever the engine got from it is gone afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    registry = Registry(program=program, folder=tmp_path, address=address)
    registry.start()
    try:
        yield registry
    finally:
        registry.stop()
        client = connect(engine)
        _remove(client, address)
        _remove(client, address.replace(":", "/"))  # as it stands in a stand-in's name
        client.close()


def _remove(client: docker.DockerClient, part: str) -> None:
    """Remove every name that has `part` in it, and the images that have no other."""
    for image in client.images.list():
        for name in (*image.tags, *(image.attrs["RepoDigests"] or ())):
            if part in name:
                with suppress(ImageNotFound):  # the last tag takes the digests along
                    client.images.remove(name)


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
    _remove(client, name)
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
