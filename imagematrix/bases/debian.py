"""The stand-in for debian:bookworm: a minimal Debian 12, made by mmdebstrap.

mmdebstrap is run from its unpacked package on this machine.  The image's package sources are the machine's
own mirror, so `apt-get` works in a build on it just as it does on the original.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import subprocess
import threading
from typing import Final

from imagematrix.bases.deb import check_apt
from imagematrix.bases.recipe import Layout, Order, Recipe, Workshop
from imagematrix.bases.tarball import tarball
from imagematrix.errors import BaseImageError, Interrupted
from imagematrix.fetch.apt import fetch_debs, sources_lines, unpack_debs

SUITE: Final = "bookworm"
# How a Dockerfile starts where `lay_out_rootfs` has been.
ROOTFS: Final = 'FROM scratch\nADD rootfs.tar /\nCMD ["bash"]\n'

# What Debian's container images set up so that layers stay small and nothing starts by being installed.
_APT_CONF: Final = b"""\
APT::Keep-Downloaded-Packages "false";
APT::AutoRemove::SuggestsImportant "false";
Acquire::GzipIndexes "true";
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"""
_POLICY: Final = b"#!/bin/sh\n# No service is started because its package was installed.\nexit 101\n"
_DPKG_CONF: Final = b"force-unsafe-io\n"


def _lay_out(order: Order, shop: Workshop) -> Layout:
    lay_out_rootfs(order, shop)
    (shop.folder / "Dockerfile").write_text(ROOTFS, encoding="utf-8")
    return Layout(packages=(("debian", SUITE),))


def lay_out_rootfs(order: Order, shop: Workshop) -> None:
    """Write `rootfs.tar` into the workshop's folder.  Raises BaseImageError and FetchError."""
    _check(order.arch)
    shop.note("making a minimal Debian")
    _mmdebstrap(order, shop)
    # Not by a hook of mmdebstrap: with these settings it would leave apt's caches behind.
    with tarball(shop.folder / "rootfs.tar", append=True) as tar:
        tar.file("etc/apt/apt.conf.d/docker-clean", _APT_CONF)
        tar.file("etc/dpkg/dpkg.cfg.d/docker-apt-speedup", _DPKG_CONF)
        tar.file("usr/sbin/policy-rc.d", _POLICY, mode=0o755)


def _check(arch: str) -> None:
    """Raise BaseImageError unless a Debian can be made here."""
    missing = []
    if platform.system() != "Linux" or os.geteuid() != 0:
        missing.append("it takes root on Linux")
    missing += [f"there is no {name}" for name in ("perl", "unshare", "chroot") if shutil.which(name) is None]
    if missing:
        raise BaseImageError(
            f"a Debian stand-in cannot be made here: {', '.join(missing)}",
            next_step="use a registry (--bases registry), or run this as root on a Debian",
        )
    check_apt(arch)


def _mmdebstrap(order: Order, shop: Workshop) -> None:
    """Write `rootfs.tar`: Debian's essential packages and apt, in the machine's own way to its mirror."""
    tools = shop.folder / "tools"
    unpack_debs(fetch_debs(["mmdebstrap"], suite=SUITE, cache=shop.cache), tools)
    sources = shop.folder / "sources.list"
    sources.write_text(sources_lines(SUITE), encoding="utf-8")
    scratch = shop.folder / "scratch"
    scratch.mkdir()
    # A mount namespace of its own: what it mounts is gone with it, whatever happens to it.
    command = ["unshare", "--mount", str(tools / "usr/bin/mmdebstrap"), "--mode=root", "--variant=minbase"]
    # As Debian's images are: without this, one more package pulls in all of perl, 47 MB.
    command += [f"--hook-dir={tools / 'usr/share/mmdebstrap/hooks/merged-usr'}"]
    # It brings this machine's own along.
    command += ['--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf"']
    command += [SUITE, str(shop.folder / "rootfs.tar"), str(sources)]
    log = shop.cache / "logs" / f"mmdebstrap-{order.reference.repository.replace('/', '_')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as sink:
        code = run_group(command, {**os.environ, "TMPDIR": str(scratch)}, sink.fileno(), shop.stop)
    if code != 0:
        errors = re.findall(r"^E: (.*)$", log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
        raise BaseImageError(
            f"mmdebstrap made no Debian: {errors[0] if errors else f'exit code {code}'}",
            where=str(log),
            next_step="read that log, or use a registry (--bases registry)",
        )


def run_group(command: list[str], env: dict[str, str], sink: int, stop: threading.Event) -> int:
    """Run a program to its exit code, with its output to the file `sink`.

    Raises Interrupted when `stop` is set meanwhile; the program and all that it started has ended then.
    """
    process = subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
    )
    try:
        while not stop.wait(timeout=0.1):
            if (code := process.poll()) is not None:
                return code
        raise Interrupted
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


RECIPE: Final = Recipe(
    name="debian",
    version=1,
    summary="a minimal Debian 12",
    pins=lambda _: (),
    lay_out=_lay_out,
)
