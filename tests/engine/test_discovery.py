"""The order in which an engine is looked for; none but a silent default gives way to one of our own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from imagematrix.engine import client, discovery, endpoint
from imagematrix.engine.endpoint import Endpoint
from imagematrix.errors import EngineError
from imagematrix.model import Engine, Places
from tests.engine.conftest import Serve, write_program
from tests.engine.test_endpoint import write_context

OWN = Engine(
    host="unix:///own", name="docker", version="1", image_store="overlay2", embedded=True, buildx=(), env=()
)


@pytest.fixture(autouse=True)
def _machine(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user with buildx, nothing at the default socket, and a machine where our own engine comes up."""
    write_program(bare / "cli-plugins" / "docker-buildx", "echo github.com/docker/buildx v0.17.1 abc")
    monkeypatch.setattr(endpoint, "DEFAULT_HOST", f"unix://{bare}/docker.sock")

    def up(_: Places, notify: Callable[[str], None]) -> Engine:
        notify("ours")
        return OWN

    monkeypatch.setattr("imagematrix.engine.embedded.up", up)


def test_docker_host(serve: Serve, places: Places, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = serve()
    monkeypatch.setenv("DOCKER_HOST", host)
    engine = discovery.find(places, notify=pytest.fail)
    assert engine == Engine(
        host=host,
        name="docker",
        version="27.0.1",
        image_store="overlay2",
        embedded=False,
        buildx=(str(bare / "cli-plugins" / "docker-buildx"),),
        env=(
            *Endpoint(host=host, named_by="").env,
            ("BUILDX_BUILDER", "default"),
            ("BUILDX_CONFIG", str(places.cache / "buildx")),
        ),
        api="1.46",
    )


def test_the_docker_context(
    serve: Serve, places: Places, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "DEFAULT_HOST", serve("default", version={"Version": "1.0"}))
    write_context(bare, "mine", serve("mine", version={"Version": "2.0"}))
    (bare / "config.json").write_text('{"currentContext": "mine"}')
    assert discovery.find(places, notify=pytest.fail).version == "2.0"


def test_the_default_socket(serve: Serve, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    host = serve()
    monkeypatch.setattr(endpoint, "DEFAULT_HOST", host)
    assert discovery.find(places, notify=pytest.fail).host == host


def test_our_own_where_nothing_answers(places: Places) -> None:
    notes: list[str] = []
    assert discovery.find(places, notify=notes.append) == OWN
    assert notes == ["ours"]


def test_a_host_that_does_not_answer(places: Places, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{bare}/else.sock")
    with pytest.raises(EngineError, match="no Docker engine answers where DOCKER_HOST points") as caught:
        discovery.find(places, notify=pytest.fail)
    assert caught.value.where == f"unix://{bare}/else.sock"
    assert "start that engine" in caught.value.next_step


def test_a_context_that_does_not_answer(places: Places, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_context(bare, "mine", f"unix://{bare}/mine.sock")
    monkeypatch.setenv("DOCKER_CONTEXT", "mine")
    with pytest.raises(EngineError, match="where the docker context 'mine' points: No such file"):
        discovery.find(places, notify=pytest.fail)


def test_an_engine_that_may_not_be_used(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: Endpoint) -> None:
        raise client.NoAnswerError("Permission denied", denied=True)

    monkeypatch.setattr("imagematrix.engine.client.ask", denied)
    with pytest.raises(EngineError, match="may not talk to the engine at the default socket") as caught:
        discovery.find(places, notify=pytest.fail)
    assert "usermod -aG docker" in caught.value.next_step


PODMAN = {"Components": [{"Name": "Podman Engine"}], "Version": "5.2.0"}
OLD = {"ApiVersion": "1.41", "Version": "20.10.24"}


@pytest.mark.parametrize(
    ("version", "lack"),
    [(PODMAN, r"\(podman 5\.2\.0\) has no BuildKit"), (OLD, r"\(docker 20\.10\.24\) speaks API 1\.41")],
)
def test_an_engine_that_cannot_build(
    serve: Serve,
    places: Places,
    bare: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: dict[str, object],
    lack: str,
) -> None:
    host = serve(version=version)
    monkeypatch.setattr(endpoint, "DEFAULT_HOST", host)
    for ask in (partial(discovery.find, places, notify=pytest.fail), partial(discovery.look, places)):
        with pytest.raises(EngineError, match=lack) as caught:
            ask()
        assert caught.value.where == host
        assert "23.0 or newer" in caught.value.next_step
    (bare / "cli-plugins" / "docker-buildx").unlink()  # not needed, and not fetched, to measure
    engine = discovery.find(places, notify=pytest.fail, to_build=False)
    assert (engine.host, engine.version, engine.buildx) == (host, version["Version"], ())
    assert discovery.look(places, to_build=False) == engine
