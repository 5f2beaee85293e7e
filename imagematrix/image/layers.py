"""One layer, read out of its archive: every entry in order, and the content of the files that are wanted.

Names are taken as an engine takes them when it unpacks (moby, pkg/archive/diff.go): from the root, never
above it, through links that the same layer has laid before.  Whiteouts: OCI image specification, layer.md.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from imagematrix.image.files import (
    FIRST_BYTES,
    SCRIPT_START,
    WANTED_LIMIT_BYTES,
    Elf,
    Entry,
    Kind,
    wanted,
    wanted_elf,
    wanted_first,
)
from imagematrix.image.names import visible
from imagematrix.image.tar import FILE, FOLDER, HARD_LINK, LINK, Chunk, FormatError, Member, Tar

MOST_ENTRIES: Final = 1_000_000  # of one layer; some 250 bytes of memory each, and the name
BELOW: Final = "below:"  # before the content of a hard link whose file is in a layer below: that file's path
_KEPT_BYTES: Final = 32 << 20  # of wanted texts in one layer; what is beyond is as if it were not wanted
_MOST_ELVES: Final = 1_000  # of one layer, likewise; each may take some milliseconds to be read
_LONGEST_PATH: Final = 4096  # bytes: PATH_MAX of Linux
_MOST_LINKS: Final = 40  # symbolic links on the way to one path, as in Linux
_MOST_STEPS: Final = 20_000_000  # parts of paths that are followed in one layer; some seconds
_SHOWN: Final = 200  # characters of a path in a message
_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_WHITEOUT_META: Final = ".wh..wh."  # book-keeping of the AUFS storage driver; engines skip it
_ODD: Final = re.compile(r"//|/\.{1,2}/|/\.{1,2}$|/$")  # in a path that is not normal


class Contents(NamedTuple):
    """What one layer's archive holds; the fields as in `LayerFiles`."""

    content_bytes: int
    entries: tuple[Entry, ...]
    texts: dict[str, bytes]
    elves: dict[str, Elf]


@dataclass(kw_only=True, slots=True)
class Room:
    """What the layers of one export may still take of memory, all together: many small ones are no way round."""

    entries: int = 4 * MOST_ENTRIES
    names: int = 512 << 20  # characters of paths and targets, folders that no entry names included
    kept_bytes: int = 512 << 20  # of texts that are wanted, and of names in ELF files
    elves: int = 10 * _MOST_ELVES

    def take(self, entries: int, names: int) -> None:
        """Raises FormatError where there is no room for so many entries with names of so many characters."""
        self.entries -= entries
        self.names -= names
        if self.entries < 0:
            raise FormatError("its layers have too many entries together")
        if self.names < 0:
            raise FormatError("the names in its layers are too long together")


def read_contents(
    chunks: Iterable[Chunk], room: Room | None = None, *, most_entries: int = MOST_ENTRIES
) -> Contents:
    """Read one layer's uncompressed archive.  Raises FormatError where no engine would unpack it.

    `room` is what is left for it, and for other layers; None is as much as there ever is.
    """
    reader = _Reader(Tar(chunks), room or Room(), most_entries)
    for member in reader.tar.members():
        reader.take(member)
    return Contents(reader.content_bytes, tuple(reader.entries), reader.texts, reader.elves)


class _Reader:
    def __init__(self, tar: Tar, room: Room, most_entries: int) -> None:
        self.tar = tar
        self._room = room
        self.content_bytes = 0
        self.entries: list[Entry] = []
        self.texts: dict[str, bytes] = {}
        self.elves: dict[str, Elf] = {}
        self._most_entries = most_entries
        self._kept_bytes = min(_KEPT_BYTES, room.kept_bytes)  # left for this layer
        self._elves = min(_MOST_ELVES, room.elves)  # likewise
        self._folders = {""}  # that entries lie in, those above them too: each will be one in the merged view
        self._at: dict[str, int] = {}  # path -> number of the entry that came last for it
        self._links = _Links()

    def take(self, member: Member) -> None:
        if len(self.entries) == self._most_entries:
            raise FormatError(f"it has more than {self._most_entries} entries")
        folder, name = self._links.parts(member.name)
        if name.startswith(_WHITEOUT):
            if name == _OPAQUE:
                self._add(_whiteout(folder or "/", Kind.OPAQUE))
            elif not name.startswith(_WHITEOUT_META):
                self._add(_whiteout(f"{folder}/{name.removeprefix(_WHITEOUT)}", Kind.WHITEOUT))
            return
        if not name:
            return  # the root itself
        path = f"{folder}/{name}"
        if path in self._at:
            self.texts.pop(path, None)
            self.elves.pop(path, None)
        if member.kind == FILE:
            self._file(path, member)
        elif member.kind == HARD_LINK:
            self._hard_link(path, member)
        else:
            kind = {FOLDER: Kind.FOLDER, LINK: Kind.LINK}.get(member.kind, Kind.OTHER)
            target = member.target if kind is Kind.LINK else ""
            if len(target) > _LONGEST_PATH:
                raise FormatError(f"a link of {len(target)} characters: '{visible(target[:60])}' …")
            self._add(Entry(path, kind, 0, member.mode, member.uid, "", target))
        self._links.laid(self.entries[-1])

    def _add(self, entry: Entry) -> None:
        self._room.take(1, len(entry.path) + len(entry.target))
        folder = entry.path.rpartition("/")[0]
        while folder not in self._folders:
            self._folders.add(folder)
            self._room.take(1, len(folder))
            folder = folder.rpartition("/")[0]
        self._at[entry.path] = len(self.entries)
        self.entries.append(entry)

    def _keeps(self, size: int) -> bool:
        """Whether there is room for a text of so many bytes to be kept; if so, it is taken."""
        if size > self._kept_bytes:
            return False
        self._kept_bytes -= size
        self._room.kept_bytes -= size
        return True

    def _file(self, path: str, member: Member) -> None:
        # A name that comes twice has two contents, and a hard link may hold on to the first.
        content = f"{len(self.entries)}:{path}" if path in self._at else path
        self.content_bytes += member.bytes
        self._add(Entry(path, Kind.FILE, member.bytes, member.mode, member.uid, content, ""))
        if not member.whole:
            return
        if wanted_first(path, member.mode):
            self._first(path)
            return
        if member.bytes > WANTED_LIMIT_BYTES:
            return
        if wanted(path) and self._keeps(member.bytes):
            self.texts[path] = b"".join(self.tar.content())
        elif wanted_elf(path) and self._elves:
            from imagematrix.image.elf import read_elf  # most apps have no addon, and need not wait for it

            elf = read_elf(b"".join(self.tar.content()))
            self._elves -= 1
            self._room.elves -= 1
            if self._keeps(sum(map(len, (*elf.needed, *elf.versions, *elf.searched)))):
                self.elves[path] = elf

    def _first(self, path: str) -> None:
        """Keep the beginning of a script."""
        first = b""
        for piece in self.tar.content():
            first += piece[: FIRST_BYTES - len(first)]
            if len(first) == FIRST_BYTES:
                break
        if first.startswith(SCRIPT_START) and self._keeps(len(first)):
            self.texts[path] = first

    def _hard_link(self, path: str, member: Member) -> None:
        folder, name = self._links.parts(member.target)
        target = f"{folder}/{name}"
        if target == path:
            raise FormatError(f"{_shown(path)} is a hard link to itself")
        if target not in self._at:
            self._add(Entry(path, Kind.FILE, 0, member.mode, member.uid, BELOW + target, ""))
            return
        first = self.entries[self._at[target]]
        if first.kind in (Kind.FOLDER, Kind.WHITEOUT, Kind.OPAQUE):
            raise FormatError(f"{_shown(path)} is a hard link to {_shown(target)}, which is no file")
        self._add(first._replace(path=path))
        # It is read again under each of its names.
        text = self.texts.get(target)
        if text is not None and (wanted(path) or text.startswith(SCRIPT_START)) and self._keeps(len(text)):
            self.texts[path] = text
        if target in self.elves and wanted_elf(path):
            self.elves[path] = self.elves[target]


def _whiteout(path: str, kind: Kind) -> Entry:
    return Entry(path, kind, 0, 0, 0, "", "")


class _Links:
    """The symbolic links that a layer has laid so far, and where names lead through them."""

    def __init__(self) -> None:
        self._targets: dict[str, str] = {}
        self._real: dict[str, str] = {}  # of folders that were asked for
        self._steps = 0

    def parts(self, name: str) -> tuple[str, str]:
        """The folder that a name of the archive lies in ("" is the root), and its last part.

        Raises FormatError where it leads above the root or round in circles.
        """
        path = f"/{name}" if not name.startswith("/") else name
        if _ODD.search(path):
            path = _normal(path)
        if len(path) > _LONGEST_PATH:
            raise FormatError(f"a name of {len(path)} characters: '{visible(path[:60])}' …")
        folder, _, last = path.rpartition("/")
        return self._follow(folder) if self._targets else folder, last

    def laid(self, entry: Entry) -> None:
        """Take note of an entry; one that is no link ends the link that was there."""
        if entry.kind is Kind.LINK:
            self._targets[entry.path] = entry.target
        elif self._targets.pop(entry.path, None) is None:
            return
        self._real.clear()

    def _follow(self, folder: str) -> str:
        known = self._real.get(folder)
        if known is not None:
            return known
        done, left, followed = "", folder.split("/")[::-1], 0
        while left:
            self._steps += 1
            if self._steps > _MOST_STEPS or len(done) > _LONGEST_PATH:
                raise FormatError(f"{_shown(folder)} leads too far round through symbolic links")
            part = left.pop()
            if part in ("", "."):
                continue
            if part == "..":
                done = done.rpartition("/")[0]
                continue
            target = self._targets.get(f"{done}/{part}")
            if target is None:
                done = f"{done}/{part}"
                continue
            followed += 1
            if followed > _MOST_LINKS:
                raise FormatError(f"{_shown(folder)} leads through too many symbolic links")
            done = "" if target.startswith("/") else done
            left += target.split("/")[::-1]
        self._real[folder] = done
        return done


def _normal(path: str) -> str:
    depth = 0
    for part in path.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            raise FormatError(f"{_shown(path)} leads out of the image")
    return "/" + posixpath.normpath(path).lstrip("/")


def _shown(path: str) -> str:
    return f"'{visible(path[:_SHOWN])}{'…' if len(path) > _SHOWN else ''}'"
