from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import pytest

from imagematrix.image.elf import read_elf
from imagematrix.image.files import Broken, Elf

X86_64: Final = 62  # e_machine, System V ABI
AARCH64: Final = 183
S390X: Final = 22
BASE: Final = 0x40_0000  # the address that the file's first byte is loaded at

_LOAD, _DYNAMIC, _INTERP = 1, 2, 3
_NEEDED, _STRTAB, _VERNEED = 1, 5, 0x6FFFFFFE
_RPATH, _RUNPATH = 15, 29


def made(
    *,
    needed: Sequence[str] = ("libc.so.6",),
    versions: Sequence[str] = (),
    interpreter: str = "",
    searched: Sequence[tuple[int, str]] = (),
    machine: int = X86_64,
    bits: int = 64,
    order: str = "<",
    end: bool = True,
) -> bytes:
    """An ELF file without sections, written field by field from the System V ABI."""
    words = (*needed, *versions, *(path for _, path in searched))
    names = "\0".join(("", *words, "")).encode()
    at = {name: names.index(b"\0" + name.encode() + b"\0") + 1 for name in words}
    header, program, entry = (64, 56, 16) if bits == 64 else (52, 32, 8)
    dynamic_at = header + 3 * program
    strings_at = dynamic_at + (len(needed) + len(searched) + 3) * entry
    versions_at = strings_at + len(names)
    need = struct.pack(f"{order}HHIII", 1, len(versions), at[needed[0]] if needed else 0, 16, 0)
    for number, name in enumerate(versions):
        more = 16 if number + 1 < len(versions) else 0
        need += struct.pack(f"{order}IHHII", 0, 0, number + 2, at[name], more)
    interpreter_at = versions_at + len(need)
    total = interpreter_at + len(interpreter) + 1
    tags = [(_STRTAB, BASE + strings_at)]
    tags += [(_VERNEED, BASE + versions_at)] if versions else []
    tags += [(_NEEDED, at[name]) for name in needed]
    tags += [(tag, at[path]) for tag, path in searched]
    tags += [(0, 0)] if end else []
    word = "Q" if bits == 64 else "I"
    dynamic = b"".join(struct.pack(f"{order}{word}{word}", *tag) for tag in tags)

    def segment(kind: int, offset: int, size: int) -> bytes:
        if bits == 64:
            return struct.pack(f"{order}IIQQQQQQ", kind, 4, offset, BASE + offset, 0, size, size, 1)
        return struct.pack(f"{order}IIIIIIII", kind, offset, BASE + offset, 0, size, size, 4, 1)

    segments = segment(_LOAD, 0, total) + segment(_DYNAMIC, dynamic_at, len(dynamic))
    segments += segment(_INTERP if interpreter else 0, interpreter_at, len(interpreter) + 1)
    ident = bytes((0x7F, *b"ELF", 2 if bits == 64 else 1, 1 if order == "<" else 2, 1)).ljust(16, b"\0")
    rest = struct.pack(
        f"{order}HHI{word}{word}{word}IHHHHHH",
        *(3, machine, 1, 0, header, 0, 0, header, program, 3, 0, 0, 0),
    )
    head = (ident + rest + segments + dynamic).ljust(strings_at, b"\0")
    return head + names + need + interpreter.encode() + b"\0"


def test_all_that_a_loader_needs_is_read() -> None:
    data = made(
        needed=("libstdc++.so.6", "libc.so.6"),
        versions=("GLIBC_2.2.5", "GLIBCXX_3.4"),
        interpreter="/lib64/ld-linux-x86-64.so.2",
    )
    assert read_elf(data) == Elf(
        machine="x86_64",
        interpreter="/lib64/ld-linux-x86-64.so.2",
        needed=("libstdc++.so.6", "libc.so.6"),
        versions=("GLIBC_2.2.5", "GLIBCXX_3.4"),
    )


@pytest.mark.parametrize(
    ("told", "searched"),
    [
        ([], ()),
        ([(_RPATH, "$ORIGIN:/opt/lib")], ("$ORIGIN", "/opt/lib")),
        (
            [(_RPATH, "/old"), (_RUNPATH, "${ORIGIN}/../lib")],
            ("${ORIGIN}/../lib",),
        ),  # RPATH does not count then
    ],
)
def test_where_a_file_has_its_libraries_looked_for(
    told: Sequence[tuple[int, str]], searched: tuple[str, ...]
) -> None:
    assert read_elf(made(searched=told)).searched == searched


@pytest.mark.parametrize(
    ("machine", "bits", "order", "name"),
    [(AARCH64, 64, "<", "aarch64"), (S390X, 64, ">", ""), (40, 32, "<", ""), (0xBEEF, 32, ">", "")],
)
def test_machines_of_either_width_and_byte_order(machine: int, bits: int, order: str, name: str) -> None:
    data = made(needed=("liba.so", "libb.so"), versions=("V_1",), machine=machine, bits=bits, order=order)
    expected = Elf(machine=name, interpreter="", needed=("liba.so", "libb.so"), versions=("V_1",))
    assert read_elf(data) == expected


@pytest.mark.parametrize(
    ("data", "broken"),
    [
        (b"", Broken.EMPTY),
        (b"\x7fELF", Broken.HEADER),
        (b"\x7fELF\x02\x01\x01" + bytes(57), Broken.HEADER),
        (b"#!/bin/sh\n", Broken.NO_ELF),
        (b"version https://git-lfs", Broken.NO_ELF),
        (b"MZ\x90\0" + bytes(100), Broken.WINDOWS),
        (b"\xcf\xfa\xed\xfe" + bytes(100), Broken.MACOS),
        (b"\xca\xfe\xba\xbe" + bytes(100), Broken.MACOS),
    ],
)
def test_what_is_no_elf_file_is_called_what_it_is(data: bytes, broken: Broken) -> None:
    assert read_elf(data) == Elf(machine="", interpreter="", needed=(), versions=(), broken=broken)


def test_a_file_cut_anywhere_gives_what_is_left_of_it() -> None:
    data = made(needed=("liba.so", "libb.so"), versions=("V_1",), interpreter="/lib/ld.so")
    whole = read_elf(data)
    assert whole.broken is None
    seen = set()
    for length in range(len(data)):
        part = read_elf(data[:length])
        assert part.broken is not None
        assert set(part.needed) <= set(whole.needed)
        assert part.interpreter in ("", whole.interpreter)
        seen.add(part.needed)
    assert part.broken is Broken.CUT_OFF
    assert seen == {(), ("liba.so",), ("liba.so", "libb.so")}


@pytest.mark.parametrize("value", [0x00, 0x7F, 0x80, 0xFF])
def test_no_byte_of_it_can_crash_the_reader(value: int) -> None:
    data = made(versions=("GLIBC_2.34",), interpreter="/lib/ld.so")
    for place in range(4, len(data)):
        for width in (1, 2, 8):
            broken = (data[:place] + bytes([value]) * width + data[place + width :])[: len(data)]
            told = read_elf(broken)
            assert len(told.needed) <= 4096


def test_a_table_without_end_is_bounded() -> None:
    names = [f"lib{number}.so" for number in range(6000)]
    told = read_elf(made(needed=names, end=False))
    assert told.needed == tuple(names[:1023])  # one of 1024 entries is the table of strings


def test_versions_without_end_are_bounded() -> None:
    told = read_elf(made(versions=[f"V_{number}" for number in range(6000)]))
    assert told.versions == tuple(f"V_{number}" for number in range(1024))


def test_a_name_without_end_is_no_name() -> None:
    told = read_elf(made(needed=("a" * 5000, "libc.so.6")))
    assert told.needed == ("libc.so.6",)
