"""Where an image's bytes are: its system, Node, the app, the app's packages, and what no container sees."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from heapq import nsmallest
from typing import Final

from imagematrix.image.files import FileSystem
from imagematrix.image.packages import npm_packages, package_folder, shown
from imagematrix.image.placed import APP, BASE_SYSTEM, CACHES, NODE_MODULES, RUNTIME, UNSPLIT, Placed
from imagematrix.image.subject import Subject
from imagematrix.model import Measurement, Table, exact, measured, not_applicable, unavailable

WASTE: Final = "waste"
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
    placed = subject.placed
    return (
        *_origins(subject, files, placed),
        _packages(files, placed),
        _largest(placed),
        *_layers(subject),
    )


def _origins(subject: Subject, files: FileSystem, placed: list[Placed]) -> Iterator[Measurement]:
    sizes: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for file in placed:
        sizes[file.origin] += file.bytes
        names[file.origin] += 1
    method = f"{files.method}; a file that the base image has with the same size, mode and owner is its own"
    runtime = sorted(row for row, _ in RUNTIME if row in sizes)
    order = [BASE_SYSTEM, *runtime, UNSPLIT, APP, NODE_MODULES, CACHES]
    rows: list[tuple[str, int, int | str]] = [(row, sizes[row], names[row]) for row in order if row in sizes]
    rows.append((WASTE, subject.image.unpacked_bytes - sum(sizes.values()), ""))
    table = Table(columns=("origin", "bytes", "files"), rows=tuple(rows))
    yield measured(subject.image.bytes_how, "bytes_by_origin", table, method=method)
    split = subject.base_files is not None or not placed
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
    if not subject.read_whole:
        yield unavailable(name, "the layers were not read; measure with --deep")
        return
    hidden: Counter[int] = Counter()
    for lost in subject.replayed.lost:
        hidden[lost.layer] += lost.bytes
    rows = tuple(
        (number, shown(layer.created_by, limit=len(layer.created_by)), size, size - hidden[number - 1])
        for number, (layer, size) in enumerate(
            zip(subject.image.layers, (read.content_bytes for read in subject.layers), strict=True), 1
        )
    )
    table = Table(columns=("layer", "created_by", "bytes", "visible_bytes"), rows=rows)
    yield exact(name, table, method="layers laid over one another; numbered from 1, the lowest")
