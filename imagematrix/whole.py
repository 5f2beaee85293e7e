"""Files that are there whole or not at all, whoever else writes them and whatever ends the process."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from imagematrix import scratch

_STDOUT: Final = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


@contextmanager
def aside(
    path: Path, *, mode: int = 0o600, sync: bool = False, beside: Path | None = None
) -> Iterator[BinaryIO]:
    """A file to write to; when the block ends well it takes the place of `path`, else nothing has changed.

    It lies in the same folder, which is made where it is not there, or in `beside` on the same file system;
    one that a killed process left is removed by `scratch.sweep`.  A symbolic link stays one: what it
    leads to is replaced.  A pipe and a character device are written to as they are, and so is an open file
    without a name; standard output goes on where it is, also in a file (`>>`).  With `sync` the content, and
    then the rename, are on the disk when this comes back.  Raises IsADirectoryError for a folder, OSError for
    all else that cannot be written.
    """
    if str(path) in _STDOUT:
        with os.fdopen(os.dup(1), "wb") as out:
            yield out
        return
    place = _to_replace(path)
    if place is None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOCTTY), "wb") as out:
            yield out
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = scratch.file(beside or place.parent)
    with os.fdopen(handle, "wb") as out:  # its lock holds until it has taken its place
        try:
            yield out
            out.flush()
            if sync:
                os.fsync(out.fileno())
            temporary.chmod(mode)
            temporary.replace(place)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    if sync:
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the rename itself is only safe with its folder
        finally:
            os.close(folder)


def write(
    path: Path, content: bytes, *, mode: int = 0o600, sync: bool = False, beside: Path | None = None
) -> None:
    """Write a file as `aside` does.  Raises OSError."""
    with aside(path, mode=mode, sync=sync, beside=beside) as out:
        out.write(content)


def _to_replace(path: Path) -> Path | None:
    """The name that is to be given to another file; None where what is there must be written to itself."""
    place = Path(os.path.realpath(path))
    try:
        there = path.stat()
    except FileNotFoundError:
        return place
    if stat.S_ISDIR(there.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if stat.S_ISFIFO(there.st_mode) or stat.S_ISCHR(there.st_mode):
        return None
    if not stat.S_ISREG(there.st_mode):
        raise OSError(errno.EINVAL, "it is no file, no pipe and no character device", str(path))
    if not path.is_symlink():
        return place  # whatever others may put there meanwhile
    try:
        # The links of proc(5) lead to files whose names may be gone.
        return place if os.path.samestat(there, place.stat()) else None
    except FileNotFoundError:
        return None
