"""Bundles, read: in one pass, within bounds, and without writing anything to disk.

A bundle is a gzip of a tar (POSIX.1-1988, "ustar") that holds regular files alone, all in the folder
`imagematrix-<id>`, and the record first.  Anything else is refused: links, folders, extended headers, paths
that lead out, sizes beyond what a run comes to.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from imagematrix.archive.names import RECORD, is_id
from imagematrix.archive.reading import RECORD_LIMIT_BYTES, parse_record
from imagematrix.errors import InputError
from imagematrix.model import Run
from imagematrix.text import one_line

SUMS: Final = "SHA256SUMS"
IMAGES: Final = "images/"
PREFIX: Final = "imagematrix-"
MEMBERS_LIMIT: Final = 10_000
MEMBER_LIMIT_BYTES: Final = 256 << 20  # of all but images
IMAGE_LIMIT_BYTES: Final = 8**11 - 1  # what a ustar header can tell
WHOLE_LIMIT_BYTES: Final = 32 << 30  # unpacked, all together
# Of these, as many come from a small file, and so many from each byte of a large one: logs come to some 20.
_FREE_BYTES: Final = 1 << 30
_SWELLING: Final = 100
_SUMS_LIMIT_BYTES: Final = 4 << 20
_GZIP: Final = b"\x1f\x8b"
_BLOCK: Final = 512
_CHUNK: Final = 1 << 20
_SUM: Final = re.compile(r"([0-9a-f]{64})  (.+)")
_TORN: Final = (OSError, EOFError, zlib.error)  # gzip's own words for what it cannot read


class BundleError(Exception):
    """A bundle is not as bundles are; the text says where."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What a bundle was found to hold."""

    run_id: str
    files: int  # the list of sums among them
    packed_bytes: int
    unpacked_bytes: int  # of the files
    faults: tuple[str, ...]  # each a sentence; () when all is as it was packed


@dataclass(frozen=True, kw_only=True, slots=True)
class _Member:
    """One file of a bundle; its content is read before the next one is asked for, or skipped."""

    name: str  # below the folder
    folder: str
    bytes: int


def is_packed(path: Path) -> bool:
    """Whether a file is gzip, as bundles are.  Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP


def read_record(path: Path) -> Run:
    """The record of a bundle.  Raises InputError where it is none, or none with a record."""
    with _opened(path) as file:
        return _first(_Members(file), path)


def check(path: Path) -> Checked:
    """Hold every file against its sum, and the files against the list.  Raises InputError on no bundle."""
    with _opened(path) as file:
        members = _Members(file)
        run = _first(members, path)
        faults: list[str] = []
        listed: dict[str, str] = {}
        try:
            for member in members:
                if member.name == SUMS:
                    listed = _sums(members.content(_SUMS_LIMIT_BYTES))
            if not listed:
                faults.append(f"{SUMS} is not there")
        except (BundleError, *_TORN) as error:
            faults.append(f"it ends or is torn where it should not: {one_line(str(error))}")
        found = members.sums
        faults += [f"{name}: listed, but not there" for name in sorted(set(listed) - set(found))]
        faults += [f"{name}: there, but not listed" for name in sorted(set(found) - set(listed) - {SUMS})]
        differ = (name for name in sorted(set(found) & set(listed)) if found[name] != listed[name])
        faults += [f"{name}: not what it was when it was packed" for name in differ]
        return Checked(
            run_id=run.id,
            files=len(found),
            packed_bytes=os.fstat(file.fileno()).st_size,
            unpacked_bytes=members.total,
            faults=tuple(faults),
        )


def _opened(path: Path) -> BinaryIO:
    try:
        file = path.open("rb")
    except OSError as error:
        raise _no_bundle(path, error.strerror or str(error)) from error
    return file


def _first(members: _Members, path: Path) -> Run:
    """The record, which is the first file."""
    try:
        member = next(members, None)
        if member is None or member.name != RECORD:
            raise BundleError(f"its first file is no {RECORD}")
        raw = members.content(RECORD_LIMIT_BYTES)
    except (BundleError, *_TORN) as error:
        raise _no_bundle(path, one_line(str(error))) from error
    run = parse_record(raw, where=f"{path}, {member.folder}/{RECORD}", folder=path.parent / member.folder)
    if member.folder != f"{PREFIX}{run.id}":
        raise _no_bundle(path, f"its folder is not {PREFIX}{run.id}")
    return run


def _no_bundle(path: Path, why: str) -> InputError:
    return InputError(f"no bundle of a run: {why}", where=str(path), next_step="`invoke archive` makes one")


class _Members(Iterator[_Member]):
    """The files of a bundle, one after the other; the sum of each is taken on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb"))
        packed = os.fstat(file.fileno()).st_size
        self._most_bytes = min(WHOLE_LIMIT_BYTES, max(_FREE_BYTES, packed * _SWELLING))
        self._left = 0  # of the file at hand
        self._padding = 0
        self._hash = hashlib.sha256()
        self._at = ""
        self._folder = ""
        self.sums: dict[str, str] = {}
        self.total = 0

    def __next__(self) -> _Member:
        for _ in self._rest():
            pass
        self._close()
        block = self._exactly(_BLOCK)
        if not block.strip(b"\0"):
            self._end()
            raise StopIteration
        member = self._member(block)
        self._left, self._padding = member.bytes, -member.bytes % _BLOCK
        self._hash, self._at = hashlib.sha256(), member.name
        return member

    def content(self, limit: int) -> bytes:
        """All of the file at hand.  Raises BundleError where it is larger than it may be."""
        if self._left > limit:
            raise BundleError(f"{self._at} is larger than {limit} bytes")
        return b"".join(self._rest())

    def _rest(self) -> Iterator[bytes]:
        while self._left:
            chunk = self._exactly(min(self._left, _CHUNK))
            self._hash.update(chunk)
            self._left -= len(chunk)
            yield chunk

    def _close(self) -> None:
        if self._at:
            self.sums[self._at] = self._hash.hexdigest()
            self._at = ""
        if self._exactly(self._padding).strip(b"\0"):
            raise BundleError("something lies between two files")

    def _exactly(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise BundleError("the archive is cut off")
        return data

    def _end(self) -> None:
        """A tar ends with two empty blocks, and is filled up to a record of 20."""
        rest = self._file.read(40 * _BLOCK)
        if len(rest) < _BLOCK or rest.strip(b"\0") or self._file.read(1):
            raise BundleError("something follows the end of the archive")
        self._padding = 0

    def _member(self, block: bytes) -> _Member:
        try:
            told = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            raise BundleError(f"no tar header: {error}") from error
        folder, _, name = told.name.partition("/")
        if told.type != tarfile.REGTYPE:
            raise BundleError(f"{told.name[:100]} is no regular file")
        if not is_id(folder.removeprefix(PREFIX)) or (self._folder and folder != self._folder):
            raise BundleError(f"{told.name[:100]} lies outside the folder of the run")
        if not is_plain(name) or name in self.sums:
            raise BundleError(f"{told.name[:100]} is no name that a bundle gives, or is there twice")
        if not 0 <= told.size <= (IMAGE_LIMIT_BYTES if name.startswith(IMAGES) else MEMBER_LIMIT_BYTES):
            raise BundleError(f"{told.name[:100]} is larger than any file of a bundle")
        self.total += told.size
        if self.total > self._most_bytes or len(self.sums) >= MEMBERS_LIMIT:
            raise BundleError("more than a bundle holds")
        self._folder = folder
        return _Member(name=name, folder=folder, bytes=told.size)


def is_plain(name: str) -> bool:
    """Whether a name leads to a file below, on any system, and is one line in a list of sums."""
    parts = name.split("/")
    return name.isprintable() and "\\" not in name and all(part not in ("", ".", "..") for part in parts)


def _sums(raw: bytes) -> dict[str, str]:
    """Sums by name, of lines as sha256sum(1) writes them."""
    sums = {}
    for line in raw.decode("utf-8", errors="replace").splitlines():
        match = _SUM.fullmatch(line)
        if match is None or match[2] in sums:
            raise BundleError(f"{SUMS} has a line that is no sum: {line[:100]}")
        sums[match[2]] = match[1]
    return sums
