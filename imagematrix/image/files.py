"""The files of an image, however they were read: by a walk inside it, or out of its layers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

# Where an engine puts its own in every container, whatever an image has there: Docker takes an image's files
# out of the way and mounts its own (moby, daemon/initlayer); Podman mounts over them.
ENGINE_PLACES: Final = (
    "/.dockerenv",
    "/dev",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/mtab",
    "/etc/resolv.conf",
    "/proc",
    "/run/.containerenv",
    "/sys",
)


class Kind(StrEnum):
    """What an entry is.  The last two are in layers alone (OCI image specification, "whiteouts")."""

    FILE = "f"
    FOLDER = "d"
    LINK = "l"  # symbolic
    OTHER = "o"  # device, pipe, socket
    WHITEOUT = "w"  # the path is deleted from the layers below
    OPAQUE = "q"  # all that the layers below have in this folder is deleted


class Entry(NamedTuple):
    """One path of an image.  A named tuple: an image has tens of thousands."""

    path: str  # absolute and normal: "/usr/bin/node"; undecodable bytes by surrogateescape
    kind: Kind
    bytes: int  # content of a FILE, else 0
    mode: int  # permission bits, setuid, setgid and sticky: 0o4755
    uid: int
    content: str  # what tells hard links: equal for two names of one file; "" unless a FILE
    target: str  # of a LINK


class Broken(StrEnum):
    """Why a file that is named like a native addon is none that Linux can load."""

    EMPTY = "is empty"
    NO_ELF = "is no ELF file"
    MACOS = "was built for macOS"
    WINDOWS = "was built for Windows"
    HEADER = "has a damaged ELF header"
    CUT_OFF = "is cut off"


@dataclass(frozen=True, kw_only=True, slots=True)
class Elf:
    """What an ELF file says of what it needs (System V ABI: PT_INTERP, DT_NEEDED, DT_RUNPATH, e_machine)."""

    machine: str  # "x86_64", "aarch64", "" where it is another
    interpreter: str  # "" where it names none: a shared object
    needed: tuple[str, ...]  # ("libc.musl-x86_64.so.1", "libstdc++.so.6")
    versions: tuple[str, ...]  # symbol versions that it requires: ("GLIBC_2.34", …)
    searched: tuple[str, ...] = ()  # its RUNPATH, else its RPATH: ("$ORIGIN/../lib",)
    broken: Broken | None = None  # why it cannot be loaded, whatever it is loaded by


@dataclass(frozen=True, kw_only=True, slots=True)
class FileSystem:
    """An image's merged view: what a container of it sees.  So nothing of ENGINE_PLACES is in it."""

    entries: Mapping[str, Entry]  # by path
    # Content of the files that `wanted` names, and the FIRST_BYTES of scripts, as far as they are there.
    texts: Mapping[str, bytes]
    elves: Mapping[str, Elf]  # of the files that `wanted_elf` names
    method: str  # how it was read, for the measurements that rest on it
    node_version: str = ""  # of the node inside that walked it: "24.19.0"; "" where none did

    @property
    def visible_bytes(self) -> int:
        """Content of all files, a file with several names once."""
        return sum({e.content: e.bytes for e in self.entries.values() if e.kind is Kind.FILE}.values())

    def resolve(self, path: str) -> Entry | None:
        """What an absolute path leads to when all links on the way are followed; None where nothing is."""
        left = [part for part in reversed(path.split("/")) if part]
        at = ""
        links = parts = 0
        while left:
            part = left.pop()
            parts += 1
            if part == "..":
                at = at.rpartition("/")[0]
            if part in (".", ".."):
                continue
            entry = self.entries.get(f"{at}/{part}")
            if entry is None or links > _LINKS_LIMIT or (links and parts > _PARTS_LIMIT):
                return None
            if entry.kind is Kind.LINK:
                links += 1
                at = "" if entry.target.startswith("/") else at
                left += [part for part in reversed(entry.target.split("/")) if part]
            else:
                at = entry.path
        return self.entries.get(at or "/")


_LINKS_LIMIT: Final = 40  # as Linux has it: path_resolution(7)
_PARTS_LIMIT: Final = 500  # of a way through links; honest ones have some ten, and very many may be asked for

# Files whose content is read along the way; the patterns are written so that JavaScript reads them alike.
WANTED: Final = (
    r"^/(usr/)?lib/os-release$",
    r"^/etc/(os-release|passwd|group|shells)$",
    r"^/var/lib/dpkg/status$",
    r"^/var/lib/dpkg/status\.d/[^/]+$",
    r"^/(usr/)?lib/apk/db/installed$",
    r"/node_modules/\.package-lock\.json$",
    r"/node_modules/(@[^/]+/)?[^/@]+/package\.json$",
    r"^(/[^/]+){0,3}/package\.json$",
    r"/\.npmrc$",
)
WANTED_ELF: Final = (r"/node_modules/.*\.node$", r"/node_modules/.*\.so(\.[0-9]+)*$")
WANTED_LIMIT_BYTES: Final = 16 << 20  # a file that is larger is not read
# Of a file that may be run and is none of the above, the beginning is kept where it names a program to start it by.
EXECUTABLE: Final = 0o111  # for someone
SCRIPT_START: Final = b"#!"
FIRST_BYTES: Final = 256  # that Linux looks at (include/uapi/linux/binfmts.h)
_WANTED: Final = re.compile("|".join(f"(?:{pattern})" for pattern in WANTED))
_WANTED_ELF: Final = re.compile("|".join(f"(?:{pattern})" for pattern in WANTED_ELF))


def wanted(path: str) -> bool:
    """Whether the content of this file is read along the way, as text."""
    return _WANTED.search(path) is not None


def wanted_elf(path: str) -> bool:
    """Whether this file is read along the way as ELF."""
    return _WANTED_ELF.search(path) is not None


def wanted_first(path: str, mode: int) -> bool:
    """Whether the beginning of this file is read along the way: it may be a script."""
    return bool(mode & EXECUTABLE) and not wanted(path) and not wanted_elf(path)


class Compressed(NamedTuple):
    """What a layer's archive comes to when it is compressed here as an engine would to push it."""

    bytes: int
    bound_bytes: int  # how far a sample may be off; 0 where all was compressed

    @property
    def whole(self) -> bool:
        return not self.bound_bytes


class Packed(NamedTuple):
    """A blob that a layer was found in."""

    digest: str
    compression: str  # "gzip", "zstd"; "" where it is the plain archive
    bytes: int


class LayerSizes(NamedTuple):
    """The sizes of a layer, as `LayerFiles` has them."""

    content_bytes: int
    compressed: Compressed
    packed: tuple[Packed, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerFiles:
    """One layer, read out of an export: all its entries, in the order of its archive."""

    diff_id: str
    content_bytes: int  # of its regular files, hard links once: `Layer.bytes`
    entries: tuple[Entry, ...]  # `content` of a hard link is that of the file it names
    texts: Mapping[str, bytes]
    elves: Mapping[str, Elf]
    compressed: Compressed  # of the layer itself, whatever blob it came in
    packed: tuple[Packed, ...]  # as engines' exports have had it compressed; of an archive, as that has it

    @property
    def sizes(self) -> LayerSizes:
        return LayerSizes(self.content_bytes, self.compressed, self.packed)
