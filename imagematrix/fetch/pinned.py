"""Files that are pinned by their SHA-256, kept in the cache and checked each time they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from imagematrix import scratch
from imagematrix.errors import FetchError
from imagematrix.fetch.lock import locked


def fetch(file: Path, sha256: str, download: Callable[[Path], Path]) -> Path:
    """The pinned file from its place in the cache, or else by `download`, which is given a folder to work in.

    One process downloads, the others wait.  `download` gives a file that it has checked.  Raises what it
    raises; MachineError where the cache cannot be written.
    """
    with locked(file.with_name(f"{file.name}.lock")):
        if not file.is_file() or digest(file) != sha256:
            with scratch.folder(file.parent) as own:
                download(own).replace(file)
    return file


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def wrong_hash(file: str, *, expected: str, came: str) -> FetchError:
    """The error for a file that is not the one that is pinned."""
    return FetchError(
        f"{file} is not the file that is pinned: expected sha256 {expected}, got {came}",
        next_step="do not use that file; find out who changed it on the way (registry, mirror or proxy)",
    )
