"""Packages that compile a native addon when they are installed, or may: the image that does it needs a compiler."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from imagematrix.starter.app import Installer

# What a package with an addon builds or finds it by.
_BUILDERS: Final = (
    *("bindings", "node-addon-api", "nan", "node-gyp-build", "node-gyp-build-optional-packages"),
    *("prebuild-install", "@mapbox/node-pre-gyp", "node-pre-gyp", "cmake-js"),
)
# Well-known packages with an addon, for where no lock file tells: their pages on npm say so.
_KNOWN: Final = frozenset(
    (
        *(
            "argon2",
            "bcrypt",
            "better-sqlite3",
            "bufferutil",
            "canvas",
            "cpu-features",
            "deasync",
            "ffi-napi",
        ),
        *(
            "isolated-vm",
            "leveldown",
            "libpq",
            "node-pty",
            "oracledb",
            "re2",
            "serialport",
            "sharp",
            "sodium-native",
        ),
        *("sqlite3", "usb", "utf-8-validate", "zeromq"),
    )
)
_MAX_BYTES: Final = 64 * 1024 * 1024  # of a lock file


def addons(folder: Path, installer: Installer, dependencies: Collection[str] = ()) -> tuple[str, ...]:
    """Their names, sorted; where a lock file does not tell whose it is, the builder's own.

    Without a lock file, those of the `dependencies` that are known to have one.
    """
    own = ("binding.gyp",) if (folder / "binding.gyp").is_file() else ()
    if not installer.lock:
        return tuple(sorted({*own, *_KNOWN.intersection(dependencies)}))
    try:
        if (folder / installer.lock).stat().st_size > _MAX_BYTES:
            return own
        text = (folder / installer.lock).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return own
    found = _of_npm(text) if installer.name == "npm" else _of_text(text)
    return tuple(sorted({*own, *found}))


def _of_npm(text: str) -> set[str]:
    try:
        lock = json.loads(text)
    except (ValueError, RecursionError):
        return set()  # npm itself will say what is wrong with it
    packages = lock.get("packages") if isinstance(lock, dict) else None
    found = set()
    for place, package in packages.items() if isinstance(packages, dict) else ():
        needs = package.get("dependencies") if isinstance(package, dict) else None
        if place and isinstance(needs, Mapping) and any(builder in needs for builder in _BUILDERS):
            found.add(place.rpartition("node_modules/")[2])
    return found


def _of_text(text: str) -> set[str]:
    """The builders that a lock file of Yarn or pnpm lists: `nan@^2.18:`, `/nan@2.18:`, `/nan/2.18:`."""
    names = "|".join(map(re.escape, _BUILDERS))
    return set(re.findall(rf"""^\s*['"]?/?({names})[@/][^\n]*:\s*$""", text, re.MULTILINE))
