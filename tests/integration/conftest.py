"""The engine that these tests run on: the one that a user of this machine would get.

Nothing here is skipped: where no engine can be had, the tests fail with the reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from imagematrix import engine as engines
from imagematrix import settings
from imagematrix.model import LABEL_KIND, Engine, Places

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """The user's own cache, so that bases are made once a machine; results are thrown away."""
    cache = settings.resolve({}, environment=os.environ).cache
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
    """Every test on the shared engine ends without a container of ours."""
    yield
    if "engine" in request.fixturenames:
        client = engines.connect(request.getfixturevalue("engine"))
        left = client.containers.list(all=True, filters={"label": LABEL_KIND}, ignore_removed=True)
        names = [container.name for container in left]
        client.close()
        assert names == []
