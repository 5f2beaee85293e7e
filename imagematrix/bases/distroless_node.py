"""The stand-in for distroless' nodejs20-debian13, …22… and …24…, and its nodejs of Node 8's days.

Debian packages without a Debian, made as the original is: a layer a package, unpacked and never configured,
each leaving its control data in /var/lib/dpkg/status.d for scanners; the few files that no package has;
Node's program alone.  A tag with `nonroot` in it starts as that user.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from imagematrix.bases import glibc_node
from imagematrix.bases.deb import Deb, check_apt
from imagematrix.bases.recipe import Layout, Order, Recipe, Workshop
from imagematrix.bases.tarball import tarball
from imagematrix.fetch.apt import fetch_debs

_SUITE: Final = "trixie"
_STATIC: Final = ("base-files", "netbase", "tzdata", "media-types")
_LIBRARIES: Final = (
    "libc6",
    "libssl3t64",
    "libzstd1",
    "zlib1g",
    "libgomp1",
    "libstdc++6",
    "libgcc-s1",
    "gcc-14-base",
)
_CERTIFICATES: Final = "ca-certificates"

_PASSWD: Final = b"""\
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
"""
_GROUP: Final = b"root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n"
_OS_RELEASE: Final = b"""\
PRETTY_NAME="Distroless stand-in"
NAME="Debian GNU/Linux"
ID="debian"
VERSION_ID="13"
VERSION="Debian GNU/Linux 13 (trixie)"
"""
_CONFIG: Final = """\
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/nodejs/bin/node"]
"""


def _lay_out(order: Order, shop: Workshop) -> Layout:
    check_apt(order.arch)
    node = glibc_node.fetched(order, shop)
    shop.note("fetching Debian packages")
    names = (*_STATIC, *_LIBRARIES, _CERTIFICATES)
    debs = {
        name: Deb(path)
        for name, path in zip(names, fetch_debs(names, suite=_SUITE, cache=shop.cache), strict=True)
    }
    shop.note(f"laying out {len(debs)} Debian packages and Node {node.version}")
    layers = [_package_layer(shop.folder, name, debs[name]) for name in _STATIC]
    layers += _own_layers(shop.folder, debs[_CERTIFICATES], mtime=node.made_at)
    layers += [_package_layer(shop.folder, name, debs[name]) for name in _LIBRARIES]
    with tarball(shop.folder / "node.tar", mtime=node.made_at) as tar:
        node.add_binary(tar, "nodejs/bin/node")
    adds = "".join(f"ADD {layer} /\n" for layer in (*layers, "node.tar"))
    user = "USER 65532\nWORKDIR /home/nonroot\n" if "nonroot" in order.reference.tag else "USER 0\n"
    (shop.folder / "Dockerfile").write_text(f"FROM scratch\n{adds}{_CONFIG}{user}", encoding="utf-8")
    return Layout(packages=(("node", node.version), *((name, deb.version) for name, deb in debs.items())))


def _package_layer(folder: Path, name: str, deb: Deb) -> str:
    layer = f"{name}.tar"
    deb.write_layer(folder / layer, status=f"var/lib/dpkg/status.d/{name}")
    return layer


def _own_layers(folder: Path, certificates: Deb, *, mtime: int) -> list[str]:
    """What no package has, one file or folder a layer."""
    with tarball(folder / "passwd.tar", mtime=mtime) as tar:
        tar.file("etc/passwd", _PASSWD)
    with tarball(folder / "home.tar", mtime=mtime) as tar:
        tar.folder("root", mode=0o700)
        tar.folder("home")
        tar.folder("home/nonroot", mode=0o700, uid=65532, gid=65532)
    with tarball(folder / "group.tar", mtime=mtime) as tar:
        tar.file("etc/group", _GROUP)
    with tarball(folder / "tmp.tar", mtime=mtime) as tar:
        tar.folder("tmp", mode=0o1777)
    with tarball(folder / "nsswitch.tar", mtime=mtime) as tar:
        tar.file("etc/nsswitch.conf", b"hosts: files dns\n")
    with tarball(folder / "os-release.tar", mtime=mtime) as tar:
        tar.file("usr/lib/os-release", _OS_RELEASE)
    with tarball(folder / "certificates.tar", mtime=mtime) as tar:
        bundle = certificates.files("usr/share/ca-certificates/")
        tar.file("etc/ssl/certs/ca-certificates.crt", b"".join(bundle[path] for path in sorted(bundle)))
        copyright_file = "usr/share/doc/ca-certificates/copyright"
        tar.file(copyright_file, certificates.files(copyright_file)[copyright_file])
    names = ("passwd", "home", "group", "tmp", "nsswitch", "os-release", "certificates")
    return [f"{name}.tar" for name in names]


RECIPE: Final = Recipe(
    name="distroless-node",
    version=1,
    summary="Debian 13 packages without a Debian, and Node: no shell, no package manager",
    pins=glibc_node.pins,
    lay_out=_lay_out,
)
