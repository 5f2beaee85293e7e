"""Whose each file of an image is: the base system's, Node's, the app's, that of the app's packages.

Every file belongs to one origin, the first of these that fits:

- the runtime: Node's program and its libraries, the package managers that come with it, its headers and its
  documents, each a row of its own.  They are known by their place under the folder that holds `bin/node`.
- the base system: what the base image has in the same place with the same size, mode and owner.
- node_modules: what lies under a node_modules; npm's own, and those of the base image, are above.
- caches: what package managers and compilers keep for their next run.
- the app: all else.

A file with several names has its bytes once, at the first of them.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from imagematrix.image.files import Entry, FileSystem, Kind

BASE_SYSTEM: Final = "base system"
APP: Final = "app"
NODE_MODULES: Final = "node_modules"
CACHES: Final = "caches"
UNSPLIT: Final = "base system and app"  # where the base image's files are not known
# Rows of the runtime, and what is theirs under Node's prefix; no pattern has a group of its own.
RUNTIME: Final = (
    ("npm", r"(?:lib/node_modules|share/nodejs)/npm/|share/doc/npm/"),
    ("corepack", r"(?:lib/node_modules|share/nodejs)/corepack/"),
    ("yarn", r"lib/node_modules/yarn/"),
    ("headers", r"include/node(?:js)?/"),
    (
        "node documents",
        r"share/(?:doc/node(?:js)?/|man/man1/node(?:js)?\.1|systemtap/tapset/node)"
        r"|(?:CHANGELOG\.md|LICENSE|README\.md)$",
    ),
    ("node", r"bin/node(?:js)?$|lib/(?:[^/]+/)?libnode\.so"),
)
_YARN: Final = re.compile(r"^/opt/yarn-[^/]+/")  # where the official images have it
_NODE: Final = re.compile(r"^(.*/)?bin/node(?:js)?$")
_MOST_HOMES: Final = 30  # places of Node in one image; what is further down counts as the app's
_CACHES: Final = re.compile(
    r"^/(?:root|home/[^/]+)/\.(?:npm|yarn|cache|node-gyp)/|^/var/(?:cache|lib/apt/lists)/|^/tmp/(?:npm|v8|node)-"
)


class Placed(NamedTuple):
    """A file's name, the bytes that are counted at it, and where they come from.  There are tens of thousands."""

    entry: Entry
    bytes: int
    origin: str


def placed_files(files: FileSystem, base: FileSystem | None) -> list[Placed]:
    """Every name of a regular file, by path, with the bytes that are counted at it."""
    owner = _Owner(files, base)
    counted: set[str] = set()
    placed = []
    for entry in sorted(files.entries.values()):  # which begin with their paths
        if entry.kind is Kind.FILE:
            size = 0 if entry.content in counted else entry.bytes
            counted.add(entry.content)
            placed.append(Placed(entry, size, owner.of(entry)))
    return placed


class _Owner:
    """Tells whose a file is."""

    def __init__(self, files: FileSystem, base: FileSystem | None) -> None:
        self._base = base
        # A node that a package brings along is the package's: node_modules/node/bin/node.
        homes = {
            match[1] or "/"
            for entry in files.entries.values()
            if entry.kind is Kind.FILE and (match := _NODE.match(entry.path))
            if "/node_modules/" not in entry.path
        }
        # Every file is held against each of them.
        nearest = sorted(homes, key=lambda home: (len(home), home))[:_MOST_HOMES]
        prefix = "|".join(re.escape(home) for home in reversed(nearest))
        rows = "|".join(f"({tail})" for _, tail in RUNTIME)
        self._runtime = re.compile(f"^(?:{prefix})(?:{rows})") if homes else None

    def of(self, entry: Entry) -> str:
        path = entry.path
        if self._runtime is not None and (match := self._runtime.match(path)):
            return RUNTIME[(match.lastindex or 1) - 1][0]
        if _YARN.match(path):
            return "yarn"
        if self._base is not None:
            below = self._base.entries.get(path)
            if unchanged(entry, below):
                return BASE_SYSTEM
        if "/node_modules/" in path:
            return NODE_MODULES
        if _CACHES.match(path):
            return CACHES
        return APP if self._base is not None else UNSPLIT


def unchanged(entry: Entry, below: Entry | None) -> bool:
    """Whether the base has it just so.  What tells hard links differs by container, and says nothing here."""
    return (
        below is not None
        and entry[1:5]
        == below[1:5]  # kind, bytes, mode, uid: a slice, since very many are held against another
        and entry.target == below.target
    )
