"""Engines of other kinds: brought up beside the one that is shared, and taken down whole.

Docker 20.10 is our own private engine with older programs.  Podman's service runs in namespaces of its
own: its processes, mounts, firewall rules and network end with it.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from imagematrix import engine as engines
from imagematrix.engine import network, processes, tools
from imagematrix.errors import EngineError
from imagematrix.model import Engine, Places
from tests.integration.own import own_cache

_IPTABLES: Final = (
    *("iptables", "libxtables12", "libip4tc2", "libip6tc2"),
    *("libnftnl11", "libmnl0", "libnfnetlink0", "libnetfilter-conntrack3"),
)
_DOCKER_20: Final = tools.Group(
    name="docker-20.10",
    packages=(
        ("bookworm", ("docker.io", "containerd", "libdevmapper1.02.1", "libsystemd0")),
        ("bookworm", ("runc", "libseccomp2", "tini", *_IPTABLES)),
    ),
    about="Docker Engine 20.10 (70 MB)",
)
_PODMAN: Final = tools.Group(
    name="podman",
    packages=(
        ("bookworm", ("podman", "conmon", "runc", "libseccomp2", "catatonit", "netavark", *_IPTABLES)),
        ("bookworm", ("libdevmapper1.02.1", "libgpgme11", "libassuan0", "libsubid4")),
    ),
    about="Podman (20 MB)",
)
_PODMAN_CGROUP: Final = "libpod_parent"
_START_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 5.0
_CLONE_NEWNET: Final = 0x40000000  # linux/sched.h


@contextmanager
def containerd_store(folder: Path) -> Iterator[Engine]:
    """Our own engine, with its images in containerd."""
    with own_cache(folder) as places:
        yield engines.up(places, print, image_store="containerd")


@contextmanager
def docker_20(folder: Path) -> Iterator[Engine]:
    """Debian 12's Docker Engine, API 1.41."""
    with own_cache(folder) as places:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tools, "ENGINE", _DOCKER_20)
            engine = engines.up(places, print)
        yield engine


@dataclass(frozen=True, kw_only=True, slots=True)
class Podman:
    """Podman's Docker API, and the process whose network its containers are published in."""

    engine: Engine
    pid: int

    @contextmanager
    def network(self) -> Iterator[None]:
        """This thread in Podman's network, where 127.0.0.1 is the address that containers publish on."""
        with (
            Path("/proc/thread-self/ns/net").open() as home,
            Path(f"/proc/{self.pid}/ns/net").open() as there,
        ):
            _set_network(there.fileno())
            try:
                yield
            finally:
                _set_network(home.fileno())


def _set_network(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns came with Python 3.12
    if libc.setns(namespace, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"setns in thread {threading.get_native_id()}")


@contextmanager
def podman(folder: Path, cache: Path) -> Iterator[Podman]:
    """`podman system service`, run from its unpacked packages."""
    programs = tools.ensure(_PODMAN, cache, notify=print)
    socket = folder / "podman.sock"
    with (folder / "podman.log").open("wb") as log:
        process = subprocess.Popen(
            _in_own_namespaces(programs, network.commands(cache, notify=print), socket),
            env=_settings(folder, programs),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield Podman(engine=_answering(f"unix://{socket}", folder, process), pid=process.pid)
    finally:
        process.kill()  # and with it, by --kill-child, the first process of its namespaces, and so all others
        process.wait()
        deadline = time.monotonic() + _STOP_SECONDS
        # A process that is killed but not reaped yet holds its control group for a moment.
        while list(Path("/sys/fs/cgroup").glob(f"**/{_PODMAN_CGROUP}")) and time.monotonic() < deadline:
            processes.remove_cgroup(_PODMAN_CGROUP)
            time.sleep(0.05)


def _in_own_namespaces(programs: Path, run: network.Commands, socket: Path) -> list[str]:
    script = (
        "for folder in /run /var/lib /dev/shm; do mount -t tmpfs tmpfs $folder || exit 1; done\n"
        f"LD_LIBRARY_PATH='{run.env['LD_LIBRARY_PATH']}' '{run.ip}' link set lo up || exit 1\n"
        f"exec '{programs}/usr/bin/podman' system service --time 0 'unix://{socket}'\n"
    )
    namespaces = ("--mount", "--net", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc")
    return ["unshare", *namespaces, "sh", "-c", script]


def _settings(folder: Path, programs: Path) -> dict[str, str]:
    """Podman's settings in `folder`, and the environment that names them.  Nothing of /etc is read.

    https://github.com/containers/common/blob/main/docs/containers.conf.5.md
    """
    environment = tools.environment(programs)
    shims = folder / "programs"
    shims.mkdir()
    for name in ("iptables", "ip6tables"):
        (shims / name).symlink_to(programs / "usr/sbin/xtables-legacy-multi")
    # conmon starts it with an environment of its own, without the path of our libraries.
    runc = shims / "runc"
    runc.write_text(
        f"#!/bin/sh\nLD_LIBRARY_PATH='{environment['LD_LIBRARY_PATH']}' exec '{programs}/usr/sbin/runc' \"$@\"\n"
    )
    runc.chmod(0o755)
    (folder / "containers.conf").write_text(
        f"""\
[containers]
# Podman's own are above what a root without CAP_SYS_RESOURCE may set.
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
conmon_path = ["{programs}/usr/bin/conmon"]
helper_binaries_dir = ["{programs}/usr/lib/podman"]
init_path = "{programs}/usr/bin/catatonit"
[engine.runtimes]
runc = ["{runc}"]
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
"""
    )
    (folder / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/images"\nrunroot = "/run/containers/storage"\n'
    )
    policy = folder / "home/.config/containers/policy.json"
    policy.parent.mkdir(parents=True)
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    return {
        **environment,
        "PATH": os.pathsep.join([str(shims), environment["PATH"]]),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder),
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "CONTAINERS_REGISTRIES_CONF": "/dev/null",
    }


def _answering(host: str, folder: Path, process: subprocess.Popen[bytes]) -> Engine:
    """The engine as `find` sees it, as soon as it answers."""
    places = Places(cache=folder / "cache", results=folder / "results")
    deadline = time.monotonic() + _START_SECONDS
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", host)
        while True:
            try:
                return engines.find(places, notify=print, to_build=False)
            except EngineError as error:
                if time.monotonic() > deadline or process.poll() is not None:
                    pytest.fail(f"{error}\n{(folder / 'podman.log').read_text()}")
            time.sleep(0.05)
