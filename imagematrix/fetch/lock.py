"""One process at a time in a folder of the cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from imagematrix.errors import MachineError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, waiting for as long as it takes; its folder is made where it is not there.

    Raises MachineError where the folder cannot be written.
    """
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise MachineError(
            f"the cache cannot be written: {error.strerror or error}",
            where=str(path.parent),
            next_step="make that folder writable, or have the cache elsewhere",
        ) from error
    try:
        yield
    finally:
        lock.release()
