"""Files out of a qcow2 disk image with an ext4 file system, read without root, mounts or a kernel's help."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imagematrix.errors import BaseImageError


@dataclass(frozen=True, kw_only=True, slots=True)
class DiskFile:
    mode: int  # permission bits
    uid: int
    gid: int
    link: str  # a symbolic link's target; "" for what is none
    content: bytes  # a regular file's; b"" for what is none


class DiskImage:
    """Raises BaseImageError where the libraries that read it are missing, or the image is none."""

    def __init__(self, path: Path) -> None:
        try:
            from dissect.extfs import ExtFS
            from dissect.hypervisor.disk.qcow2 import QCow2
        except ImportError as error:
            raise BaseImageError(
                f"the library that reads Alpine out of its package is not there: {error.name}",
                next_step="pip install 'imagematrix[standins]', or use a registry for this base",
            ) from error
        self._file = path.open("rb")
        self._files: Any = ExtFS(QCow2(self._file).open())

    def close(self) -> None:
        self._file.close()

    def read(self, path: str) -> DiskFile:
        """Raises BaseImageError when there is no such path."""
        from dissect.extfs.exceptions import FileNotFoundError as NoSuchFile

        try:
            node = self._files.get(path)
        except NoSuchFile as error:
            raise BaseImageError(
                f"the disk image holds no /{path}", next_step="use a registry for this base"
            ) from error
        kind = stat.S_IFMT(node.inode.i_mode)
        return DiskFile(
            mode=stat.S_IMODE(node.inode.i_mode),
            uid=node.inode.i_uid,
            gid=node.inode.i_gid,
            link=node.link if kind == stat.S_IFLNK else "",
            content=node.open().read() if kind == stat.S_IFREG else b"",
        )
