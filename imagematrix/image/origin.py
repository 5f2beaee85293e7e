"""Where an image's bytes are: its system, Node, the app, the app's packages, and what no container sees.

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
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

from imagematrix.image.files import Entry, FileSystem, Kind
from imagematrix.image.merge import replay
from imagematrix.image.packages import npm_packages, package_folder, shown
from imagematrix.image.subject import Subject
from imagematrix.model import Measurement, Table, exact, measured, not_applicable, unavailable

BASE_SYSTEM: Final = "base system"
APP: Final = "app"
NODE_MODULES: Final = "node_modules"
CACHES: Final = "caches"
UNSPLIT: Final = "base system and app"  # where the base image's files are not known
WASTE: Final = "waste"
# Rows of the runtime, and what is theirs under Node's prefix.
_RUNTIME: Final = (
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
_CACHES: Final = re.compile(
    r"^/(?:root|home/[^/]+)/\.(?:npm|yarn|cache|node-gyp)/|^/var/(?:cache|lib/apt/lists)/|^/tmp/(?:npm|v8|node)-"
)
_LARGEST: Final = 30
_TABLES: Final = ("bytes_by_origin", "node_modules_packages", "largest_files")
_FIGURES: Final = (
    "base_system_bytes",
    "runtime_bytes",
    "app_bytes",
    "node_modules_bytes",
    "headers_bytes",
    "caches_bytes",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A file's name, the bytes that are counted at it, and where they come from."""

    entry: Entry
    bytes: int
    origin: str


def origin(subject: Subject) -> tuple[Measurement, ...]:
    """Bytes by origin, by package of node_modules, by layer where measured deep; and the largest files."""
    files = subject.files
    if files is None:
        why = subject.files_missing
        return (
            *(unavailable(name, why) for name in _TABLES),
            *(unavailable(name, why, unit="bytes") for name in _FIGURES),
            *_layers(subject),
        )
    placed = placed_files(files, subject.base_files)
    return (
        *_origins(subject, files, placed),
        _packages(files, placed),
        _largest(placed),
        *_layers(subject),
    )


def placed_files(files: FileSystem, base: FileSystem | None) -> list[Placed]:
    """Every name of a regular file, by path, with the bytes that are counted at it."""
    owner = _Owner(files, base)
    counted: set[str] = set()
    placed = []
    for path in sorted(files.entries):
        entry = files.entries[path]
        if entry.kind is Kind.FILE:
            size = 0 if entry.content in counted else entry.bytes
            counted.add(entry.content)
            placed.append(Placed(entry=entry, bytes=size, origin=owner.of(entry)))
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
        prefix = "|".join(re.escape(home) for home in sorted(homes, key=len, reverse=True))
        self._rows = (
            [(row, re.compile(f"^(?:{prefix})(?:{tail})")) for row, tail in _RUNTIME] if homes else []
        )

    def of(self, entry: Entry) -> str:
        path = entry.path
        for row, pattern in self._rows:
            if pattern.match(path):
                return row
        if _YARN.match(path):
            return "yarn"
        if self._base is not None:
            below = self._base.entries.get(path)
            if below is not None and _unchanged(entry, below):
                return BASE_SYSTEM
        if "/node_modules/" in path:
            return NODE_MODULES
        if _CACHES.match(path):
            return CACHES
        return APP if self._base is not None else UNSPLIT


def _unchanged(entry: Entry, below: Entry) -> bool:
    """What tells hard links differs from container to container, and says nothing here."""
    return entry._replace(content="") == below._replace(content="")


def _origins(subject: Subject, files: FileSystem, placed: list[Placed]) -> Iterator[Measurement]:
    sizes: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for file in placed:
        sizes[file.origin] += file.bytes
        names[file.origin] += 1
    method = f"{files.method}; a file that the base image has with the same size, mode and owner is its own"
    runtime = sorted(row for row, _ in _RUNTIME if row in sizes)
    order = [BASE_SYSTEM, *runtime, UNSPLIT, APP, NODE_MODULES, CACHES]
    rows: list[tuple[str, int, int | str]] = [(row, sizes[row], names[row]) for row in order if row in sizes]
    rows.append((WASTE, subject.image.unpacked_bytes - sum(sizes.values()), ""))
    table = Table(columns=("origin", "bytes", "files"), rows=tuple(rows))
    yield measured(subject.image.bytes_how, "bytes_by_origin", table, method=method)
    split = subject.base_files is not None
    unknown = "the files of the base image are not known, so its own and the app's cannot be told apart"
    for name, row in (("base_system_bytes", BASE_SYSTEM), ("app_bytes", APP)):
        if split:
            yield exact(name, sizes[row], unit="bytes", method=method)
        else:
            yield unavailable(name, unknown, unit="bytes")
    if runtime:
        yield exact("runtime_bytes", sum(sizes[row] for row in runtime), unit="bytes", method=method)
    else:
        yield not_applicable("runtime_bytes", "no Node in the image", unit="bytes")
    rest = (("node_modules_bytes", NODE_MODULES), ("headers_bytes", "headers"), ("caches_bytes", CACHES))
    for name, row in rest:
        if row in sizes:
            yield exact(name, sizes[row], unit="bytes", method=method)
        else:
            yield not_applicable(name, f"the image has no {row}", unit="bytes")


def _packages(files: FileSystem, placed: list[Placed]) -> Measurement:
    """One row a package and version; files of a node_modules that belong to no package are a row too."""
    known = {package.path: package for package in npm_packages(files)}
    sizes: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for file in placed:
        if file.origin == NODE_MODULES:
            folder = package_folder(file.entry.path)
            package = known.get(shown(folder, limit=len(folder)))
            name = package.name if package else shown(folder.rpartition("/node_modules/")[2])
            dev = {True: "yes", False: "no", None: "unknown"}[package.dev if package else None]
            sizes[name or "(no package)", package.version if package else "", dev] += file.bytes
    if not sizes:
        return not_applicable("node_modules_packages", "the app has no node_modules")
    rows = sorted(((name, version, size, dev) for (name, version, dev), size in sizes.items()), key=_by_bytes)
    table = Table(columns=("package", "version", "bytes", "dev"), rows=tuple(rows))
    return exact(
        "node_modules_packages",
        table,
        method=f"{files.method}; dev as npm's lock in node_modules says, or the app's package.json",
    )


def _by_bytes(row: tuple[str, str, int, str]) -> tuple[int, str, str]:
    return -row[2], row[0], row[1]


def _largest(placed: list[Placed]) -> Measurement:
    largest = nsmallest(_LARGEST, placed, key=lambda file: (-file.bytes, file.entry.path))
    rows = tuple(
        (shown(file.entry.path, limit=len(file.entry.path)), file.bytes, file.origin) for file in largest
    )
    table = Table(columns=("path", "bytes", "origin"), rows=rows)
    return exact("largest_files", table, method=f"the {_LARGEST} largest; a file with several names once")


def _layers(subject: Subject) -> Iterator[Measurement]:
    """What each layer holds, and how much of it is still seen from the top."""
    name = "bytes_by_layer"
    if not subject.layers:
        yield unavailable(name, "the layers were not read; measure with --deep")
        return
    hidden: Counter[int] = Counter()
    for lost in replay(subject.layers).lost:
        hidden[lost.layer] += lost.bytes
    rows = tuple(
        (number, shown(layer.created_by, limit=len(layer.created_by)), size, size - hidden[number])
        for number, (layer, size) in enumerate(
            zip(subject.image.layers, (read.content_bytes for read in subject.layers), strict=True)
        )
    )
    table = Table(columns=("layer", "created_by", "bytes", "visible_bytes"), rows=rows)
    yield exact(name, table, method="layers laid over one another; numbered from 0, the lowest")
