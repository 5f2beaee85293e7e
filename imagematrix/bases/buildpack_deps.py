"""The stand-in that Debian's Node image starts from: buildpack-deps on Debian 12, step by step.

A minimal Debian comes from mmdebstrap, run from its unpacked package on this machine; the three sets that
buildpack-deps adds are installed inside the build, each in a layer of its own, as in the original.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Final

from imagematrix.bases.deb import check_apt
from imagematrix.bases.recipe import Layout, Order, Recipe, Workshop
from imagematrix.bases.tarball import tarball
from imagematrix.errors import BaseImageError, Interrupted
from imagematrix.fetch.apt import fetch_debs, sources_lines, unpack_debs

SUITE: Final = "bookworm"
REFERENCE: Final = f"buildpack-deps:{SUITE}"

# The sets of buildpack-deps: curl, scm, and the full one.
CURL: Final = "ca-certificates curl gnupg netbase sq wget"
SCM: Final = "git git-lfs mercurial openssh-client procps subversion"
FULL: Final = (
    "autoconf automake bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc imagemagick libbz2-dev "
    "libc6-dev libcurl4-openssl-dev libdb-dev libevent-dev libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev "
    "libjpeg-dev libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev libmaxminddb-dev "
    "libncurses5-dev libncursesw5-dev libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev "
    "libtool libwebp-dev libxml2-dev libxslt-dev libyaml-dev make patch unzip xz-utils zlib1g-dev"
)

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

# The machine's way to its mirror (proxies, a proxy's CA) is lent to the build and stays out of the image.
# apt's own user reads the CA, so its mode lets everyone.
_INSTALL: Final = """\
RUN --mount=type=secret,id=apt --mount=type=secret,id=ca,mode=0444 \\
    export APT_CONFIG=/run/secrets/apt \\
    && apt-get update \\
    && apt-get install -y --no-install-recommends {packages} \\
    && rm -rf /var/lib/apt/lists/*
"""


def _lay_out(order: Order, shop: Workshop) -> Layout:
    _check(order.arch)
    shop.note("making a minimal Debian")
    _mmdebstrap(shop)
    # Not by a hook of mmdebstrap: with these settings it would leave apt's caches behind.
    with tarball(shop.folder / "rootfs.tar", append=True) as tar:
        tar.file("etc/apt/apt.conf.d/docker-clean", _APT_CONF)
        tar.file("etc/dpkg/dpkg.cfg.d/docker-apt-speedup", _DPKG_CONF)
        tar.file("usr/sbin/policy-rc.d", _POLICY, mode=0o755)
    steps = "".join(_INSTALL.format(packages=packages) for packages in (CURL, SCM, FULL))
    dockerfile = f'FROM scratch\nADD rootfs.tar /\nCMD ["bash"]\n{steps}'
    (shop.folder / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    certificates = ssl.get_default_verify_paths().cafile
    conf = shop.folder / "apt.conf"
    conf.write_text(mirror_conf(ca=certificates is not None), encoding="utf-8")
    secrets = (("apt", conf), *((("ca", Path(certificates)),) if certificates else ()))
    return Layout(packages=(("debian", SUITE),), secrets=secrets)


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


def _mmdebstrap(shop: Workshop) -> None:
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
    log = shop.cache / "logs" / "mmdebstrap.log"
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


def mirror_conf(*, ca: bool) -> str:
    """The machine's own settings of how to reach a mirror, as an apt.conf for inside the build."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True).stdout
    wanted = re.compile(r"Acquire::(https?::|Check-|Retries)")
    lines = [line for line in dump.splitlines() if wanted.match(line) and "Auto-Detect" not in line]
    for scheme in ("http", "https"):
        proxy = os.environ.get(f"{scheme}_proxy") or (
            os.environ.get("HTTPS_PROXY") if scheme == "https" else ""
        )
        if proxy:
            lines.append(f'Acquire::{scheme}::Proxy "{proxy}";')
    if ca:
        lines.append('Acquire::https::CAInfo "/run/secrets/ca";')
    return "".join(f"{line}\n" for line in lines)


RECIPE: Final = Recipe(
    name="buildpack-deps",
    version=1,
    summary="Debian 12 with the buildpack-deps set",
    pins=lambda _: (),
    lay_out=_lay_out,
)
