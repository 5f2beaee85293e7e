"""Layers as tar archives: every entry with its final owner and mode, and the same bytes for the same input.

`ADD layer.tar /` lays them down in one step; a later chmod or chown would copy each file into one more layer.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO


class Tarball:
    """A tar archive being written.  Paths are relative to the image's root: "usr/local/bin/node"."""

    def __init__(self, tar: tarfile.TarFile, *, mtime: int, folders: set[str]) -> None:
        self._tar = tar
        self._mtime = mtime
        self._folders = folders  # those that are in the archive already

    def folder(self, path: str, *, mode: int = 0o755, uid: int = 0, gid: int = 0) -> None:
        """A folder; its parents come before it, with mode 0755 where they were not named yet."""
        if path in self._folders or path in ("", "."):
            return
        self.folder(str(PurePosixPath(path).parent))
        self._folders.add(path)
        self._add(path, tarfile.DIRTYPE, mode=mode, uid=uid, gid=gid)

    def file(
        self,
        path: str,
        content: bytes | IO[bytes],
        *,
        size: int = 0,
        mode: int = 0o644,
        uid: int = 0,
        gid: int = 0,
    ) -> None:
        """A file; `size` in bytes goes with a stream."""
        self.folder(str(PurePosixPath(path).parent))
        if isinstance(content, bytes):
            size = len(content)
            content = io.BytesIO(content)
        self._add(path, tarfile.REGTYPE, mode=mode, uid=uid, gid=gid, size=size, content=content)

    def link(self, path: str, target: str) -> None:
        """A symbolic link."""
        self.folder(str(PurePosixPath(path).parent))
        self._add(path, tarfile.SYMTYPE, mode=0o777, target=target)

    def _add(
        self,
        path: str,
        kind: bytes,
        *,
        mode: int,
        uid: int = 0,
        gid: int = 0,
        size: int = 0,
        target: str = "",
        content: IO[bytes] | None = None,
    ) -> None:
        entry = tarfile.TarInfo(path)
        entry.type, entry.mode, entry.uid, entry.gid = kind, mode, uid, gid
        entry.size, entry.linkname, entry.mtime = size, target, self._mtime
        self._tar.addfile(entry, content)


@contextmanager
def tarball(path: Path, *, mtime: int = 0, append: bool = False) -> Iterator[Tarball]:
    """Write a tar archive, or add to one; the new entries all carry `mtime` (seconds since 1970)."""
    with tarfile.open(path, "a" if append else "w", format=tarfile.PAX_FORMAT) as tar:
        known = {member.name.removeprefix("./") for member in tar.getmembers() if member.isdir()}
        yield Tarball(tar, mtime=mtime, folders=known)
