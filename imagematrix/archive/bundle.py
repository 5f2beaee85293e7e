"""A run in one file, `imagematrix-<id>.tar.gz`: the same bytes whenever the same files are packed.

A ustar of regular files without an owner, all of the time when the run began, in one order; the list of
their sums last.  `unbundle` reads it.  Whether the bytes are the same on another machine rests on its zlib.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from imagematrix import whole
from imagematrix.archive import listings
from imagematrix.archive.folder import LOGS, MATRIX, SOURCES
from imagematrix.archive.names import RECORD
from imagematrix.archive.unbundle import (
    IMAGE_LIMIT_BYTES,
    IMAGES,
    MEMBER_LIMIT_BYTES,
    MEMBERS_LIMIT,
    PREFIX,
    SUMS,
    is_plain,
)
from imagematrix.errors import InputError, MachineError
from imagematrix.model import Run

SUFFIX: Final = ".tar.gz"
_CHUNK: Final = 1 << 20
_LEVEL: Final = 6  # gzip's own default

Parts = Mapping[str, Path | bytes]  # by name below the bundle's folder: a file, or what is to be in one


def file_name(run: Run) -> str:
    """What a bundle of this run is called."""
    return f"{PREFIX}{run.id}{SUFFIX}"


def own_parts(results: Path, run: Run) -> dict[str, Path | bytes]:
    """All that is archived of a run: its record, its logs, what it was made from, its images' files."""
    folder = results / run.id
    parts: dict[str, Path | bytes] = {RECORD: folder / RECORD}
    if (folder / MATRIX).is_file():
        parts[MATRIX] = folder / MATRIX
    for name in (LOGS, SOURCES):
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and not path.is_symlink():
                parts[path.relative_to(folder).as_posix()] = path
    for result in run.results:
        path_of = listings.path_of(results, result.image.config_digest) if result.image else None
        if path_of is not None and path_of.is_file():
            parts[f"{listings.FOLDER}/{path_of.name}"] = path_of
    return parts


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """What a bundle came to."""

    packed_bytes: int
    unpacked_bytes: int  # of its files, the list of sums among them


def pack(out: Path, run: Run, parts: Parts) -> Packed:
    """Write a bundle, whole or not at all.

    Raises InputError where a file has no place in one or `out` is a folder, MachineError where it cannot be
    written.
    """
    try:
        _hold(parts)
        with whole.aside(out, mode=0o644) as file:
            counting = _Counting(file)
            unpacked = _write(counting, run, parts)
        return Packed(packed_bytes=counting.bytes, unpacked_bytes=unpacked)
    except IsADirectoryError as error:
        next_step = "name a file by --output, or remove the folder"
        raise InputError("a folder is there already", where=str(out), next_step=next_step) from error
    except OSError as error:
        raise MachineError(
            f"the bundle cannot be written: {error.strerror or error}",
            where=str(error.filename or out),
            next_step="make room there, make the folder writable, or name another by --output",
        ) from error


class _Counting:
    """What gzip writes to, be it a pipe that cannot tell how much went through."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self.bytes += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def _hold(parts: Parts) -> None:
    """What is packed here must be what `unbundle` takes."""
    if len(parts) >= MEMBERS_LIMIT:
        raise _no_place(f"{len(parts)} files", f"a bundle holds fewer than {MEMBERS_LIMIT}")
    for name, part in parts.items():
        if not is_plain(name):
            raise _no_place(repr(name), "it could not be named in a list of sums")
        size = part.stat().st_size if isinstance(part, Path) else len(part)
        limit = IMAGE_LIMIT_BYTES if name.startswith(IMAGES) else MEMBER_LIMIT_BYTES
        if size > limit:
            raise _no_place(name, f"it has {size} bytes, and a bundle takes {limit} at most")


def _no_place(what: str, why: str) -> InputError:
    return InputError(f"{what} has no place in a bundle: {why}", next_step="leave it out of the run")


def _write(file: _Counting, run: Run, parts: Parts) -> int:
    """The bytes of the files."""
    when = int(datetime.fromisoformat(run.started_at).timestamp())
    sums: list[str] = []
    total = 0
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=_LEVEL, mtime=when) as packed:
        for name in sorted(parts, key=_order):
            digest, count = _add(packed, run, name, parts[name], when)
            sums.append(f"{digest}  {name}\n")
            total += count
        _, count = _add(packed, run, SUMS, "".join(sorted(sums, key=lambda line: line[66:])).encode(), when)
        packed.write(bytes(2 * tarfile.BLOCKSIZE))
    return total + count


def _order(name: str) -> tuple[bool, bool, str]:
    """The record first, where it is found at once; images, which are large, behind all else."""
    return name != RECORD, name.startswith(IMAGES), name


def _add(packed: gzip.GzipFile, run: Run, name: str, part: Path | bytes, when: int) -> tuple[str, int]:
    """Pack one file; its SHA-256, and its bytes."""
    entry = tarfile.TarInfo(f"{PREFIX}{run.id}/{name}")
    entry.mtime, entry.mode = when, 0o644
    digest = hashlib.sha256()
    with part.open("rb") if isinstance(part, Path) else io.BytesIO(part) as source:
        left = entry.size = source.seek(0, io.SEEK_END)
        source.seek(0)
        try:
            packed.write(entry.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict"))
        except ValueError as error:
            raise _no_place(name, str(error)) from error
        while left and (chunk := source.read(min(left, _CHUNK))):
            digest.update(chunk)
            packed.write(chunk)
            left -= len(chunk)
    if left:
        raise OSError(errno.EIO, "the file became shorter while it was packed", str(part))
    packed.write(bytes(-entry.size % tarfile.BLOCKSIZE))
    return digest.hexdigest(), entry.size
