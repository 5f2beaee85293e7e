"""The stand-in for node:8, node:20, node:22 and node:24: Node on Debian with the buildpack-deps set."""

from __future__ import annotations

import re
from typing import Final

from imagematrix.bases import buildpack_deps, glibc_node
from imagematrix.bases.node_image import write_node_stage
from imagematrix.bases.recipe import Layout, Order, Packages, Recipe, Workshop
from imagematrix.bases.tarball import tarball

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


def _lay_out(order: Order, shop: Workshop) -> Layout:
    node = glibc_node.fetched(order, shop)
    shop.note(f"laying out Node {node.version}")
    with tarball(shop.folder / "node.tar", mtime=node.made_at) as tar:
        node.add(tar, "usr/local")
    write_node_stage(shop.folder, _DOCKERFILE, version=node.version)
    packages = installed(shop.parent_file("/var/lib/dpkg/status").decode())
    telling = (package for package in packages if package[0] in _TELLING)
    return Layout(packages=(("node", node.version), ("npm", node.npm_version), *telling))


def installed(status: str) -> Packages:
    """Name and version of each package in a dpkg status file, sorted."""
    found = re.findall(r"^Package: (\S+)$(?:\n.+)*?\nVersion: (\S+)$", status, re.MULTILINE)
    return tuple(sorted(found))


RECIPE: Final = Recipe(
    name="debian-node",
    version=1,
    summary="Debian 12 with the buildpack-deps set, Node and npm for glibc",
    pins=glibc_node.pins,
    lay_out=_lay_out,
    parent=buildpack_deps.RECIPE,
    parent_reference=buildpack_deps.REFERENCE,
)
