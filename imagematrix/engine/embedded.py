"""Our own engine: a private dockerd that is brought up here, reused while it runs, and taken down whole.

Nothing is installed on the system.  Programs and images lie in the cache, what belongs to the running
engine in a short folder under /run (a socket's path may have 108 bytes), both named by the cache's path:
two caches have two engines, side by side.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from imagematrix.engine import buildx, client, network, processes, tools
from imagematrix.engine.endpoint import Endpoint
from imagematrix.engine.requirements import require
from imagematrix.errors import EngineError
from imagematrix.fetch.lock import locked
from imagematrix.model import Engine, Places

ImageStore: TypeAlias = Literal["overlay2", "containerd"]

_RUN: Final = Path("/run")
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 20.0
_STOP_HINT: Final = "stop it by `invoke engine.down`"


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbeddedStatus:
    """What there is of our own engine."""

    running: bool
    pid: int  # of dockerd; 0 where none runs
    host: str  # its address, running or not
    version: str  # "" where none runs
    image_store: str  # "" where none runs
    data: Path  # where its images and containers lie
    data_bytes: int  # on disk
    found: str  # what this was told from


@dataclass(frozen=True, kw_only=True, slots=True)
class _Home:
    """The places and names of the engine of one cache."""

    cache: Path
    runtime: Path
    name: str  # of its control group; its bridge is called after it too

    @property
    def folder(self) -> Path:
        return self.cache / "engine"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "dockerd.log"

    @property
    def exec_root(self) -> Path:
        return self.runtime / "exec"

    @property
    def socket(self) -> Path:
        return self.runtime / "docker.sock"

    @property
    def forwarding_file(self) -> Path:
        """There while the kernel forwards packets because of us."""
        return self.runtime / "forwarding-set"

    @property
    def bridge(self) -> str:
        return f"imx{self.name.rpartition('-')[2]}"

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(host=f"unix://{self.socket}", named_by="imagematrix's own engine")


def up(places: Places, notify: Callable[[str], None], *, image_store: ImageStore = "overlay2") -> Engine:
    """The engine of our own, started where it does not run; one that runs already keeps its image store.

    Raises EngineError where the machine does not allow it or it does not start, MachineError where the
    disk is too full, FetchError where its packages cannot be had.
    """
    home = _home(places)
    if (engine := _running(home, notify)) is not None:
        notify(f"using imagematrix's own Docker engine {engine.version}; {_STOP_HINT}")
        return engine
    require(places)
    tools.ensure(tools.ENGINE, home.cache, notify=notify)
    tools.ensure(tools.CLIENT, home.cache, notify=notify)
    with locked(home.folder / "lock"):
        if _pid(home):  # another process was faster, or the engine is too busy to answer at once
            engine, did = _await_answer(home, notify), "uses"
        else:
            _clear(home, notify)
            try:
                engine, did = _start(home, image_store, notify), "started"
            except BaseException:
                _clear(home, notify)
                raise
    notify(
        f"imagematrix {did} a Docker engine of its own, {engine.version}, with its data in {home.data}; "
        f"{_STOP_HINT}"
    )
    return engine


def answering(places: Places) -> Engine | None:
    """The engine of our own if it runs and answers; nothing is started."""
    return _running(_home(places), lambda _: None)


def status(places: Places) -> EmbeddedStatus:
    """What there is of our own engine; nothing is started or changed."""
    home = _home(places)
    pid = _pid(home)
    facts = None
    try:
        facts = client.ask(home.endpoint)
        found = f"it answers at {home.socket}"
    except client.NoAnswerError as error:
        found = f"{f'process {pid}' if pid else 'no process'}, no answer at {home.socket}: {error}"
    return EmbeddedStatus(
        running=facts is not None,
        pid=pid,
        host=home.endpoint.host,
        version=facts.version if facts else "",
        image_store=facts.image_store if facts else "",
        data=home.data,
        data_bytes=_disk_bytes(home.data),
        found=found,
    )


def down(places: Places) -> bool:
    """Take our own engine down with its containers; images and build cache stay in the cache.

    Leaves no process, mount, bridge, firewall rule or control group; works after a crash too.  True where
    there was anything to take down.  Raises EngineError where it is not this user's to take down.
    """
    home = _home(places)
    if not _left(home):
        return False
    if os.geteuid() != 0:
        raise EngineError(
            "our own engine belongs to root", where=str(home.runtime), next_step="run this as root"
        )
    with locked(home.folder / "lock"):
        processes.await_reaped(_clear(home, lambda _: None))
    return True


def _home(places: Places) -> _Home:
    cache = places.cache.resolve()
    name = f"imagematrix-{hashlib.sha256(str(cache).encode()).hexdigest()[:8]}"
    return _Home(cache=cache, runtime=_RUN / name, name=name)


def _running(home: _Home, notify: Callable[[str], None]) -> Engine | None:
    try:
        facts = client.ask(home.endpoint)
    except client.NoAnswerError:
        return None
    command = tools.ensure(tools.CLIENT, home.cache, notify=notify) / tools.BUILDX
    return Engine(
        host=home.endpoint.host,
        name=facts.name,
        version=facts.version,
        image_store=facts.image_store,
        embedded=True,
        buildx=(str(command),),
        env=(*home.endpoint.env, *buildx.environment(home.cache)),
        api=facts.api,
    )


def _pid(home: _Home) -> int:
    found = processes.engine_processes(home.runtime)
    return next((pid for pid, name in found.items() if name == "dockerd"), 0)


def _start(home: _Home, image_store: ImageStore, notify: Callable[[str], None]) -> Engine:
    home.runtime.mkdir(mode=0o700)
    link = network.up(network.commands(home.cache, notify=notify), home.bridge)
    if link.forwarding_set:
        home.forwarding_file.touch()
    programs = tools.folder(tools.ENGINE, home.cache)
    settings = home.folder / "daemon.json"
    settings.write_text(json.dumps(_settings(home, link, image_store), indent=2), encoding="utf-8")
    command = (
        # A session of its own and no tie to this process: the engine outlives the command that needed it.
        *("setsid", "--fork", str(programs / "usr/sbin/dockerd")),
        *("--config-file", str(settings), "--host", home.endpoint.host),
        *("--data-root", str(home.data), "--exec-root", str(home.exec_root)),
        *("--pidfile", str(home.runtime / "docker.pid")),
    )
    with home.log.open("wb") as log:
        subprocess.run(
            command,
            check=True,
            cwd="/",
            env={**tools.environment(programs), processes.MARK: str(home.runtime)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    engine = _await_answer(home, notify)
    home.socket.chmod(0o600)
    return engine


def _await_answer(home: _Home, notify: Callable[[str], None]) -> Engine:
    """The engine as soon as it answers.  Raises EngineError when its process ends or takes too long."""
    deadline = time.monotonic() + _START_SECONDS
    seen = time.monotonic()
    while (engine := _running(home, notify)) is None:
        now = time.monotonic()
        if processes.engine_processes(home.runtime):
            seen = now
        # A process that is just being executed has no environment to be found by, for a moment.
        if now - seen > 1 or now > deadline:
            last = "\n    ".join(home.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
            raise EngineError(
                f"our own engine does not answer; its last words:\n    {last}",
                where=str(home.log),
                next_step="try `invoke engine.down`, then again; if that does not help, remove "
                f"{tools.folder(tools.ENGINE, home.cache)}, which is then fetched anew",
            )
        time.sleep(0.05)
    return engine


def _settings(home: _Home, link: network.Link, image_store: ImageStore) -> dict[str, object]:
    """dockerd's configuration: https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file"""
    programs = tools.folder(tools.ENGINE, home.cache)
    store: dict[str, object] = (
        {"features": {"containerd-snapshotter": True}}
        if image_store == "containerd"
        else {"storage-driver": "overlay2"}  # named, or a disk that cannot do it gets a full copy a layer
    )
    return {
        "bridge": link.bridge,
        "mtu": link.mtu,
        # Forwarding and firewall are network.py's.
        "ip-forward": False,
        "ip-masq": False,
        "iptables": False,
        "ip6tables": False,
        "userland-proxy-path": str(programs / "usr/sbin/docker-proxy"),
        "init-path": str(programs / "usr/bin/tini-static"),
        "group": "root",
        # By this name the processes in containers are found again; systemd's driver would choose its own.
        "cgroup-parent": f"/{home.name}",
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "shutdown-timeout": 5,
        "log-level": "warn",
        "log-driver": "json-file",
        "log-opts": {"max-size": "10m", "max-file": "2"},
        "builder": {"gc": {"enabled": True, "defaultKeepStorage": "20GB"}},
        **store,
    }


def _left(home: _Home) -> bool:
    """True while there is an engine of this cache, or something that one left."""
    return home.runtime.exists() or Path("/sys/class/net", home.bridge).exists()


def _clear(home: _Home, notify: Callable[[str], None]) -> set[int]:
    """Remove what an engine of this cache left, however it ended; the pids that it had.  Idempotent."""
    if not _left(home):
        return set()
    pids = processes.stop(home.runtime, home.name, grace_seconds=_STOP_SECONDS)
    processes.unmount(home.runtime, home.data)
    run = network.commands(home.cache, notify=notify)
    network.down(run, home.bridge, unset_forwarding=home.forwarding_file.exists())
    processes.remove_cgroup(home.name)
    shutil.rmtree(home.runtime, ignore_errors=True)
    return pids


def _disk_bytes(folder: Path) -> int:
    """Bytes on disk below the folder, other file systems mounted in it left out."""
    done = subprocess.run(
        ["du", "--summarize", "--one-file-system", "--block-size=1", str(folder)],
        capture_output=True,
        text=True,
    )
    # Files that vanish meanwhile are du's error, not ours: it prints its sum all the same.
    return int(done.stdout.split()[0]) if done.stdout else 0
