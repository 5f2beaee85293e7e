"""The stand-in that Debian's Node image starts from: buildpack-deps on Debian 12, step by step.

The three sets that buildpack-deps adds to a minimal Debian are installed inside the build, each in a layer of
its own, as in the original.
"""

from __future__ import annotations

import os
import re
import ssl
import subprocess
from pathlib import Path
from typing import Final

from imagematrix.bases.debian import ROOTFS, SUITE, lay_out_rootfs
from imagematrix.bases.recipe import Layout, Order, Recipe, Workshop

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
    lay_out_rootfs(order, shop)
    steps = "".join(_INSTALL.format(packages=packages) for packages in (CURL, SCM, FULL))
    (shop.folder / "Dockerfile").write_text(f"{ROOTFS}{steps}", encoding="utf-8")
    certificates = ssl.get_default_verify_paths().cafile
    conf = shop.folder / "apt.conf"
    conf.write_text(mirror_conf(ca=certificates is not None), encoding="utf-8")
    secrets = (("apt", conf), *((("ca", Path(certificates)),) if certificates else ()))
    return Layout(packages=(("debian", SUITE),), secrets=secrets)


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
