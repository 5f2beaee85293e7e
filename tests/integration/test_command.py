"""Commands that are really run, in containers that are gone afterwards."""

from __future__ import annotations

import threading
import time

import docker
import pytest

from imagematrix import bases
from imagematrix.errors import Interrupted, StepError
from imagematrix.model import (
    LABEL_RUN,
    BaseRef,
    BodyRule,
    CommandAnswer,
    CommandSmoke,
    Engine,
    Places,
    ReadyBase,
)
from imagematrix.probes.command import run_command

pytestmark = [
    pytest.mark.integration,
    # The SDK leaves a socket to the garbage collector when an answer takes too long.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

ALPINE = BaseRef(reference="node:24-alpine", recipe="alpine-node", node="24")


@pytest.fixture
def image(engine: Engine, client: docker.DockerClient, places: Places) -> str:
    """An image with an entrypoint of its own, which a command takes the place of."""
    found = bases.prepare(
        engine, client, [ALPINE], mode="local", platform="", places=places, listener=lambda _: None
    )
    base = found[ALPINE.reference]
    assert isinstance(base, ReadyBase)
    return base.build_ref


def run(
    client: docker.DockerClient,
    image: str,
    *command: str,
    rule: BodyRule | None = None,
    exit_code: int = 0,
    seconds: float = 20,
    stop: threading.Event | None = None,
) -> CommandAnswer:
    return run_command(
        client,
        image,
        CommandSmoke(
            command=command,
            exit_code=exit_code,
            output=rule or BodyRule(kind="any"),
            timeout_seconds=seconds,
        ),
        env={"GREETING": "hello"},
        labels={LABEL_RUN: "command"},
        stop=stop or threading.Event(),
    )


def test_exit_code_and_output(client: docker.DockerClient, image: str) -> None:
    script = "echo world >&2; echo $GREETING; ls /sys/class/net; exit 7"
    rule = BodyRule(kind="equals", text="hello\nlo\nworld")  # and no way to a network
    began = time.monotonic()
    answer = run(client, image, "sh", "-c", script, rule=rule, exit_code=7)
    assert answer.exit_code == 7
    assert 0 < answer.seconds < time.monotonic() - began


def test_one_word_alone_does_not_get_the_images_command(client: docker.DockerClient, image: str) -> None:
    run(client, image, "hostname", rule=BodyRule(kind="contains", text=""))
    with pytest.raises(StepError, match="expected exit code 1, got 0"):
        run(client, image, "true", exit_code=1)


def test_a_command_that_is_not_there(client: docker.DockerClient, image: str) -> None:
    with pytest.raises(StepError, match=r"`vim --version` cannot be started: .*executable file not found"):
        run(client, image, "vim", "--version")


def test_a_command_that_does_not_end(client: docker.DockerClient, image: str) -> None:
    began = time.monotonic()
    with pytest.raises(StepError, match=r"has not ended within 1 s of the start\n    \| waiting"):
        run(client, image, "sh", "-c", "echo waiting; sleep 60", seconds=1)
    assert time.monotonic() - began < 15


def test_a_command_that_takes_all_memory(client: docker.DockerClient, image: str) -> None:
    with pytest.raises(StepError, match=r"ran out of memory|got 137"):
        run(client, image, "node", "-e", "const a = []; for (;;) a.push(Buffer.alloc(1 << 24, 1))")


def test_endless_output_is_read_up_to_a_bound(client: docker.DockerClient, image: str) -> None:
    with pytest.raises(StepError, match="writes more than 1048576 bytes"):
        run(client, image, "sh", "-c", "yes 0123456789 | head -c 1100000")


def test_a_command_is_ended_when_someone_gives_up(client: docker.DockerClient, image: str) -> None:
    stop = threading.Event()
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        run(client, image, "sleep", "60", stop=stop)
    timer.join()
    assert time.monotonic() - began < 15


@pytest.fixture(autouse=True)
def _removed(client: docker.DockerClient) -> object:
    yield
    assert client.containers.list(all=True, filters={"label": f"{LABEL_RUN}=command"}) == []
