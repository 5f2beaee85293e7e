"""Programs that come with packages, as `next`: which package has it, and which file of JavaScript it is.

node_modules/.bin has them by name, but what lies there is a link to JavaScript, a shell script (pnpm) or a
binary; so the file is looked up where it is told: in npm's lock file, or in the package where it is installed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from imagematrix.starter.app import Installer
from imagematrix.starter.package import Package

_MAX_LOCK_BYTES: Final = 64 * 1024 * 1024
_MAX_BYTES: Final = 1024 * 1024  # of a package.json
_MODULES: Final = "node_modules"
_ENDINGS: Final = (".js", ".mjs", ".cjs")
# Programs that are not called as their package; others are looked up by their own name.
_PACKAGES: Final = {
    "tsc": "typescript",
    "nest": "@nestjs/cli",
    "babel": "@babel/cli",
    "babel-node": "@babel/node",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A program of a direct dependency, as far as it could be found out."""

    package: str
    development: bool  # it comes with a development dependency, which images leave out
    file: str = ""  # from the app's folder: "node_modules/next/dist/bin/next"; "" where nothing tells it
    sure: bool = False  # that the file is JavaScript
    told_by: str = ""  # "package-lock.json"


def programs(folder: Path, installer: Installer, package: Package) -> Mapping[str, Program]:
    """The programs that the scripts of this app may call, by name."""
    direct = package.dependencies | package.dev_dependencies
    called = {owner: owner for owner in direct} | {
        name: own for name, own in _PACKAGES.items() if own in direct
    }
    found = {
        name: Program(package=owner, development=owner not in package.dependencies)
        for name, owner in called.items()
    }
    for owner, told_by, bins in (*_locked(folder, installer, direct), *_installed(folder, direct)):
        for name, file in bins.items():
            if _inside(file):
                path = f"{_MODULES}/{owner}/{PurePosixPath(file)}"
                found[name] = Program(
                    package=owner,
                    development=owner not in package.dependencies,
                    file=path,
                    sure=path.endswith(_ENDINGS) or _is_of_node(folder / path),
                    told_by=told_by,
                )
    return found


def _installed(folder: Path, direct: frozenset[str]) -> list[tuple[str, str, Mapping[str, str]]]:
    """Of each direct dependency that lies in node_modules, its programs."""
    found = []
    for owner in sorted(direct):
        if not _inside(owner):
            continue
        value = _json(folder / _MODULES / owner / "package.json", _MAX_BYTES)
        if bins := _bins(owner, value.get("bin")):
            found.append((owner, f"{_MODULES}/{owner}/package.json", bins))
    return found


def _locked(
    folder: Path, installer: Installer, direct: frozenset[str]
) -> list[tuple[str, str, Mapping[str, str]]]:
    """The same, of npm's lock file."""
    if installer.name != "npm" or not installer.lock:
        return []
    packages = _json(folder / installer.lock, _MAX_LOCK_BYTES).get("packages")
    if not isinstance(packages, dict):
        return []
    return [
        (owner, installer.lock, bins)
        for owner in sorted(direct)
        if isinstance(entry := packages.get(f"{_MODULES}/{owner}"), dict)
        and (bins := _bins(owner, entry.get("bin")))
    ]


def _bins(owner: str, told: object) -> Mapping[str, str]:
    if isinstance(told, str):
        return {owner.rpartition("/")[2]: told}
    if not isinstance(told, dict):
        return {}
    return {name: file for name, file in told.items() if isinstance(file, str)}


def _json(path: Path, most_bytes: int) -> Mapping[str, object]:
    """A JSON object; {} for whatever else is there: npm itself will say what is wrong with it."""
    try:
        if not path.is_file() or path.stat().st_size > most_bytes:
            return {}
        value = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _inside(path: str) -> bool:
    """Whether a path from elsewhere stays in its folder."""
    parts = PurePosixPath(path).parts
    return bool(parts) and ".." not in parts and not path.startswith("/") and "\0" not in path


def _is_of_node(path: Path) -> bool:
    """Whether its first line says that node runs it."""
    try:
        with path.open("rb") as file:
            first = file.readline(200)
    except OSError:
        return False
    return first.startswith(b"#!") and b"node" in first
