"""What an engine says of itself, and which engines are turned away."""

from __future__ import annotations

import pytest

from imagematrix.engine.client import Facts, NoAnswerError, ask, connect
from imagematrix.engine.endpoint import Endpoint
from imagematrix.errors import EngineError
from imagematrix.model import Engine
from tests.engine.conftest import Serve


def at(host: str) -> Endpoint:
    return Endpoint(host=host, named_by="DOCKER_HOST")


def test_facts(serve: Serve) -> None:
    assert ask(at(serve())) == Facts(
        name="docker", version="27.0.1", image_store="overlay2", api="1.46", cannot_build=""
    )


def test_the_containerd_image_store(serve: Serve) -> None:
    status = [["driver-type", "io.containerd.snapshotter.v1"]]
    host = serve(info={"Driver": "overlayfs", "DriverStatus": status})
    assert ask(at(host)).image_store == "containerd"


def test_an_image_store_of_another_kind(serve: Serve) -> None:
    assert ask(at(serve(info={"Driver": "btrfs", "DriverStatus": None}))).image_store == "other"


def test_podman_cannot_build(serve: Serve) -> None:
    facts = ask(at(serve(version={"Components": [{"Name": "Podman Engine"}], "Version": "5.2.0"})))
    assert (facts.name, facts.version, facts.cannot_build) == ("podman", "5.2.0", "has no BuildKit")


def test_an_old_engine_cannot_build(serve: Serve) -> None:
    facts = ask(at(serve(version={"ApiVersion": "1.41", "Version": "20.10.24"})))
    assert facts.version == "20.10.24"
    assert facts.cannot_build.startswith("speaks API 1.41")
    assert "needed: 23.0" in facts.cannot_build


def test_one_that_does_not_let_buildx_through_cannot_build(serve: Serve) -> None:
    """It would start a BuildKit of its own, which carries no label of ours."""
    told = ask(at(serve(grpc=403))).cannot_build
    assert told == "does not let us through to its BuildKit (POST /grpc is answered by 403)"


def test_windows_containers_are_turned_away(serve: Serve) -> None:
    with pytest.raises(EngineError, match="runs windows containers"):
        ask(at(serve(info={"OSType": "windows"})))


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("unix:///tmp/pytest-nowhere/docker.sock", "No such file or directory"),
        ("tcp://127.0.0.1:9", "Connection refused"),
        ("gibberish", "Invalid bind address format"),
    ],
)
def test_no_answer(host: str, reason: str) -> None:
    with pytest.raises(NoAnswerError, match=reason) as caught:
        ask(at(host))
    assert not caught.value.denied


def test_a_client_talks_to_its_engine(serve: Serve) -> None:
    host = serve(version={"Version": "28.1"})
    engine = Engine(
        host=host,
        name="docker",
        version="28.1",
        image_store="overlay2",
        embedded=False,
        buildx=(),
        env=at(host).env,
    )
    client = connect(engine)
    try:
        assert client.version()["Version"] == "28.1"
    finally:
        client.close()
