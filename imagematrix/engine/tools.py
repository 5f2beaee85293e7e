"""The programs of our own engine and client: Debian packages, unpacked into the cache and nowhere else."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix import scratch
from imagematrix.fetch import apt
from imagematrix.fetch.lock import locked

BUILDX: Final = Path("usr/libexec/docker/cli-plugins/docker-buildx")  # within a group's folder
DOCKER: Final = Path("usr/bin/docker")


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Packages that are unpacked together, by suite.

    The suites are fixed and not the machine's own: the programs are statically bound Go and need no more
    than glibc 2.34, the C libraries of the older suite run on every newer one, and package names differ
    between suites.
    """

    name: str
    packages: tuple[tuple[str, tuple[str, ...]], ...]  # suite, names
    about: str  # for people, with what it costs to fetch


CLIENT: Final = Group(
    name="client",
    packages=(("trixie", ("docker-cli", "docker-buildx")),),
    about="docker-cli and docker-buildx (21 MB)",
)
ENGINE: Final = Group(
    name="engine",
    packages=(
        ("trixie", ("docker.io", "containerd")),
        ("bookworm", ("runc", "libseccomp2", "tini", "iptables", "libxtables12", "libip4tc2", "libip6tc2")),
        # what the nft flavour of iptables needs, for kernels without the legacy tables
        ("bookworm", ("libnftnl11", "libmnl0", "libnfnetlink0", "libnetfilter-conntrack3")),
    ),
    about="Docker Engine, containerd and runc (60 MB)",
)
IPROUTE: Final = Group(
    name="iproute",
    packages=(("bookworm", ("iproute2", "libbpf1", "libelf1", "libmnl0", "libbsd0", "libmd0", "libcap2")),),
    about="iproute2 (1 MB)",
)


def folder(group: Group, cache: Path) -> Path:
    """Where the group's files are, or will be; another list of packages is another folder."""
    identity = hashlib.sha256(repr((group.packages, platform.machine())).encode()).hexdigest()[:8]
    return cache / "engine" / "tools" / f"{group.name}-{identity}"


def ready(group: Group, cache: Path) -> bool:
    """True where the group lies there whole: it needs neither apt nor the network then."""
    return folder(group, cache).is_dir()


def ensure(group: Group, cache: Path, *, notify: Callable[[str], None]) -> Path:
    """The group's folder, fetched and unpacked where it is not there.  Raises FetchError."""
    home = folder(group, cache)
    if ready(group, cache):
        return home
    with locked(home.with_name(f"{home.name}.lock")):
        if not ready(group, cache):
            notify(f"fetching {group.about} by apt into {cache}")
            # Made whole beside its place, then moved there: what is interrupted is never taken for done.
            with scratch.folder(cache / "scratch") as temporary:
                for suite, names in group.packages:
                    apt.unpack_debs(apt.fetch_debs(names, suite=suite, cache=cache), temporary / "root")
                for unused in ("usr/share/doc", "usr/share/man"):
                    shutil.rmtree(temporary / "root" / unused, ignore_errors=True)
                (temporary / "root").replace(home)
    return home


def environment(home: Path) -> dict[str, str]:
    """The process environment that runs the programs of a folder, and what else the caller has."""
    libraries = sorted(
        {str(path.parent) for top in ("lib", "usr/lib") for path in (home / top).glob("*/lib*.so.*")}
    )
    xtables = next(home.glob("usr/lib/*/xtables"), None)
    programs = [str(home / part) for part in ("bin", "sbin", "usr/bin", "usr/sbin")]
    return {
        **os.environ,
        "PATH": os.pathsep.join([*programs, os.environ.get("PATH", os.defpath)]),
        "LD_LIBRARY_PATH": os.pathsep.join([*libraries, os.environ.get("LD_LIBRARY_PATH", "")]).rstrip(
            os.pathsep
        ),
        **({"XTABLES_LIBDIR": str(xtables)} if xtables else {}),
    }
