"""What we start can do little, and nobody beyond this machine can reach it: looked at while a run goes on."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import docker
import pytest
from docker.errors import APIError, NotFound

from imagematrix import engine as engines
from imagematrix.model import LABEL_KIND, LABEL_OWNER, LABEL_PROCESS, LABEL_RUN, Engine
from tests.integration.apps import tiny
from tests.integration.cli import words

pytestmark = pytest.mark.integration

LISTEN: Final = "0A"  # TCP_LISTEN in /proc/net/tcp
EXITS: Final = """\
require('http').createServer((q, r) => r.end('Hello World!')).listen(3000)
process.on('SIGTERM', () => process.exit(0))
"""


def listening() -> set[tuple[str, int]]:
    """(address, port) of every TCP socket that listens in this network namespace."""
    found = set()
    for table, size in (("tcp", 4), ("tcp6", 16)):
        for line in Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == LISTEN:
                address, port = local.split(":")
                raw = bytes.fromhex(address)
                # Words of the machine's byte order; x86 and ARM are little-endian.
                ordered = b"".join(raw[at : at + 4][::-1] for at in range(0, size, 4))
                found.add((str(ip_address(ordered)), int(port, 16)))
    return found


@contextmanager
def watched(engine: Engine) -> Iterator[tuple[dict[str, Any], set[tuple[str, int]]]]:
    """While the block runs: all containers of ours, as the engine tells of them, and all that listens."""
    seen: dict[str, Any] = {}
    sockets: set[tuple[str, int]] = set()
    stop = threading.Event()

    def watch() -> None:
        with closing(engines.connect(engine)) as client:
            while not stop.is_set():
                sockets.update(listening())
                # By name, not by label: one that had lost its label would be seen too.
                with suppress(APIError):
                    for container in client.api.containers(all=True, quiet=True):
                        with suppress(NotFound, APIError):
                            told = client.api.inspect_container(container["Id"])
                            if told["State"]["Running"] or told["Id"] not in seen:
                                seen[told["Id"]] = told
                time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen, sockets
    finally:
        stop.set()
        thread.join(timeout=30)


@pytest.fixture(scope="module")
def run(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Any], set[tuple[str, int]], set[tuple[str, int]]]:
    """A whole run, all afresh: its containers as they were, and what listened meanwhile and before."""
    folder = tiny(tmp_path_factory.mktemp("isolation"), index=EXITS, timeout=20)
    matrix = folder / "variants.yml"
    matrix.write_text(matrix.read_text().replace("name: tiny", "name: isolated"), encoding="utf-8")
    before = listening()
    with watched(engine) as (seen, sockets):
        done = subprocess.run(
            words("matrix", "--fresh", "--repeat=2"), cwd=folder, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    with closing(engines.connect(engine)) as client:
        image = client.images.get("imagematrix.local/isolated:tiny-node24")
        owner = image.labels[LABEL_OWNER]
    own = [told for told in seen.values() if told["Config"]["Labels"].get(LABEL_OWNER) == owner]
    return own, sockets, before


def test_each_is_labelled_limited_and_without_rights(run: Any) -> None:
    own, _, _ = run
    assert len(own) >= 8, "starts, memory, stopping twice, hardening four times"
    for told in own:
        host = told["HostConfig"]
        assert {LABEL_KIND, LABEL_OWNER, LABEL_PROCESS, LABEL_RUN} <= set(told["Config"]["Labels"])
        assert host["Privileged"] is False
        assert host["SecurityOpt"] == ["no-new-privileges"]
        assert (host["Memory"], host["MemorySwap"]) == (512 << 20, 512 << 20)
        assert host["CpuQuota"] / host["CpuPeriod"] == 2
        assert host["PidsLimit"] in (64, 256)
        assert {each["Name"]: each["Hard"] for each in host["Ulimits"]} == {
            "core": 0,
            "fsize": 1 << 30,
            "nofile": 4_096,
        }
        logs = host["LogConfig"]
        assert logs["Type"] == "none" or logs["Config"] == {"max-file": "1", "max-size": "1m"}
        # Root's reading of other users' files, for the walk; a look at the signals that wait, for stopping.
        added = {name.removeprefix("CAP_") for name in host["CapAdd"] or ()}
        assert added <= {"DAC_READ_SEARCH", "SYS_PTRACE"}
        assert not host["Devices"]
        assert host["PidMode"] == ""
        assert host["IpcMode"] in ("private", "shareable")
        assert host["UTSMode"] == ""
        assert host["UsernsMode"] == ""
        assert host["NetworkMode"] != "host"


def test_nothing_of_the_machine_is_mounted(run: Any) -> None:
    own, _, _ = run
    for told in own:
        assert not told["HostConfig"]["Binds"]
        assert [mount["Type"] for mount in told["Mounts"] if mount["Type"] != "volume"] == []
        assert "docker.sock" not in repr(told["HostConfig"])


def test_nothing_is_published_beyond_this_machine(run: Any) -> None:
    own, sockets, before = run
    bound = [
        binding["HostIp"]
        for told in own
        for bindings in (told["NetworkSettings"]["Ports"] or {}).values()
        for binding in bindings or ()
    ]
    assert len(bound) >= 5
    assert set(bound) == {"127.0.0.1"}
    came = {address for address, _ in sockets - before}
    assert "127.0.0.1" in came, "the published ports were to be seen"
    assert {address for address in came if not ip_address(address).is_loopback} == set()


def test_our_own_engines_socket_is_its_users_alone(engine: Engine) -> None:
    assert engine.embedded, "these tests run on the engine that is brought up here"
    socket = Path(engine.host.removeprefix("unix://"))
    assert socket.stat().st_mode & 0o777 == 0o600
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert socket.stat().st_uid == socket.parent.stat().st_uid == 0


@pytest.mark.usefixtures("engine")
def test_the_watch_sees_what_would_be_wrong(client: docker.DockerClient, engine: Engine) -> None:
    """What is asserted above could not fail if the watch saw nothing: a port on all addresses is seen."""
    with watched(engine) as (_, sockets):
        container = client.containers.run(
            "imagematrix.local/isolated:tiny-node24",
            detach=True,
            ports={"3000/tcp": ("0.0.0.0", 0)},  # so that the watch has something to see
            labels={LABEL_KIND: "container"},
        )
        try:
            time.sleep(0.5)
        finally:
            container.remove(force=True)
    assert any(not ip_address(address).is_loopback for address, _ in sockets)
