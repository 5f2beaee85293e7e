"""Packages of dpkg, apk and npm, read from their own records on the image's disk.

dpkg: deb-status in deb(5) stanzas, "/var/lib/dpkg/status", or a file a package as distroless has it; apk:
"installed", one letter a field (apk-tools, database format version 2); npm: every package.json right under a
node_modules, and the lock that npm leaves there.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from imagematrix.image.files import FileSystem
from imagematrix.image.names import visible
from imagematrix.image.subject import Subject
from imagematrix.model import Measurement, Table, exact, not_applicable, unavailable

_DPKG: Final = "/var/lib/dpkg/status"
_DPKG_FOLDER: Final = "/var/lib/dpkg/status.d"
_APK: Final = ("/usr/lib/apk/db/installed", "/lib/apk/db/installed")  # since 3.23 and before
_LOCK: Final = ".package-lock.json"
_DEPENDENCIES: Final = ("dependencies", "optionalDependencies", "peerDependencies")
# A package's folder: its name is what follows the last node_modules.
_IN_PACKAGE: Final = re.compile(r"^(.*/node_modules)/((?:@[^/]+/)?[^/@.][^/]*)(?=/|$)")
_NAME_LIMIT: Final = 214  # of an npm package; no other system has longer ones


@dataclass(frozen=True, kw_only=True, slots=True)
class NpmPackage:
    """One package under a node_modules."""

    name: str  # as its package.json says, or its folder where that does not
    version: str  # "" where it has none
    path: str  # its folder: "/app/node_modules/express"
    dev: bool | None  # needed for development alone; None: nothing says


@dataclass(frozen=True, kw_only=True, slots=True)
class _Project:
    """What the owner of a node_modules says of the packages in it; read once, as it may have very many."""

    lock: Mapping[str, bool]  # by a package's folder, whether the lock marks it `dev`; empty without a lock
    needed: frozenset[str]  # names of packages
    dev: frozenset[str]


def packages(subject: Subject) -> tuple[Measurement, ...]:
    """`packages_dpkg`, `packages_apk`, `packages_npm` as tables, and each with `_count`."""
    files = subject.files
    if files is None:
        return tuple(
            unavailable(name, subject.files_missing, unit=unit)
            for system in ("dpkg", "apk", "npm")
            for name, unit in ((f"packages_{system}", ""), (f"packages_{system}_count", "packages"))
        )
    npm = [(package.name, package.version, package.path) for package in npm_packages(files)]
    return (
        *_measured("dpkg", files, [_DPKG, *_in_folder(files)], _dpkg(files)),
        *_measured("apk", files, _APK, apk_packages(files)),
        *_listed("npm", npm, ("name", "version", "path"), "package.json files under node_modules"),
    )


def npm_packages(files: FileSystem) -> tuple[NpmPackage, ...]:
    """All packages under any node_modules, npm's own among them, by path."""
    found = []
    projects: dict[str, _Project] = {}
    for path, text in files.texts.items():
        folder = posixpath.dirname(path)
        if posixpath.basename(path) != "package.json" or package_folder(path) != folder:
            continue
        told = _document(text)
        root = folder.partition("/node_modules/")[0]  # what the outermost node_modules belongs to
        if root not in projects:
            projects[root] = _project(files, root)
        found.append(
            NpmPackage(
                name=shown(told.get("name")) or folder.rpartition("/node_modules/")[2],
                version=shown(told.get("version")),
                path=shown(folder, limit=len(folder)),
                dev=_dev(projects[root], folder.removeprefix(f"{root}/node_modules/"), folder),
            )
        )
    return tuple(sorted(found, key=lambda package: package.path))


def package_folder(path: str) -> str:
    """The folder of the npm package that a path belongs to; "" where it belongs to none."""
    match = _IN_PACKAGE.match(path)
    return match.group() if match else ""


def shown(value: object, *, limit: int = _NAME_LIMIT) -> str:
    """Text out of an image, fit for a record: one line, printable, bounded; "" where it is no text."""
    text = value if isinstance(value, str) else ""
    return visible(text[:limit])


def _document(text: bytes) -> dict[str, object]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast(dict[str, object], told) if isinstance(told, dict) else {}


def _mapping(value: object) -> dict[str, object]:
    return cast(dict[str, object], value) if isinstance(value, dict) else {}


def _project(files: FileSystem, root: str) -> _Project:
    lock = _document(files.texts.get(f"{root}/node_modules/{_LOCK}", b""))
    told = _document(files.texts.get(f"{root}/package.json", b""))
    return _Project(
        lock={
            f"{root}/{folder}": _mapping(facts).get("dev") is True
            for folder, facts in _mapping(lock.get("packages")).items()
        },
        needed=frozenset(name for key in _DEPENDENCIES for name in _mapping(told.get(key))),
        dev=frozenset(_mapping(told.get("devDependencies"))),
    )


def _dev(project: _Project, name: str, folder: str) -> bool | None:
    """By the lock; without one, a package that the app itself names says by where it names it."""
    if folder in project.lock:
        return project.lock[folder]
    if name in project.needed:
        return False
    return True if name in project.dev else None


def _measured(
    system: str, files: FileSystem, places: Iterable[str], found: Iterator[tuple[str, str]]
) -> tuple[Measurement, ...]:
    present = [place for place in places if place in files.entries]
    unread = [place for place in present if place not in files.texts]
    name = f"packages_{system}"
    if not present:
        reason = f"the image has no database of {system}"
        return not_applicable(name, reason), not_applicable(f"{name}_count", reason, unit="packages")
    if unread:
        reason = f"{unread[0]} is not a file, or too large to be read"
        return unavailable(name, reason), unavailable(f"{name}_count", reason, unit="packages")
    rows = sorted(set(found))
    return _listed(system, rows, ("name", "version"), f"{system}'s own database in the image")


def _listed(
    system: str,
    rows: list[tuple[str, str]] | list[tuple[str, str, str]],
    columns: tuple[str, ...],
    method: str,
) -> tuple[Measurement, ...]:
    name = f"packages_{system}"
    if not rows:
        reason = f"the image has no {system} package"
        return not_applicable(name, reason), not_applicable(f"{name}_count", reason, unit="packages")
    return (
        exact(name, Table(columns=columns, rows=tuple(rows)), method=method),
        exact(f"{name}_count", len(rows), unit="packages", method=method),
    )


def _in_folder(files: FileSystem) -> list[str]:
    """Distroless' databases, a file a package; the lists of checksums beside them are none."""
    start = f"{_DPKG_FOLDER}/"
    return [
        path
        for path in files.entries
        if path.startswith(start) and "/" not in path[len(start) :] and not path.endswith(".md5sums")
    ]


def _dpkg(files: FileSystem) -> Iterator[tuple[str, str]]:
    """Name and version of what is unpacked; a package that has left its configuration alone is not."""
    for path in (_DPKG, *_in_folder(files)):
        for stanza in _stanzas(files.texts.get(path, b"")):
            fields = {
                key.lower(): value.strip()
                for key, mark, value in (line.partition(":") for line in stanza if not line.startswith(" "))
                if mark
            }
            state = fields.get("status", "install ok installed").split()
            if fields.get("package") and state[-1:] not in (["not-installed"], ["config-files"]):
                yield shown(fields["package"]), shown(fields.get("version"))


def apk_packages(files: FileSystem) -> Iterator[tuple[str, str]]:
    """(name, version) of each package in apk's database."""
    for path in _APK:
        for stanza in _stanzas(files.texts.get(path, b"")):
            fields = dict(line.split(":", 1) for line in stanza if line.startswith(("P:", "V:")))
            if fields.get("P"):
                yield shown(fields["P"]), shown(fields.get("V"))


def _stanzas(text: bytes) -> Iterator[list[str]]:
    stanza: list[str] = []
    for line in text.decode("utf-8", errors="replace").split("\n"):
        if line.strip():
            stanza.append(line)
        elif stanza:
            yield stanza
            stanza = []
    if stanza:
        yield stanza
