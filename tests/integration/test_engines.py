"""One image on each kind of engine that can be had here: the record of it is the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from imagematrix import container, probes
from imagematrix import engine as engines
from imagematrix.image import read_image
from imagematrix.model import LABEL_RUN, BodyRule, Engine, EngineImage, Places, Smoke
from tests.integration.cli import checkout, invoke, variants
from tests.integration.conftest import REPOSITORY
from tests.integration.engines import Podman, containerd_store, docker_20, podman

pytestmark = pytest.mark.integration

REF = "imagematrix.local/engines:alpine-node24"
SMOKE = Smoke(
    path="/", status=200, body=BodyRule(kind="equals", text="Hello World!"), headers=(), timeout_seconds=30
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """The engines with the image on each, by name, and the image's config digest."""

    engines: Mapping[str, Engine]
    podman: Podman
    digest: str


@pytest.fixture(scope="module")
def loaded(engine: Engine, places: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The article's Alpine image, built on the shared engine, saved once, and loaded into each.

    Nothing is left of Podman; of engines of our own, that is tested elsewhere.
    """
    before = traces()
    folder = tmp_path_factory.mktemp("engines")
    (folder / "checkout").mkdir()
    matrix = checkout(folder / "checkout", REPOSITORY) / "variants.yml"
    matrix.write_text(matrix.read_text().replace("name: hello-world", "name: engines"))
    done = invoke(matrix.parent, "build", "--variant", "alpine", "--json")
    assert done.code == 0, done.err
    digest = variants(done.record)["alpine"]["image"]["config_digest"]
    saved = folder / "image.tar"
    with closing(engines.connect(engine)) as client, saved.open("wb") as out:
        out.writelines(client.images.get(REF).save(chunk_size=1 << 20, named=True))
    with ExitStack() as stack:
        for name in ("old", "containerd", "podman"):
            (folder / name).mkdir()
        by_podman = stack.enter_context(podman(folder / "podman", places.cache))
        others = {
            "docker 20.10": stack.enter_context(docker_20(folder / "old")),
            "containerd store": stack.enter_context(containerd_store(folder / "containerd")),
            "podman": by_podman.engine,
        }
        for each in others.values():
            with closing(engines.connect(each)) as client, saved.open("rb") as archive:
                client.images.load(archive)
        yield Loaded(engines={"shared": engine, **others}, podman=by_podman, digest=digest)
    with closing(engines.connect(engine)) as client:
        client.images.remove(REF)
    assert traces() == before


def read(loaded: Loaded, name: str, cache: Path) -> EngineImage:
    engine = loaded.engines[name]
    with closing(engines.connect(engine)) as client:
        return read_image(
            engine,
            client,
            REF,
            config_digest=loaded.digest,
            bases=[],
            cache=cache / name,
            stop=threading.Event(),
        )


def test_the_engines_are_what_they_are_called(loaded: Loaded) -> None:
    found = {name: (e.name, e.version, e.image_store) for name, e in loaded.engines.items()}
    assert found["docker 20.10"] == ("docker", "20.10.24+dfsg1", "overlay2")
    assert found["containerd store"][0::2] == ("docker", "containerd")
    assert found["podman"] == ("podman", "4.3.1", "other")


def test_the_record_of_an_image_is_the_same_on_every_engine(loaded: Loaded, tmp_path: Path) -> None:
    shared = read(loaded, "shared", tmp_path)
    assert shared.unpacked_bytes > 10**8
    assert len(shared.layers) == 4
    for name in ("docker 20.10", "containerd store", "podman"):
        other = read(loaded, name, tmp_path)
        # What the engine itself says of the size means something else on each.
        assert replace(other, engine_bytes=shared.engine_bytes) == shared, name


def test_containers_behave_the_same_on_every_engine(loaded: Loaded) -> None:
    found = {name: behaviour(loaded, name) for name in ("shared", "docker 20.10", "podman")}
    shared = found["shared"]
    assert shared["shells"] == ("sh",)
    assert shared["libc"] == "musl"
    assert found == dict.fromkeys(found, shared)


def behaviour(loaded: Loaded, name: str) -> dict[str, object]:
    """What the smoke test and the probes find in a container that runs there; nothing is left of it."""
    engine = loaded.engines[name]
    where = loaded.podman.network() if name == "podman" else nullcontext()
    with where, closing(engines.connect(engine)) as client:
        with container.running(
            client,
            REF,
            port=3000,
            env={},
            command=(),
            labels={LABEL_RUN: "engines"},
            entrypoint=("docker-entrypoint.sh",),
            stop=threading.Event(),
        ) as running:
            answer = probes.smoke(running, SMOKE, threading.Event())
            told = [measurement for probe in probes.PROBES for measurement in probe(running)]
        assert client.containers.list(all=True, filters={"label": f"{LABEL_RUN}=engines"}) == []
    # Engines differ in whether a command that is not there gives 126 or 127.
    codes = {m.name: m.value in (126, 127) for m in told if m.unit == "exit code"}
    return {**{m.name: m.value for m in told}, **codes, "status": answer.http_status}


def traces() -> set[str]:
    """What Podman could leave on this machine: links, mounts, control groups, folders."""
    return {
        *(f"link {link.name}" for link in Path("/sys/class/net").iterdir() if "podman" in link.name),
        *(line for line in Path("/proc/mounts").read_text().splitlines() if "containers" in line),
        *map(str, Path("/sys/fs/cgroup").glob("**/libpod*")),
        *(str(path) for path in map(Path, ("/run/containers", "/var/lib/containers")) if path.exists()),
    }
