"""What an engine of our own needs of the machine, and whether it has it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.engine import buildx, tools
from imagematrix.errors import EngineError, MachineError
from imagematrix.fetch import apt
from imagematrix.model import Places

FREE_BYTES: Final = 6 * 10**9  # the tools, four images with their bases, and the cache of their builds
_ARCHITECTURES: Final = frozenset({"x86_64", "aarch64"})
# File systems that the kernel refuses as an overlay's upper layer.
_NOT_UNDER_OVERLAY: Final = frozenset({"overlay", "nfs", "nfs4", "9p"})
_CAPABILITIES: Final = {"CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21}


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One thing that an engine or its client needs."""

    name: str
    ok: bool
    detail: str  # what was found
    remedy: str  # what to do where it is not ok


def conditions(places: Places) -> tuple[Condition, ...]:
    """What an engine of our own needs here, then what the client of any engine needs."""
    return (*_for_own_engine(places), _cache(places), _dns(), _docker_client(places), _buildx(places))


def require(places: Places) -> None:
    """Raise EngineError, or MachineError for the disk alone, where no engine of our own can run here."""
    failed = [condition for condition in _for_own_engine(places) if not condition.ok]
    if not failed:
        return
    if [condition.name for condition in failed] == ["disk"]:
        raise MachineError(failed[0].detail, where=str(places.cache), next_step=failed[0].remedy)
    reasons = "; ".join(f"{condition.name}: {condition.detail}" for condition in failed)
    remedies = ", ".join(condition.remedy for condition in failed)
    raise EngineError(
        f"no Docker engine answers, and this machine does not allow one of our own ({reasons})",
        next_step=f"start Docker, or name an engine by DOCKER_HOST, or for one of our own: {remedies}",
    )


def _for_own_engine(places: Places) -> tuple[Condition, ...]:
    system = _linux()
    checks: tuple[Callable[[Places], Condition], ...] = (
        _root,
        _apt,
        _overlay,
        _cgroups,
        _disk,
        _ip,
        _iptables,
    )
    return (system, *(check(places) for check in checks)) if system.ok else (system,)


def _linux() -> Condition:
    system, machine = platform.system(), platform.machine()
    return Condition(
        name="linux",
        ok=system == "Linux" and machine in _ARCHITECTURES,
        detail=f"{system} on {machine}",
        remedy="run on Linux, amd64 or arm64",
    )


def _root(_: Places) -> Condition:
    user = os.geteuid()
    if user != 0:
        detail, lacking = f"user id {user}", True
    else:
        held = re.search(r"^CapEff:\s+([0-9a-f]+)$", _text("/proc/self/status"), re.MULTILINE)
        bits = int(held[1], 16) if held else 0
        absent = [name for name, bit in _CAPABILITIES.items() if not bits >> bit & 1]
        detail, lacking = f"root{' without ' if absent else ''}{', '.join(absent)}", bool(absent)
    return Condition(name="root", ok=not lacking, detail=detail, remedy="run as root, with all capabilities")


def _apt(places: Places) -> Condition:
    fetched = all(tools.ready(group, places.cache) for group in (tools.ENGINE, tools.CLIENT))
    reason = "" if fetched else apt.usable()
    detail = "not needed: the packages are in the cache" if fetched else "usable"
    return Condition(
        name="apt",
        ok=not reason,
        detail=reason or detail,
        remedy="run where apt reaches the Debian archive (apt-get, dpkg-deb, debian-archive-keyring)",
    )


def _overlay(places: Places) -> Condition:
    known = "\toverlay\n" in _text("/proc/filesystems") or _module("overlay")
    backing = file_system_of(places.cache, _text("/proc/self/mounts"))
    if not known:
        detail, remedy = "the kernel has no overlay file system", "modprobe overlay"
    else:
        detail = f"available, the cache is on {backing or 'an unknown file system'}"
        remedy = "put the cache on a local disk's file system"
    return Condition(
        name="overlay", ok=known and backing not in _NOT_UNDER_OVERLAY, detail=detail, remedy=remedy
    )


def _cgroups(_: Places) -> Condition:
    found = cgroup_controllers(_text("/proc/self/mounts"), _text("/sys/fs/cgroup/cgroup.controllers"))
    missing = sorted({"memory", "pids"} - found)
    return Condition(
        name="cgroups",
        ok=not missing,
        detail=f"no controller for {' and '.join(missing)}" if missing else "memory and pids are controlled",
        remedy="mount the control groups at /sys/fs/cgroup",
    )


def _disk(places: Places) -> Condition:
    free = shutil.disk_usage(_existing(places.cache)).free
    return Condition(
        name="disk",
        ok=free >= FREE_BYTES,
        detail=f"{free / 1e9:.1f} GB free for the cache, {FREE_BYTES / 1e9:.0f} GB are needed",
        remedy=f"free some space on the file system of {places.cache}",
    )


def _ip(places: Places) -> Condition:
    return _program("ip", fetchable=_fetchable(places, tools.IPROUTE), package="iproute2")


def _iptables(places: Places) -> Condition:
    return _program("iptables", fetchable=_fetchable(places, tools.ENGINE), package="iptables")


def _dns() -> Condition:
    # systemd-resolved's own list is what engines hand to containers in place of its loopback address.
    text = _text("/run/systemd/resolve/resolv.conf") or _text("/etc/resolv.conf")
    servers = re.findall(r"^nameserver\s+(\S+)", text, re.MULTILINE)
    reachable = [server for server in servers if not server.startswith("127.") and server != "::1"]
    return Condition(
        name="dns",
        ok=bool(reachable),
        detail=", ".join(reachable) or "the name server is on loopback: containers fall back to a public one",
        remedy="name a resolver in /etc/resolv.conf that containers reach",
    )


def _cache(places: Places) -> Condition:
    found = _existing(places.cache)
    amiss = (
        "is no folder" if not found.is_dir() else "" if os.access(found, os.W_OK) else "may not be written"
    )
    return Condition(
        name="cache",
        ok=not amiss,
        detail=f"{found} {amiss}" if amiss else str(places.cache),
        remedy="make it a folder that may be written, or name another: XDG_CACHE_HOME",
    )


def _docker_client(places: Places) -> Condition:
    own = tools.folder(tools.CLIENT, places.cache) / tools.DOCKER
    found = shutil.which("docker") or (str(own) if own.is_file() else "none, and none is needed")
    return Condition(name="docker client", ok=True, detail=found, remedy="")


def _buildx(places: Places) -> Condition:
    command, found = buildx.installed(os.environ)
    fetchable = not command and _fetchable(places, tools.CLIENT)
    if not command and tools.ready(tools.CLIENT, places.cache):
        found.append(f"ours: {tools.folder(tools.CLIENT, places.cache) / tools.BUILDX}")
    return Condition(
        name="buildx",
        ok=bool(command) or fetchable,
        detail="; ".join(found) or ("none; ours is fetched when it is needed" if fetchable else "none"),
        remedy=f"install docker-buildx-plugin, {buildx.OLDEST[0]}.{buildx.OLDEST[1]} or newer",
    )


def _program(name: str, *, fetchable: bool, package: str) -> Condition:
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    return Condition(
        name=name,
        ok=path is not None or fetchable,
        detail=path or ("ours, fetched when it is needed" if fetchable else "not found"),
        remedy=f"install the package {package}",
    )


def _fetchable(places: Places, group: tools.Group) -> bool:
    return tools.ready(group, places.cache) or not apt.usable()


def cgroup_controllers(mounts: str, unified: str) -> set[str]:
    """The controllers of both hierarchies, from /proc/mounts and the unified one's cgroup.controllers."""
    legacy = [line.split(" ")[3].split(",") for line in mounts.splitlines() if line.split(" ")[2] == "cgroup"]
    return {option for options in legacy for option in options} | set(unified.split())


def file_system_of(path: Path, mounts: str) -> str:
    """The type of the file system that a path lies on, from /proc/mounts; "" where that does not say."""
    best = ("", "")
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        if path.is_relative_to(point) and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1]


def _module(name: str) -> bool:
    """True where the kernel can load the module when it is first asked for."""
    modprobe = shutil.which("modprobe") or shutil.which("modprobe", path="/usr/sbin:/sbin")
    if modprobe is None:
        return False
    return subprocess.run([modprobe, "--dry-run", "--quiet", name], capture_output=True).returncode == 0


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
