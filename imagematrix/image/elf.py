"""What an ELF file needs to be loaded: its machine, interpreter, libraries and symbol versions.

Read as a dynamic loader reads it, from the program headers alone: sections may be stripped, and an image
could lie in them.  Every count and every name has a bound, so that a hostile file costs no more than a
large honest one.  Formats: System V ABI, chapters 4 and 5; symbol versions: Linux Standard Base, "Symbol
Versioning".
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final, NamedTuple

from elftools.common.exceptions import ELFError
from elftools.common.utils import struct_parse
from elftools.elf.elffile import ELFFile

from imagematrix.image.files import Broken, Elf

_MACHINES: Final = {"EM_X86_64": "x86_64", "EM_AARCH64": "aarch64"}
_SEGMENTS: Final = 256  # program headers that are looked at; a linker writes a dozen
_TAGS: Final = 1024  # dynamic entries; a linker writes some thirty
_VERSIONS: Final = 1024  # required symbol versions; libraries need some tens
_NAME_BYTES: Final = 4096  # of a library, an interpreter (PATH_MAX) or a version
_NAMES_BYTES: Final = 64 << 10  # of all of them; strings may overlap, so that few bytes hold very many
# The first bytes of a Mach-O file of 32 and 64 bits in either order, and of one for several machines.
_MACH_O: Final = (
    *(b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
    b"\xca\xfe\xba\xbe",
)
# What the library raises for fields that point outside the file, or that no offset can hold.
_BROKEN: Final = (ELFError, OverflowError, ValueError)


def read_elf(data: bytes) -> Elf:
    """What an ELF file asks for, and whether it is one.

    Of a file that is cut off or contradicts itself, what can be read up to there.  Bounded in time, and in
    memory by `data`.
    """
    if not data.startswith(b"\x7fELF"):
        return _not_one(_what(data))
    try:
        file = ELFFile(io.BytesIO(data))
    except _BROKEN:
        return _not_one(Broken.HEADER)
    segments = list(_segments(file))
    tags = list(_dynamic(file, segments))
    strings = _Strings(data, _table(tags, segments, "DT_STRTAB"))
    needed = (strings.at(value) for tag, value in tags if tag == "DT_NEEDED")
    versions = _versions(file, strings, _table(tags, segments, "DT_VERNEED"))
    paths = [value for name in ("DT_RUNPATH", "DT_RPATH") for tag, value in tags if tag == name]
    start = next((segment.offset for segment in segments if segment.kind == "PT_INTERP"), None)
    return Elf(
        machine=_MACHINES.get(file["e_machine"], ""),
        interpreter=_Strings(data, start).at(0),
        needed=tuple(dict.fromkeys(filter(None, needed))),
        versions=tuple(dict.fromkeys(filter(None, versions))),
        searched=tuple(dict.fromkeys(strings.at(paths[0]).split(":"))) if paths else (),
        broken=_broken(segments, len(data)),
    )


def _not_one(broken: Broken) -> Elf:
    return Elf(machine="", interpreter="", needed=(), versions=(), broken=broken)


def _what(data: bytes) -> Broken:
    """What a file is that is no ELF file."""
    if not data:
        return Broken.EMPTY
    if data.startswith(b"MZ"):
        return Broken.WINDOWS
    return Broken.MACOS if data[:4] in _MACH_O else Broken.NO_ELF


def _broken(segments: list[_Segment], size: int) -> Broken | None:
    """A loader maps the segments of PT_LOAD, and cannot map what the file does not have."""
    loaded = [segment.offset + segment.bytes for segment in segments if segment.kind == "PT_LOAD"]
    if not loaded:
        return Broken.HEADER
    return Broken.CUT_OFF if max(loaded) > size else None


class _Segment(NamedTuple):
    """The part of a program header that is needed here."""

    kind: str | int  # p_type: "PT_LOAD"; a number that has no name
    offset: int  # in the file
    address: int
    bytes: int  # in the file


def _segments(file: ELFFile) -> Iterator[_Segment]:
    try:
        for number in range(min(file["e_phnum"], _SEGMENTS)):
            position = file["e_phoff"] + number * file["e_phentsize"]
            told = struct_parse(file.structs.Elf_Phdr, file.stream, position)
            yield _Segment(told["p_type"], told["p_offset"], told["p_vaddr"], told["p_filesz"])
    except _BROKEN:
        return


def _dynamic(file: ELFFile, segments: list[_Segment]) -> Iterator[tuple[str | int, int]]:
    """(tag, value) of the dynamic entries, up to DT_NULL."""
    where = next((segment for segment in segments if segment.kind == "PT_DYNAMIC"), None)
    if where is None:
        return
    size = file.structs.Elf_Dyn.sizeof()
    try:
        for number in range(min(where.bytes // size, _TAGS)):
            entry = struct_parse(file.structs.Elf_Dyn, file.stream, where.offset + number * size)
            if entry["d_tag"] == "DT_NULL":
                return
            yield entry["d_tag"], entry["d_val"]
    except _BROKEN:
        return


def _table(tags: list[tuple[str | int, int]], segments: list[_Segment], name: str) -> int | None:
    """The offset in the file of the table whose address a dynamic entry gives."""
    address = next((value for tag, value in tags if tag == name), None)
    if address is None:
        return None
    loaded = (segment for segment in segments if segment.kind == "PT_LOAD")
    return next(
        (address - at.address + at.offset for at in loaded if 0 <= address - at.address < at.bytes), None
    )


def _versions(file: ELFFile, strings: _Strings, start: int | None) -> Iterator[str]:
    """Names of the symbol versions that the file requires, of whichever library."""
    if start is None:
        return
    left, at = _VERSIONS, start
    try:
        while left > 0:
            need = struct_parse(file.structs.Elf_Verneed, file.stream, at)
            each = at + need["vn_aux"]
            for _ in range(min(need["vn_cnt"], left)):
                wanted = struct_parse(file.structs.Elf_Vernaux, file.stream, each)
                yield strings.at(wanted["vna_name"])
                each += wanted["vna_next"]
            left -= 1 + need["vn_cnt"]
            if need["vn_next"] == 0:
                return
            at += need["vn_next"]
    except _BROKEN:
        return


class _Strings:
    """A table of strings that end in a zero byte; "" where there is none, or none that ends in time."""

    def __init__(self, data: bytes, start: int | None) -> None:
        self._data = data
        self._start = start
        self._left = _NAMES_BYTES

    def at(self, offset: int) -> str:
        if self._start is None:
            return ""
        begin = self._start + offset
        if begin >= len(self._data):
            return ""
        end = self._data.find(b"\0", begin, begin + min(_NAME_BYTES, self._left))
        if end < 0:
            return ""
        self._left -= end - begin
        return self._data[begin:end].decode("utf-8", errors="replace")
