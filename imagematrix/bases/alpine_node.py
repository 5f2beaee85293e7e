"""The stand-in for node:20-alpine, node:22-alpine and node:24-alpine.

Alpine itself comes from a wheel whose disk image holds a whole Alpine machine; of that, only the packages
of Alpine's own container image are taken, and each file is checked against Alpine's package database.
Node for musl comes from another wheel, with the C++ runtime that the original takes from Alpine.
"""

from __future__ import annotations

import contextlib
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from imagematrix.bases import apk
from imagematrix.bases.disk_image import DiskImage
from imagematrix.bases.node_image import write_node_stage
from imagematrix.bases.node_wheel import add_libraries, add_node, made_at, npm_version
from imagematrix.bases.pins import alpine_pin, node_pin
from imagematrix.bases.recipe import Layout, Order, Recipe, Workshop
from imagematrix.bases.tarball import Tarball, tarball
from imagematrix.errors import BaseImageError
from imagematrix.fetch.wheels import WheelPin

# What Alpine's container image consists of, and what of it counts as asked for (/etc/apk/world).
_PACKAGES: Final = frozenset(
    (
        *("alpine-baselayout", "alpine-baselayout-data", "alpine-keys", "alpine-release", "apk-tools"),
        *("busybox", "busybox-binsh", "ca-certificates-bundle", "libapk", "libcrypto3", "libssl3"),
        *("musl", "musl-utils", "scanelf", "ssl_client", "zlib"),
    )
)
_WORLD: Final = b"alpine-baselayout\nalpine-keys\nalpine-release\napk-tools\nbusybox\nmusl-utils\n"

# Files that the machine changed, as the package has them.
_RESTORED: Final = {
    "etc/hostname": b"localhost\n",
    "etc/hosts": b"127.0.0.1\tlocalhost localhost.localdomain\n::1\t\tlocalhost localhost.localdomain\n",
    "etc/modules": b"af_packet\nipv6\n",
}
_RESTORED_LINKS: Final = {"etc/mtab": "../proc/mounts"}
# Accounts that the machine added, and the account that the image adds.
_VM_ACCOUNTS: Final = (b"dhcpcd:", b"quicksand:")
_NODE_ACCOUNT: Final = {
    "etc/passwd": b"node:x:1000:1000::/home/node:/bin/sh\n",
    "etc/group": b"node:x:1000:\n",
    "etc/shadow": b"node:!::0:99999:7:::\n",
}
# The package gives root an empty password, the machine (like Alpine's container image) none at all.
_DIFFERENT: Final = "etc/shadow"

_DOCKERFILE: Final = """\
FROM scratch
ADD alpine.tar /
CMD ["/bin/sh"]
ADD node.tar /
"""


def _pins(order: Order) -> tuple[WheelPin, ...]:
    return alpine_pin(order.arch), node_pin(order.node, "musl", order.arch)


def _lay_out(order: Order, shop: Workshop) -> Layout:
    alpine, node = _pins(order)
    alpine_wheel = shop.wheel(alpine, "Alpine")
    wheel = shop.wheel(node, f"Node {node.version}")
    shop.note(f"laying out Alpine and Node {node.version}")
    with contextlib.closing(_disk(alpine_wheel, shop.folder / "alpine.qcow2")) as disk:
        database = disk.read("lib/apk/db/installed").content.decode()
        packages = [package for package in apk.parse_installed(database) if package.name in _PACKAGES]
        if missing := _PACKAGES.difference(package.name for package in packages):
            raise _unusable(f"{alpine_wheel.name} holds no {', '.join(sorted(missing))}")
        with tarball(shop.folder / "alpine.tar", mtime=made_at(wheel)) as tar:
            _add_alpine(tar, disk, packages)
        with tarball(shop.folder / "node.tar", mtime=made_at(wheel)) as tar:
            _add_node_account(tar, disk)
            add_node(tar, wheel, prefix="usr/local")
            libraries = add_libraries(tar, wheel, folder="usr/lib")
    write_node_stage(shop.folder, _DOCKERFILE, version=node.version)
    return Layout(
        packages=(
            ("node", node.version),
            ("npm", npm_version(wheel)),
            *((package.name, package.version) for package in packages),
            *((f"{name}(of-the-node-wheel)", version) for name, version in libraries),
        )
    )


def _disk(wheel: Path, into: Path) -> DiskImage:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".qcow2"))
        with archive.open(name) as packed, into.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked, 1 << 20)
    return DiskImage(into)


def _add_alpine(tar: Tarball, disk: DiskImage, packages: Sequence[apk.ApkPackage]) -> None:
    for folder in sorted({folder for package in packages for folder in package.folders}):
        found = disk.read(folder)
        tar.folder(folder, mode=found.mode, uid=found.uid, gid=found.gid)
    for package in packages:
        for file in package.files:
            _add_file(tar, disk, file)
    for applet in disk.read("etc/busybox-paths.d/busybox").content.decode().split():
        tar.link(applet, "/bin/busybox")
    tar.file("etc/apk/arch", disk.read("etc/apk/arch").content)
    tar.file("etc/apk/repositories", disk.read("etc/apk/repositories").content)
    tar.file("etc/apk/world", _WORLD)
    tar.folder("var/cache/apk")
    tar.file("lib/apk/db/installed", apk.installed(packages))
    tar.file("lib/apk/db/lock", b"", mode=0o600)
    scripts, triggers = (disk.read(f"lib/apk/db/{name}").content for name in ("scripts.tar.gz", "triggers"))
    tar.file("lib/apk/db/scripts.tar.gz", apk.scripts(scripts, packages))
    tar.file("lib/apk/db/triggers", apk.triggers(triggers.decode(), packages))


def _add_file(tar: Tarball, disk: DiskImage, file: apk.ApkFile) -> None:
    """One file as its package has it, which its checksum proves."""
    found = disk.read(file.path)
    link = _RESTORED_LINKS.get(file.path, found.link)
    content = _RESTORED.get(file.path, _accounts(file.path, found.content))
    is_right = apk.checksum(link.encode() if link else content) == file.checksum
    if file.checksum and not is_right and file.path != _DIFFERENT:
        raise _unusable(f"/{file.path} in the disk image is not what Alpine's package database says")
    if link:
        tar.link(file.path, link)
    else:
        mode = 0o644 if file.path in _RESTORED else found.mode
        tar.file(file.path, content, mode=mode, uid=found.uid, gid=found.gid)


def _accounts(path: str, content: bytes) -> bytes:
    if path not in _NODE_ACCOUNT:
        return content
    lines = content.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_VM_ACCOUNTS))


def _add_node_account(tar: Tarball, disk: DiskImage) -> None:
    """uid and gid 1000 and a home, in the layer that brings Node, as in the original."""
    for path, line in _NODE_ACCOUNT.items():
        found = disk.read(path)
        content = _accounts(path, found.content) + line
        tar.file(path, content, mode=found.mode, uid=found.uid, gid=found.gid)
    tar.folder("home/node", mode=0o2755, uid=1000, gid=1000)


def _unusable(what: str) -> BaseImageError:
    return BaseImageError(what, next_step="use a registry for this base (--bases registry)")


RECIPE: Final = Recipe(
    name="alpine-node",
    version=1,
    summary="Alpine 3.23, Node and npm for musl",
    pins=_pins,
    lay_out=_lay_out,
)
