"""How images behave, on a real engine."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping

import docker
import pytest
from docker.errors import NotFound

from imagematrix import container
from imagematrix.behaviour import KEY, NAMES, measure_behaviour
from imagematrix.errors import StepError
from imagematrix.model import LABEL_RUN, Engine, Places
from imagematrix.probes import hardening, memory, smoke, start
from tests.integration.apps import SERVES
from tests.integration.cli import docker as docker_words
from tests.integration.images import ALPINE, DISTROLESS
from tests.integration.starting import BY_NODE, HANDLES, RUN, SMOKE, base_refs, starter

pytestmark = pytest.mark.integration

NEVER = threading.Event()


@pytest.fixture(scope="module")
def refs(engine: Engine, places: Places) -> Mapping[str, str]:
    return base_refs(engine, places)


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
    client: docker.DockerClient, refs: Mapping[str, str], app: str, fails: set[str]
) -> None:
    told = hardening.hardening(
        starter(client, refs[ALPINE.reference], *BY_NODE, app), SMOKE, user="", timeout_seconds=10, stop=NEVER
    )
    reasons = {m.name: f"{m.value} {m.reason}" for m in told}
    assert {m.name for m in told if m.value == "fails"} == fails, reasons
    assert {m.name for m in told if m.value == "passes"} == set(hardening.NAMES) - fails, reasons


def test_an_image_with_a_user_of_its_own_need_not_be_open_to_any_other(
    client: docker.DockerClient, refs: Mapping[str, str]
) -> None:
    written = client.containers.run(
        refs[ALPINE.reference],
        ["sh", "-c", "mkdir /app && chown 1000:1000 /app && chmod 700 /app"],
        detach=True,
        labels={LABEL_RUN: RUN},
    )
    try:
        written.wait()
        image = str(written.commit(changes=["USER 1000", "WORKDIR /app"]).id)
    finally:
        written.remove(force=True)
    app = f"fs.readdirSync('/app'); {SERVES}"
    try:
        told = hardening.hardening(
            starter(client, image, *BY_NODE, app), SMOKE, user="1000", timeout_seconds=10, stop=NEVER
        )
    finally:
        client.images.remove(image, force=True)
    reasons = {m.name: (m.value, m.reason) for m in told}
    assert reasons["hardening_non_root"] == ("passes", "the smoke test with its own user 1000: status 200")


def test_only_a_closed_network_has_no_way_out(client: docker.DockerClient, refs: Mapping[str, str]) -> None:
    begin = starter(client, refs[ALPINE.reference], *BY_NODE, SERVES)
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
    client: docker.DockerClient, refs: Mapping[str, str]
) -> None:
    with pytest.raises(StepError, match="cannot be started"):
        starter(client, refs[ALPINE.reference], *BY_NODE, SERVES)(
            closed=True, user="nobody-by-this-name"
        ).__enter__()
    assert networks(client) == []


def test_what_a_killed_run_left_is_swept_by_its_label(
    client: docker.DockerClient, refs: Mapping[str, str]
) -> None:
    left = starter(client, refs[ALPINE.reference], *BY_NODE, SERVES)(closed=True)
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
    engine: Engine, client: docker.DockerClient, refs: Mapping[str, str]
) -> None:
    with starter(client, refs[ALPINE.reference], *BY_NODE, HOLDS)() as running:
        smoke(running, SMOKE, NEVER)
        told = memory.used_bytes(*running.memory_statistics())
        shown = docker_words(engine, "stats", "--no-stream", "--format", "{{.MemUsage}}", running.id)
        text = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.split("/")[0].strip()
    assert told is not None
    assert 100 << 20 < told < 200 << 20
    assert text.endswith("MiB")
    assert told == pytest.approx(float(text.removesuffix("MiB")) * (1 << 20), rel=0.05)


def test_a_burst_shows_what_it_leaves_behind(client: docker.DockerClient, refs: Mapping[str, str]) -> None:
    with starter(client, refs[ALPINE.reference], *BY_NODE, GROWS)() as running:
        smoke(running, SMOKE, NEVER)
        idle, after = (m.value for m in memory.memory(running, SMOKE, NEVER))
    assert isinstance(idle, int)
    assert isinstance(after, int)
    assert memory.REQUESTS * (256 << 10) <= after - idle < 2 * memory.REQUESTS * (256 << 10)


def test_a_start_is_as_long_as_the_app_takes_to_listen(
    client: docker.DockerClient, refs: Mapping[str, str]
) -> None:
    late = f"setTimeout(() => {SERVES}, 400)"
    begin = starter(client, refs[ALPINE.reference], *BY_NODE, late)
    told = start.starts(begin, SMOKE, repeat=3, one_start=threading.Lock(), stop=NEVER)
    each = {m.name: m.value for m in told}["start_each_seconds"]
    assert isinstance(each, tuple)
    assert all(0.4 <= float(seconds) < 4 for seconds in each)


# --- all of it ---


def test_the_whole_behaviour_of_an_image(client: docker.DockerClient, refs: Mapping[str, str]) -> None:
    told = measure_behaviour(
        starter(client, refs[DISTROLESS.reference], "-e", HANDLES),
        SMOKE,
        user="",
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
