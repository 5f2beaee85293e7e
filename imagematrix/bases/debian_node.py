"""The stand-in for node:20, node:22 and node:24: Node on Debian with the buildpack-deps set."""

from __future__ import annotations

import re
from typing import Final

from imagematrix.bases import buildpack_deps
from imagematrix.bases.node_image import write_node_stage
from imagematrix.bases.node_wheel import add_node, made_at, npm_version
from imagematrix.bases.pins import node_pin
from imagematrix.bases.recipe import Layout, Order, Packages, Recipe, Workshop
from imagematrix.bases.tarball import tarball
from imagematrix.fetch.wheels import WheelPin

_DOCKERFILE: Final = f"""\
FROM {buildpack_deps.REFERENCE}
RUN groupadd --gid 1000 node \\
    && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
ADD node.tar /
"""

# Of the hundreds of packages, the label names those that were asked for and those that tell the release.
_TELLING: Final = frozenset(
    f"base-files libc6 libstdc++6 libssl3 {buildpack_deps.CURL} {buildpack_deps.SCM} {buildpack_deps.FULL}".split()
)


def _pins(order: Order) -> tuple[WheelPin, ...]:
    return (node_pin(order.node, "glibc", order.arch),)


def _lay_out(order: Order, shop: Workshop) -> Layout:
    (node,) = _pins(order)
    wheel = shop.wheel(node, f"Node {node.version}")
    shop.note(f"laying out Node {node.version}")
    with tarball(shop.folder / "node.tar", mtime=made_at(wheel)) as tar:
        add_node(tar, wheel, prefix="usr/local")
    write_node_stage(shop.folder, _DOCKERFILE, version=node.version)
    packages = installed(shop.parent_file("/var/lib/dpkg/status").decode())
    telling = (package for package in packages if package[0] in _TELLING)
    return Layout(packages=(("node", node.version), ("npm", npm_version(wheel)), *telling))


def installed(status: str) -> Packages:
    """Name and version of each package in a dpkg status file, sorted."""
    found = re.findall(r"^Package: (\S+)$(?:\n.+)*?\nVersion: (\S+)$", status, re.MULTILINE)
    return tuple(sorted(found))


RECIPE: Final = Recipe(
    name="debian-node",
    version=1,
    summary="Debian 12 with the buildpack-deps set, Node, npm and corepack for glibc",
    pins=_pins,
    lay_out=_lay_out,
    parent=buildpack_deps.RECIPE,
    parent_reference=buildpack_deps.REFERENCE,
)
