"""How images behave, on a real engine; each verdict is held against what the app itself has logged."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import docker
import pytest
from docker.errors import NotFound

from imagematrix import bases, container
from imagematrix.behaviour import KEY, NAMES, measure_behaviour
from imagematrix.container import Running, Start
from imagematrix.engine import connect
from imagematrix.errors import StepError
from imagematrix.model import LABEL_RUN, BaseRef, Engine, Measurement, Places, ReadyBase
from imagematrix.probes import hardening, memory, smoke, start, stop
from tests import made
from tests.integration.apps import SERVES
from tests.integration.cli import docker as docker_words

pytestmark = pytest.mark.integration

DEBIAN = BaseRef(reference="node:24", recipe="debian-node", node="24")
ALPINE = BaseRef(reference="node:24-alpine", recipe="alpine-node", node="24")
DISTROLESS = BaseRef(reference="gcr.io/distroless/nodejs24-debian13", recipe="distroless-node", node="24")
RUN = "behaviour-of-images"
NEVER = threading.Event()
SMOKE = made.smoke(timeout_seconds=20)

HANDLES = f"""{SERVES}
process.on('SIGTERM', () => {{
  console.log('handler begun')
  setTimeout(() => {{ console.log('handler done'); process.exit(0) }}, 300)
}})"""
IGNORES = f"{SERVES}; process.on('SIGTERM', () => console.log('handler begun'))"
ENDS_WITH_143 = f"{SERVES}; process.on('SIGTERM', () => {{ console.log('handler done'); process.exit(143) }})"
NODE = ("node", "-e")
# An app in a file, and what starts it: words that follow `sh -c`, so that it is as in a Dockerfile's CMD.
FILED = 'mkdir /tmp/app && cd /tmp/app && printf %s "$0" > index.js && printf %s "$1" > package.json && exec '
PACKAGE = '{"name":"tiny","version":"1.0.0","scripts":{"start":"node index.js"}}'


def filed(index: str, *command: str) -> tuple[str, ...]:
    """A command that lays down an app and becomes `command`, started in the app's folder."""
    words = " ".join(f"'{word}'" for word in command)
    return ("sh", "-c", FILED + words, index, PACKAGE)


@pytest.fixture(scope="module")
def refs(engine: Engine, places: Places) -> dict[str, str]:
    wanted = (DEBIAN, ALPINE, DISTROLESS)
    with closing(connect(engine)) as client:
        found = bases.prepare(
            engine, client, wanted, mode="local", platform="", places=places, listener=lambda _: None
        )
    return {ref: base.build_ref for ref, base in found.items() if isinstance(base, ReadyBase)}


def starter(
    client: docker.DockerClient, image: str, *command: str, env: dict[str, str] | None = None
) -> Start:
    return partial(
        container.running,
        client,
        image,
        port=3000,
        env=env or {},
        command=command,
        labels={LABEL_RUN: RUN},
        entrypoint=(),
    )


# --- stopping ---


@dataclass(frozen=True, kw_only=True, slots=True)
class Listening:
    """Starts containers, and keeps what each had logged by its end."""

    start: Start
    logs: list[str] = field(default_factory=list)

    @contextmanager
    def __call__(self, **conditions: Any) -> Iterator[Running]:
        with self.start(**conditions) as running:
            yield running
            log = running.client.containers.get(running.id).logs()
            self.logs.append(log.decode())


HANDLED, DEFAULT, SWALLOWED, KILLED = (verdict.value for verdict in stop.Verdict)
# Base, command, and without and with the engine's init: the verdict, the exit code, PID 1's first words.
CASES: dict[str, tuple[BaseRef, tuple[str, ...], tuple[str, int, str], tuple[str, int]]] = {
    "handler": (ALPINE, (*NODE, HANDLES), (HANDLED, 0, "node -e"), (HANDLED, 0)),
    "no-handler": (ALPINE, (*NODE, SERVES), (KILLED, 137, "node -e"), (DEFAULT, 143)),
    "ignores": (ALPINE, (*NODE, IGNORES), (KILLED, 137, "node -e"), (KILLED, 137)),
    "npm-debian": (DEBIAN, filed(HANDLES, "npm", "start"), (SWALLOWED, 1, "npm start"), (SWALLOWED, 143)),
    # Alpine's sh becomes its last command, so here npm has the app itself for a child.
    "npm-alpine": (ALPINE, filed(HANDLES, "npm", "start"), (HANDLED, 0, "npm start"), (HANDLED, 0)),
    "npm-alpine-no-handler": (
        ALPINE,
        filed(SERVES, "npm", "start"),
        (DEFAULT, 1, "npm start"),
        (DEFAULT, 143),
    ),
    "shell": (
        DEBIAN,
        ("sh", "-c", 'node -e "$0"; true', HANDLES),
        (SWALLOWED, 137, "sh -c"),
        (SWALLOWED, 143),
    ),
    "shell-exec": (DEBIAN, ("sh", "-c", 'exec node -e "$0"', HANDLES), (HANDLED, 0, "node -e"), (HANDLED, 0)),
    "shell-ends-first": (
        DEBIAN,
        ("sh", "-c", "trap 'kill $app; exit 0' TERM; node -e \"$0\" & app=$!; wait $app", HANDLES),
        (SWALLOWED, 0, "sh -c"),
        (SWALLOWED, 0),
    ),
    "shell-waits": (
        DEBIAN,
        ("sh", "-c", "trap 'kill $app' TERM; node -e \"$0\" & app=$!; wait $app; wait $app", HANDLES),
        (HANDLED, 0, "sh -c"),
        (HANDLED, 0),
    ),
    "ends-with-143": (ALPINE, (*NODE, ENDS_WITH_143), (HANDLED, 143, "node -e"), (HANDLED, 143)),
    "distroless": (DISTROLESS, ("-e", HANDLES), (HANDLED, 0, "/nodejs/bin/node -e"), (HANDLED, 0)),
}


@pytest.fixture(scope="module")
def stopped(engine: Engine, refs: dict[str, str]) -> dict[str, tuple[dict[str, Measurement], list[str]]]:
    """Every case is stopped both ways, one at a time as a run does it: signals race where many run at once."""

    def stop_it(name: str) -> tuple[dict[str, Measurement], list[str]]:
        base, command, *_ = CASES[name]
        with closing(connect(engine)) as client:
            listening = Listening(start=starter(client, refs[base.reference], *command))
            return {m.name: m for m in stop.stopping(listening, SMOKE, NEVER)}, listening.logs

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
    assert seconds("no-handler", "stop_seconds") >= 5
    assert seconds("no-handler", "stop_init_seconds") < 5


# --- hardening ---

WRITES = f"fs.writeFileSync('/written', ''); {SERVES}"  # as root alone, and where / can be written
CHANGES_OWNER = f"fs.writeFileSync('/tmp/x', ''); fs.chownSync('/tmp/x', 7, 7); {SERVES}"
CALLS_OUT = f"""const link = require('net').connect(9, '198.51.100.1')
link.on('error', (error) => {{ if (error.code === 'ENETUNREACH') process.exit(1) }})
{SERVES}"""


@pytest.mark.parametrize(
    ("app", "fails"),
    [
        (WRITES, {"hardening_read_only", "hardening_non_root"}),
        (CHANGES_OWNER, {"hardening_read_only", "hardening_non_root", "hardening_no_capabilities"}),
        (CALLS_OUT, {"hardening_no_network"}),
    ],
    ids=["writes", "changes-owner", "calls-out"],
)
def test_an_app_fails_under_just_what_it_needs(
    client: docker.DockerClient, refs: dict[str, str], app: str, fails: set[str]
) -> None:
    told = hardening.hardening(
        starter(client, refs[ALPINE.reference], *NODE, app), SMOKE, timeout_seconds=10, stop=NEVER
    )
    reasons = {m.name: f"{m.value} {m.reason}" for m in told}
    assert {m.name for m in told if m.value == "fails"} == fails, reasons
    assert {m.name for m in told if m.value == "passes"} == set(hardening.NAMES) - fails, reasons


def test_only_a_closed_network_has_no_way_out(client: docker.DockerClient, refs: dict[str, str]) -> None:
    begin = starter(client, refs[ALPINE.reference], *NODE, SERVES)
    with begin() as running:
        smoke(running, SMOKE, NEVER)
        assert "has a way out" in hardening.way_out(running)
    with begin(closed=True) as running:
        smoke(running, SMOKE, NEVER)
        assert hardening.way_out(running) == ""
        assert running.host != "127.0.0.1"
        assert networks(client)
    assert networks(client) == []


def networks(client: docker.DockerClient) -> list[str]:
    return [str(n.name) for n in client.networks.list(filters={"label": f"{LABEL_RUN}={RUN}"})]


def test_a_closed_network_is_removed_whatever_happens(
    client: docker.DockerClient, refs: dict[str, str]
) -> None:
    with pytest.raises(StepError, match="cannot be started"):
        starter(client, refs[ALPINE.reference], *NODE, SERVES)(
            closed=True, user="nobody-by-this-name"
        ).__enter__()
    assert networks(client) == []


def test_what_a_killed_run_left_is_swept_by_its_label(
    client: docker.DockerClient, refs: dict[str, str]
) -> None:
    left = starter(client, refs[ALPINE.reference], *NODE, SERVES)(closed=True)
    running = left.__enter__()
    container.sweep(client, RUN)
    assert networks(client) == []
    with pytest.raises(NotFound):
        client.containers.get(running.id)
    left.__exit__(None, None, None)  # that all is gone is nothing to it


# --- memory and start-up ---

HOLDS = f"globalThis.held = Buffer.alloc(100 << 20, 1); {SERVES}"
GROWS = """globalThis.held = []
require('http').createServer((q, r) => { held.push(Buffer.alloc(256 << 10, 1)); r.end('Hello World!') }).listen(3000)"""


def test_memory_is_what_docker_stats_shows_and_what_the_app_holds(
    engine: Engine, client: docker.DockerClient, refs: dict[str, str]
) -> None:
    with starter(client, refs[ALPINE.reference], *NODE, HOLDS)() as running:
        smoke(running, SMOKE, NEVER)
        told = running.memory_bytes()
        shown = docker_words(engine, "stats", "--no-stream", "--format", "{{.MemUsage}}", running.id)
        text = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.split("/")[0].strip()
    assert told is not None
    assert 100 << 20 < told < 200 << 20
    assert text.endswith("MiB")
    assert told == pytest.approx(float(text.removesuffix("MiB")) * (1 << 20), rel=0.05)


def test_a_burst_shows_what_it_leaves_behind(client: docker.DockerClient, refs: dict[str, str]) -> None:
    with starter(client, refs[ALPINE.reference], *NODE, GROWS)() as running:
        smoke(running, SMOKE, NEVER)
        idle, after = (m.value for m in memory.memory(running, SMOKE, NEVER))
    assert isinstance(idle, int)
    assert isinstance(after, int)
    assert memory.REQUESTS * (256 << 10) <= after - idle < 2 * memory.REQUESTS * (256 << 10)


def test_a_start_is_as_long_as_the_app_takes_to_listen(
    client: docker.DockerClient, refs: dict[str, str]
) -> None:
    late = f"setTimeout(() => {SERVES}, 400)"
    begin = starter(client, refs[ALPINE.reference], *NODE, late)
    told = start.starts(begin, SMOKE, repeat=3, one_start=threading.Lock(), stop=NEVER)
    each = {m.name: m.value for m in told}["start_each_seconds"]
    assert isinstance(each, tuple)
    assert all(0.4 <= float(seconds) < 4 for seconds in each)


# --- all of it ---


def test_the_whole_behaviour_of_an_image(client: docker.DockerClient, refs: dict[str, str]) -> None:
    told = measure_behaviour(
        starter(client, refs[DISTROLESS.reference], "-e", HANDLES),
        SMOKE,
        key="k",
        repeat=3,
        one_start=threading.Lock(),
        stop_request=NEVER,
    )
    assert [m.name for m in told] == [*NAMES, KEY]
    assert {m.name: m.reason for m in told if not m.measured} == {}
    assert {m.value for m in told if m.name in hardening.NAMES} == {"passes"}
    assert client.containers.list(all=True, filters={"label": f"{LABEL_RUN}={RUN}"}) == []
    assert networks(client) == []
