"""The engine that these tests run on: the one that a user of this machine would get.

Nothing here is skipped: where no engine can be had, the tests fail with the reason.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from imagematrix import engine as engines
from imagematrix import settings
from imagematrix.fetch.apt import fetch_debs, unpack_debs
from imagematrix.model import LABEL_KIND, LABEL_PROCESS, Engine, Places
from imagematrix.provenance import is_dead
from tests.integration.registry import Registry, remove_named

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """The user's own cache, so that bases are made once a machine; results are thrown away."""
    cache = settings.resolve({}, {}, environment=os.environ).cache
    return Places(cache=cache, results=tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="session")
def engine(places: Places) -> Engine:
    return engines.find(places, notify=print)


@pytest.fixture
def client(engine: Engine) -> Iterator[docker.DockerClient]:
    client = engines.connect(engine)
    yield client
    client.close()


@pytest.fixture(autouse=True)
def _no_container_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test on the shared engine ends without a container of ours, but for those of runs beside it."""
    yield
    if "engine" in request.fixturenames:
        client = engines.connect(request.getfixturevalue("engine"))
        found = client.containers.list(all=True, filters={"label": LABEL_KIND}, ignore_removed=True)
        makers = {str(each.name): each.labels.get(LABEL_PROCESS, "") for each in found}
        client.close()
        assert [name for name, maker in makers.items() if not maker or is_dead(maker)] == []


@pytest.fixture(scope="session")
def registry_program(places: Places) -> Path:
    tools = places.cache / "test" / "docker-registry"
    if not (tools / "usr/bin/docker-registry").is_file():
        unpack_debs(fetch_debs(["docker-registry"], suite="", cache=places.cache), tools)
    return tools / "usr/bin/docker-registry"


@pytest.fixture
def registry(registry_program: Path, tmp_path: Path, engine: Engine) -> Iterator[Registry]:
    """A running registry; whatever the engine got from it is gone afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    registry = Registry(program=registry_program, folder=tmp_path, address=address)
    registry.start()
    try:
        yield registry
    finally:
        registry.stop()
        client = engines.connect(engine)
        remove_named(client, address)
        remove_named(client, address.replace(":", "/"))  # as it stands in a stand-in's name
        client.close()
