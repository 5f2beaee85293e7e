"""How images stop, on a real engine; each verdict is held against what the app itself has logged."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import docker
import pytest

from imagematrix.container import Running, Start
from imagematrix.engine import connect
from imagematrix.model import LABEL_RUN, BaseRef, Engine, Measurement, Places
from imagematrix.probes import smoke
from imagematrix.probes.stop import Verdict
from imagematrix.probes.stopping import stopping
from tests.integration.apps import SERVES
from tests.integration.images import ALPINE, DISTROLESS, NODE
from tests.integration.starting import BY_NODE, HANDLES, RUN, SMOKE, base_refs, starter

pytestmark = pytest.mark.integration

NEVER = threading.Event()
# Of most cases here: what matters is how it ends then. Those that are about docker's ten seconds wait for them.
SHORT_GRACE_SECONDS = 3

IGNORES = f"{SERVES}; process.on('SIGTERM', () => console.log('handler begun'))"
ENDS_WITH_143 = f"{SERVES}; process.on('SIGTERM', () => {{ console.log('handler done'); process.exit(143) }})"
THROWS = f"{SERVES}; process.on('SIGTERM', () => {{ throw new Error('no pool') }})"
ENDS_WITH_3 = f"{SERVES}; process.on('SIGTERM', () => process.exit(3))"
CLOSES = f"globalThis.server = {SERVES}; process.once('SIGTERM', () => server.close(() => {{ %s }}))"
SENDS_AGAIN = CLOSES % "console.log('handler done'); process.kill(process.pid, 'SIGTERM')"
# An app in a file, and what starts it: words that follow `sh -c`, so that it is as in a Dockerfile's CMD.
FILED = 'mkdir /tmp/app && cd /tmp/app && printf %s "$0" > index.js && printf %s "$1" > package.json && exec '
PACKAGE = '{"name":"tiny","version":"1.0.0","scripts":{"start":"node index.js"}}'


def filed(index: str, *command: str) -> tuple[str, ...]:
    """A command that lays down an app and becomes `command`, started in the app's folder."""
    words = " ".join(f"'{word}'" for word in command)
    return ("sh", "-c", FILED + words, index, PACKAGE)


@pytest.fixture(scope="module")
def refs(engine: Engine, places: Places) -> Mapping[str, str]:
    return base_refs(engine, places)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listening:
    """Starts containers, and keeps what each had logged by its end; of a look that was repeated, the last."""

    start: Start
    by_init: dict[bool, str] = field(default_factory=dict)

    @property
    def logs(self) -> list[str]:
        """Without and with the engine's init."""
        return [self.by_init[init] for init in (False, True)]

    @contextmanager
    def __call__(self, **conditions: Any) -> Iterator[Running]:
        with self.start(**conditions) as running:
            yield running
            log = running.client.containers.get(running.id).logs()
            self.by_init[conditions.get("init", True)] = log.decode()


HANDLED, FAILED, DEFAULT, SWALLOWED, KILLED = (verdict.value for verdict in Verdict)
# Base, command, and without and with the engine's init: the verdict, the exit code, PID 1's first words.
WAITS = ("sh", "-c", "trap 'kill $app' TERM; node -e \"$0\" & app=$!; wait $app; wait $app")
CASES: dict[str, tuple[BaseRef, tuple[str, ...], tuple[str, int, str], tuple[str, int]]] = {
    "handler": (ALPINE, (*BY_NODE, HANDLES), (HANDLED, 0, "node -e"), (HANDLED, 0)),
    "no-handler": (ALPINE, (*BY_NODE, SERVES), (KILLED, 137, "node -e"), (DEFAULT, 143)),
    "ignores": (ALPINE, (*BY_NODE, IGNORES), (KILLED, 137, "node -e"), (KILLED, 137)),
    "npm-debian": (NODE, filed(HANDLES, "npm", "start"), (SWALLOWED, 1, "npm start"), (SWALLOWED, 143)),
    # Alpine's sh becomes its last command, so here npm has the app itself for a child.
    "npm-alpine": (ALPINE, filed(HANDLES, "npm", "start"), (HANDLED, 0, "npm start"), (HANDLED, 0)),
    "npm-alpine-no-handler": (
        ALPINE,
        filed(SERVES, "npm", "start"),
        (DEFAULT, 1, "npm start"),
        (DEFAULT, 143),
    ),
    "shell": (
        NODE,
        ("sh", "-c", 'node -e "$0"; true', HANDLES),
        (SWALLOWED, 137, "sh -c"),
        (SWALLOWED, 143),
    ),
    "shell-exec": (NODE, ("sh", "-c", 'exec node -e "$0"', HANDLES), (HANDLED, 0, "node -e"), (HANDLED, 0)),
    "shell-ends-first": (
        NODE,
        ("sh", "-c", "trap 'kill $app; exit 0' TERM; node -e \"$0\" & app=$!; wait $app", HANDLES),
        (SWALLOWED, 0, "sh -c"),
        (SWALLOWED, 0),
    ),
    "shell-waits": (NODE, (*WAITS, HANDLES), (HANDLED, 0, "sh -c"), (HANDLED, 0)),
    "shell-waits-no-handler": (NODE, (*WAITS, SERVES), (DEFAULT, 143, "sh -c"), (DEFAULT, 143)),
    # A handler that closes the server and sends the signal again.
    "sends-again": (ALPINE, (*BY_NODE, SENDS_AGAIN), (HANDLED, 0, "node -e"), (HANDLED, 143)),
    "shell-sends-again": (NODE, (*WAITS, SENDS_AGAIN), (HANDLED, 143, "sh -c"), (HANDLED, 143)),
    "npm-sends-again": (
        ALPINE,
        filed(SENDS_AGAIN, "npm", "start"),
        (HANDLED, 1, "npm start"),
        (HANDLED, 143),
    ),
    "ends-with-143": (ALPINE, (*BY_NODE, ENDS_WITH_143), (HANDLED, 143, "node -e"), (HANDLED, 143)),
    "throws": (ALPINE, (*BY_NODE, THROWS), (FAILED, 1, "node -e"), (FAILED, 1)),
    "ends-with-3": (ALPINE, (*BY_NODE, ENDS_WITH_3), (FAILED, 3, "node -e"), (FAILED, 3)),
    "npm-throws": (ALPINE, filed(THROWS, "npm", "start"), (FAILED, 1, "npm start"), (FAILED, 1)),
    "distroless": (DISTROLESS, ("-e", HANDLES), (HANDLED, 0, "/nodejs/bin/node -e"), (HANDLED, 0)),
}


@contextmanager
def short_grace() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imagematrix.probes.stopping.GRACE_SECONDS", SHORT_GRACE_SECONDS)
        yield


@pytest.fixture(scope="module")
def stopped(engine: Engine, refs: dict[str, str]) -> dict[str, tuple[dict[str, Measurement], list[str]]]:
    """Every case is stopped both ways, one at a time as a run does it: signals race where many run at once."""

    def stop_it(name: str) -> tuple[dict[str, Measurement], list[str]]:
        base, command, *_ = CASES[name]
        with closing(connect(engine)) as client:
            listening = Listening(start=starter(client, refs[base.reference], *command))
            return {m.name: m for m in stopping(listening, SMOKE, NEVER)}, listening.logs

    with short_grace():
        return {name: stop_it(name) for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_stopping_comes_out_as_what_it_is(
    name: str, stopped: dict[str, tuple[dict[str, Measurement], list[str]]]
) -> None:
    told, _ = stopped[name]
    _, _, (verdict, exit_code, pid1), (init_verdict, init_exit_code) = CASES[name]
    assert (told["stop_verdict"].value, told["stop_exit_code"].value) == (verdict, exit_code)
    assert (told["stop_init_verdict"].value, told["stop_init_exit_code"].value) == (
        init_verdict,
        init_exit_code,
    )
    assert str(told["stop_pid1"].value).startswith(pid1)
    assert "init" in str(told["stop_init_pid1"].value).split()[0]


@pytest.mark.parametrize("name", CASES)
def test_a_handler_that_ran_to_its_end_has_said_so_itself(
    name: str, stopped: dict[str, tuple[dict[str, Measurement], list[str]]]
) -> None:
    told, logs = stopped[name]
    verdicts = [told["stop_verdict"].value, told["stop_init_verdict"].value]
    assert ["handler done" in log for log in logs] == [verdict == HANDLED for verdict in verdicts]


def test_how_long_stopping_takes(stopped: dict[str, tuple[dict[str, Measurement], list[str]]]) -> None:
    def seconds(case: str, name: str) -> float:
        value = stopped[case][0][name].value
        assert isinstance(value, float)
        return value

    assert seconds("handler", "stop_seconds") >= 0.3  # what its handler takes
    assert seconds("no-handler", "stop_seconds") >= SHORT_GRACE_SECONDS
    assert seconds("no-handler", "stop_init_seconds") < SHORT_GRACE_SECONDS


# --- what an image names as its stop signal ---

HANDLES_SIGINT = HANDLES.replace("SIGTERM", "SIGINT")
DRAINS = HANDLES.replace("}, 300)", "}, 7000)")


@contextmanager
def naming(client: docker.DockerClient, base: str, signal: str) -> Iterator[str]:
    """An image that is its base with this STOPSIGNAL."""
    written = client.containers.create(base, labels={LABEL_RUN: RUN})
    try:
        image = written.commit(changes=f"STOPSIGNAL {signal}")
    finally:
        written.remove(force=True)
    try:
        yield str(image.id)
    finally:
        client.images.remove(str(image.id), force=True)


# The image's STOPSIGNAL and the app; what is told of both ways.
SIGNALS: dict[str, tuple[str, str, str, tuple[str, int], tuple[str, int]]] = {
    "its-own": ("SIGINT", HANDLES_SIGINT, "SIGINT", (HANDLED, 0), (HANDLED, 0)),
    "another": ("SIGINT", HANDLES, "SIGINT", (KILLED, 137), (DEFAULT, 130)),
    "by-number": ("2", HANDLES_SIGINT, "SIGINT", (HANDLED, 0), (HANDLED, 0)),
    "real-time": ("SIGRTMIN+3", SERVES, "SIGRTMIN+3", (KILLED, 137), (DEFAULT, 165)),
    "does-nothing": ("SIGWINCH", SERVES, "SIGWINCH", (KILLED, 137), (KILLED, 137)),
    "cannot-be-handled": ("SIGKILL", HANDLES, "SIGKILL", (KILLED, 137), (KILLED, 137)),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_the_signal_that_the_image_names_is_the_one_that_counts(
    client: docker.DockerClient, refs: Mapping[str, str], name: str
) -> None:
    stop_signal, app, sent, plain, under_init = SIGNALS[name]
    with naming(client, refs[ALPINE.reference], stop_signal) as image:
        listening = Listening(start=starter(client, image, *BY_NODE, app))
        with short_grace():
            told = {m.name: m for m in stopping(listening, SMOKE, NEVER)}
    assert told["stop_signal"].value == sent
    assert (told["stop_verdict"].value, told["stop_exit_code"].value) == plain, told["stop_verdict"].reason
    assert (told["stop_init_verdict"].value, told["stop_init_exit_code"].value) == under_init
    assert ["handler done" in log for log in listening.logs] == [v == HANDLED for v, _ in (plain, under_init)]


def test_the_engines_own_stop_ends_it_the_same_way(
    client: docker.DockerClient, refs: Mapping[str, str]
) -> None:
    """`docker stop` is what the figures stand for."""
    for app, exit_code in ((HANDLES_SIGINT, 0), (HANDLES, 137)):
        with naming(client, refs[ALPINE.reference], "SIGINT") as image:
            with starter(client, image, *BY_NODE, app)(init=False) as running:
                smoke(running, SMOKE, NEVER)
                client.api.stop(running.id)
                ended = running.ended()
            told = {m.name: m.value for m in stopping(starter(client, image, *BY_NODE, app), SMOKE, NEVER)}
        assert ended is not None
        assert ended.exit_code == told["stop_exit_code"] == exit_code


def test_an_app_that_drains_for_less_than_docker_waits_is_not_killed(
    client: docker.DockerClient, refs: Mapping[str, str]
) -> None:
    listening = Listening(start=starter(client, refs[ALPINE.reference], *BY_NODE, DRAINS))
    told = {m.name: m for m in stopping(listening, SMOKE, NEVER)}
    assert (told["stop_verdict"].value, told["stop_init_verdict"].value) == (HANDLED, HANDLED)
    assert all(log.endswith("handler done\n") for log in listening.logs)
    seconds = told["stop_seconds"].value
    assert isinstance(seconds, float)
    assert 7 <= seconds < 10
