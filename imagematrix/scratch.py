"""Folders and files for what is not to be kept: gone when they were used, or else when the next process looks.

A process that is killed cannot remove its own.  So each is locked (flock(2)) by the process that uses it; the
kernel lets go of the lock however that ends, and what nobody locks is removed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from imagematrix.errors import MachineError

SUFFIX: Final = ".tmp"
_PREFIX: Final = ".imagematrix-"


@contextmanager
def folder(beside: Path) -> Iterator[Path]:
    """A new folder in `beside`, a folder of the cache, which is made where it is not there.

    Raises MachineError where it cannot be made.
    """
    try:
        beside.mkdir(parents=True, exist_ok=True)
        path, lock = _made(beside)
    except OSError as error:
        raise MachineError(
            f"the cache cannot be written: {error.strerror or error}",
            where=str(beside),
            next_step="make room, make that folder writable, or remove it: all in it is made again",
        ) from error
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def file(beside: Path) -> tuple[int, Path]:
    """A new file in a folder, open for writing and locked as long as it is.  Raises OSError."""
    while True:
        handle, name = tempfile.mkstemp(dir=beside, prefix=_PREFIX, suffix=SUFFIX)
        if _locked(handle, Path(name)):
            return handle, Path(name)
        os.close(handle)


def _made(beside: Path) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(dir=beside, prefix=_PREFIX, suffix=SUFFIX))
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue  # swept before it was locked
        if _locked(handle, path):
            return path, handle
        os.close(handle)


def _locked(handle: int, path: Path) -> bool:
    """Lock what was just made; False where it was swept before that."""
    with suppress(OSError):  # a file system without such locks: then nothing there is swept either
        fcntl.flock(handle, fcntl.LOCK_EX)
    return path.exists()


def sweep(place: Path) -> None:
    """Remove what processes that have ended left in this folder: `.imagematrix-….tmp` that nobody locks."""
    with suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.name.endswith(SUFFIX) and not entry.is_symlink():
                _remove_unlocked(Path(entry.path))


def sweep_below(top: Path) -> None:
    """The same in the folders that lie in this one."""
    with suppress(OSError), os.scandir(top) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                sweep(Path(entry.path))


def _remove_unlocked(path: Path) -> None:
    try:
        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return  # gone, or another user's
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        pass  # it is in use, or cannot be locked
    finally:
        os.close(lock)
