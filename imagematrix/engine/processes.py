"""The processes, mounts and control groups of one engine of ours, found without a pid file.

Every process of the engine inherits one variable that names its runtime folder, and every process in a
container is in the engine's control group.  Both are read from /proc, so a pid that was given to another
process since, or an engine that was killed, cannot mislead.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

MARK: Final = "IMAGEMATRIX_ENGINE"
_PROC: Final = Path("/proc")
_CGROUPS: Final = Path("/sys/fs/cgroup")
_REAP_SECONDS: Final = 3.0
_KILL_SECONDS: Final = 20.0  # a process in the kernel's hands (a slow disk) outlives SIGKILL for a while


def engine_processes(runtime: Path) -> dict[int, str]:
    """Pid and program name of each process of the engine: dockerd, containerd, its shims, its proxies."""
    mark = f"{MARK}={runtime}".encode()
    return {
        pid: _program(pid)
        for pid in _pids()
        if mark in _read(pid, "environ").split(b"\0") and not _zombie(pid)
    }


def container_processes(cgroup: str) -> set[int]:
    """Pids of what runs in the engine's containers."""
    inside = f":/{cgroup}/".encode()
    return {pid for pid in _pids() if inside in _read(pid, "cgroup") and not _zombie(pid)}


def stop(runtime: Path, cgroup: str, *, grace_seconds: float) -> set[int]:
    """End the engine and all that it runs, first asked, then forced; the pids that it had.  Idempotent.

    dockerd gets `grace_seconds` to stop its containers and itself; the rest is ended at once.
    """
    seen = {*engine_processes(runtime), *container_processes(cgroup)}
    for pid, name in engine_processes(runtime).items():
        if name == "dockerd":
            _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while "dockerd" in engine_processes(runtime).values() and time.monotonic() < deadline:
        time.sleep(0.05)
    deadline = time.monotonic() + _KILL_SECONDS
    while (
        left := {*engine_processes(runtime), *container_processes(cgroup)}
    ) and time.monotonic() < deadline:
        seen |= left
        for pid in left:
            _signal(pid, signal.SIGKILL)
        time.sleep(0.05)
    return seen


def await_reaped(pids: set[int]) -> None:
    """Wait, some seconds at most, until ended processes are off the process table: some inits are slow."""
    deadline = time.monotonic() + _REAP_SECONDS
    while any(_zombie(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)


def unmount(*folders: Path) -> None:
    """Unmount everything that is mounted in these folders, innermost first."""
    for point in mounts_in(_read_text(_PROC / "self" / "mounts"), *folders):
        if subprocess.run(["umount", point], capture_output=True).returncode != 0:
            subprocess.run(["umount", "--lazy", point], capture_output=True)


def mounts_in(mounts: str, *folders: Path) -> list[str]:
    """The mount points of a /proc/mounts text that lie in the folders, innermost first."""
    points = [
        re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split(" ")[1])
        for line in mounts.splitlines()
    ]
    return [
        point for point in reversed(points) if any(Path(point).is_relative_to(folder) for folder in folders)
    ]


def remove_cgroup(cgroup: str) -> None:
    """Remove the engine's control group from every hierarchy; empty ones only, the kernel sees to that."""
    for top in (_CGROUPS, *_CGROUPS.glob("*/")):
        for folder, _, _ in os.walk(top / cgroup, topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _read(pid: int, file: str) -> bytes:
    try:
        return (_PROC / str(pid) / file).read_bytes()
    except OSError:  # it ended meanwhile, or is not ours to see
        return b""


def _read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def _program(pid: int) -> str:
    return Path(os.fsdecode(_read(pid, "cmdline").partition(b"\0")[0])).name


def _zombie(pid: int) -> bool:
    return b") Z " in _read(pid, "stat")


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
