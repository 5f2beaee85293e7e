"""Tar archives that no honest program writes, header by header, as strategies of hypothesis.

Formats: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format" and "Storing Sparse
Files".  The headers are written here byte by byte: the standard library would refuse to write most of them.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable, Mapping
from typing import Final

from hypothesis import strategies as st

from tests.hostile import jsons
from tests.image import exports, test_elf

BLOCK: Final = 512
END: Final = bytes(2 * BLOCK)
USTAR: Final = b"ustar\x0000"
GNU: Final = b"ustar  \0"
KINDS: Final = [b"0", b"\0", b"7", b"1", b"2", b"3", b"4", b"5", b"6", b"S"]
STRANGE_KINDS: Final = [b"D", b"M", b"N", b"V", b"X", b"A", b"8", b"9", b"z", b"\xff", b" "]


def octal(number: int, width: int) -> bytes:
    """A number as every tar writes it."""
    return b"%0*o\0" % (width - 1, number)


def base256(number: int, width: int) -> bytes:
    """A number as GNU tar writes it where octal digits do not do; negative ones too."""
    return bytes((0x80 if number >= 0 else 0xFF,)) + (number % (1 << (8 * (width - 1)))).to_bytes(
        width - 1, "big"
    )


def header(
    name: bytes = b"a",
    *,
    kind: bytes = b"0",
    size: bytes | int = 0,
    mode: bytes | int = 0o644,
    uid: bytes | int = 0,
    link: bytes = b"",
    magic: bytes = USTAR,
    prefix: bytes = b"",
    tail: bytes = b"",
    checksum: bytes | None = None,
) -> bytes:
    """One header block; a field that is given as bytes stands there as it is."""

    def field(value: bytes | int, width: int) -> bytes:
        text = octal(value, width) if isinstance(value, int) else value
        return text[:width].ljust(width, b"\0")

    block = bytearray(
        name[:100].ljust(100, b"\0")
        + field(mode, 8)
        + field(uid, 8)
        + field(0, 8)
        + field(size, 12)
        + field(0, 12)
        + b" " * 8
        + kind
        + link[:100].ljust(100, b"\0")
        + magic.ljust(8, b"\0")
        + bytes(80)
        + prefix[:155].ljust(155, b"\0")
        + bytes(12)
    )
    if tail:
        block[386 : 386 + len(tail)] = tail[:126]
    block[148:156] = b"%06o\0 " % sum(block) if checksum is None else checksum[:8].ljust(8, b"\0")
    return bytes(block)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % BLOCK)


def member(name: bytes, content: bytes = b"", *, kind: bytes = b"0", link: bytes = b"") -> bytes:
    """A header and its content, told truly."""
    size = len(content) if kind in (b"0", b"\0", b"7") else 0
    return header(name, kind=kind, size=size, link=link) + padded(content)


def pax_record(key: bytes, value: bytes) -> bytes:
    """`<length> <key>=<value>`, the length being that of the whole."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + 1
    while len(b"%d" % length) + len(rest) != length:
        length += 1
    return b"%d" % length + rest


def extended(records: bytes, *, kind: bytes = b"x", size: bytes | int | None = None) -> bytes:
    """A header of POSIX, of one file or (`g`) of all that follow."""
    told = len(records) if size is None else size
    return header(b"././@PaxHeader", kind=kind, size=told) + padded(records)


def gnu_long(text: bytes, *, kind: bytes = b"L", size: bytes | int | None = None) -> bytes:
    """A name (L) or a target (K) that is too long for a header."""
    told = len(text) + 1 if size is None else size
    return header(b"././@LongLink", kind=kind, size=told, magic=GNU) + padded(text + b"\0")


# What the readers of an image ask for, by name; and what leads out, back, round and over.
_WANTED: Final = [
    b"etc/os-release",
    b"etc/passwd",
    b"usr/lib/os-release",
    b"var/lib/dpkg/status",
    b"var/lib/dpkg/status.d/base",
    b"lib/apk/db/installed",
    b"usr/lib/apk/db/installed",
    b"app/package.json",
    b"package.json",
    b"app/node_modules/.package-lock.json",
    b"app/node_modules/x/package.json",
    b"app/node_modules/@s/x/package.json",
    b"app/node_modules/x/build/Release/x.node",
    b"app/node_modules/x/lib/libx.so.1",
    b"app/.npmrc",
    b"app/.env",
    b"usr/local/bin/node",
    b"lib/libc.so.6",
    b"lib/ld-musl-x86_64.so.1",
    b"bin/sh",
]
_ROUTES: Final = [
    b"../etc/passwd",
    b"../../../../tmp/out",
    b"/etc/passwd",
    b"//etc//passwd",
    b"a/../../b",
    b"a/./b/.",
    b"./",
    b".",
    b"..",
    b"/",
    b"",
    b"a",
    b"a/",
    b"a/b",
    b"a/b/c",
    b"a/a",
    b"b",
    b"l",
    b"l/x",
    b"l/l/l",
    b".wh.a",
    b"a/.wh.b",
    b".wh..wh..opq",
    b"a/.wh..wh..opq",
    b".wh..wh.plnk",
    b".wh.",
    b".wh..",
    b".wh...",
    b"a/.wh./b",
    b"\xff\xfe",
    b"n\xc3\xa9\xed\xa0\x80",
    b"\xe2\x80\xae\x1b[31m\r\n",
    b"C:\\windows",
    b"con",
    b"a" * 99,
    b"d/" * 49,
]
names: Final = st.one_of(
    st.sampled_from(_ROUTES),
    st.sampled_from(_WANTED),
    st.lists(
        st.sampled_from([b"a", b"b", b"l", b"..", b".", b"", b".wh.a", b"node_modules"]), max_size=9
    ).map(b"/".join),
    st.binary(max_size=100),
)
long_names: Final = st.one_of(
    names,
    st.builds(
        bytes.__mul__, st.sampled_from([b"a", b"a/", b"../", b"/", b"\xff", b"l/"]), st.integers(0, 5000)
    ),
)
numbers: Final = st.one_of(
    st.integers(0, 5000),
    st.sampled_from([1 << 30, (1 << 33) - 1, 7]),
    st.sampled_from([0, 1, 1 << 33, 1 << 50, 1 << 62, (1 << 63) - 1, -1, -(1 << 40)]).map(
        lambda number: base256(number, 12)
    ),
    st.sampled_from(
        [b"", b" 7 ", b"-1", b"+1", b"0x10", b"0o7", b"1_0", b"9", b"NaN", b"\xff" * 12, b"7" * 12]
    ),
    st.binary(min_size=1, max_size=12),
)
_elves: Final = st.builds(
    test_elf.made,
    needed=st.lists(
        st.sampled_from(["libc.so.6", "libc.musl-x86_64.so.1", "a" * 300, "é\x1b", "libz.so.1"]),
        max_size=4,
        unique=True,
    ),
    versions=st.lists(
        st.sampled_from(["GLIBC_2.34", "GLIBC_2." + "9" * 200, "GLIBC_٣.٤", "X"]), max_size=3, unique=True
    ),
    interpreter=st.sampled_from(["", "/lib/ld-linux-x86-64.so.2"]),
    bits=st.sampled_from([32, 64]),
    order=st.sampled_from(["<", ">"]),
).filter(bool)


@st.composite
def broken(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """A text with some bytes of it changed, cut out, doubled, or cut off."""
    raw = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(raw) - 1)))
        match draw(st.sampled_from(["set", "cut", "double", "end", "none"])):
            case "set" if raw:
                raw[at] = draw(st.integers(0, 255))
            case "cut":
                del raw[at : at + draw(st.integers(1, 64))]
            case "double":
                raw[at:at] = raw[at : at + draw(st.integers(1, 64))]
            case "end":
                del raw[at:]
    return bytes(raw)


_STATUS: Final = b"Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\n\nPackage: a\n b\n"
contents: Final = st.one_of(
    st.just(b""),
    st.binary(max_size=200),
    st.builds(
        bytes.__mul__, st.sampled_from([b"x", b"\0", b"\n", b"[", b"Package: a\n\n"]), st.integers(0, 3000)
    ),
    broken(_elves),
    broken(
        st.sampled_from([_STATUS, b"P:musl\nV:1.2.5-r0\n\nP:\n", b"ID=debian\nVERSION_ID='12\"\nNAME=\n"])
    ),
    jsons.texts(
        {"name": "x", "version": "1.0.0", "dependencies": {"x": "1"}, "devDependencies": {"@s/x": "1"}}
    ),
    jsons.texts({"packages": {"node_modules/x": {"version": "1.0.0", "dev": True}}}),
    st.just(b"//registry/:_authToken=abc\n"),
)
_SPARSE_KEYS: Final = [
    b"GNU.sparse.major",
    b"GNU.sparse.minor",
    b"GNU.sparse.name",
    b"GNU.sparse.size",
    b"GNU.sparse.realsize",
    b"GNU.sparse.map",
    b"GNU.sparse.numblocks",
    b"GNU.sparse.offset",
    b"GNU.sparse.numbytes",
]
_pax_keys: Final = st.sampled_from(
    [b"path", b"linkpath", b"size", b"uid", b"gid", b"mtime", b"hdrcharset", b"SCHILY.xattr.a", *_SPARSE_KEYS]
)
_pax_values: Final = st.one_of(
    long_names,
    st.sampled_from([b"0", b"1", b"7", b"-1", b"1e3", b"NaN", b"inf", b"9" * 30, b"9" * 5000, b"0x1", b" 1"]),
    st.sampled_from([b"1125899906842624", b"1125899906842625", b"BINARY", b"a\0b", b"a\nb", b"\xd9\xa3"]),
    st.binary(max_size=40),
)
_pax_records: Final = st.one_of(
    st.builds(pax_record, _pax_keys, _pax_values),
    st.sampled_from(
        [
            b"0 a=b\n",
            b"1 a=b\n",
            b"-5 path=x\n",
            b"999999 path=x\n",
            b"6 a=b\n",
            b"7 a b\n\n",
            b"5 a=\n",
            b" 6 a=b\n",
            b"9" * 21 + b" a=b\n",
            b"\xb2 a=b\n",
            b"6 a=b\0",
            b"4 =\n",
        ]
    ),
    st.binary(max_size=30),
)


@st.composite
def _entry(draw: st.DrawFn) -> bytes:
    """One member, with whatever goes before it."""
    before = b""
    for _ in range(draw(st.integers(0, 2))):
        before += draw(
            st.one_of(
                st.builds(gnu_long, long_names, kind=st.sampled_from([b"L", b"K"])),
                st.builds(gnu_long, names, kind=st.sampled_from([b"L", b"K"]), size=numbers),
                st.lists(_pax_records, max_size=4).map(b"".join).map(extended),
                st.builds(
                    extended,
                    st.lists(_pax_records, max_size=3).map(b"".join),
                    kind=st.sampled_from([b"x", b"g", b"X"]),
                    size=st.one_of(st.none(), numbers),
                ),
            )
        )
    kind = draw(st.sampled_from(KINDS) | st.sampled_from(STRANGE_KINDS))
    content = draw(contents)
    if kind == b"S" and draw(st.booleans()):
        return before + _old_sparse(draw)
    honest = draw(st.integers(0, 9)) > 0
    size: bytes | int = len(content) if kind in (b"0", b"\0", b"7", b"S") else 0
    return (
        before
        + header(
            draw(names),
            kind=kind,
            size=size if honest else draw(numbers),
            mode=draw(st.sampled_from([0o644, 0o755, 0o4755]) | st.binary(max_size=8))
            if not honest
            else 0o755,
            uid=0 if honest else draw(numbers),
            link=draw(names),
            magic=draw(st.sampled_from([USTAR, GNU, b"", b"ustar\0  "])),
            prefix=draw(names) if draw(st.booleans()) else b"",
            checksum=None if draw(st.integers(0, 19)) else draw(st.binary(max_size=8)),
        )
        + padded(content if size else b"")
    )


def _old_sparse(draw: st.DrawFn) -> bytes:
    """A sparse file as GNU tar wrote it at first: its map stands in the header, and in blocks that follow."""
    pairs = draw(st.lists(st.tuples(numbers, numbers), max_size=4))

    def field(value: bytes | int) -> bytes:
        return (octal(value, 12) if isinstance(value, int) else value)[:12].ljust(12, b"\0")

    more = draw(st.integers(0, 3))
    tail = b"".join(field(at) + field(length) for at, length in pairs).ljust(96, b"\0")
    tail += bytes((min(more, 1),)) + field(draw(numbers))
    blocks = b"".join(bytes(504) + bytes((1 if left else 0,)) + bytes(7) for left in range(more - 1, -1, -1))
    content = draw(contents)
    return header(draw(names), kind=b"S", size=len(content), magic=GNU, tail=tail) + blocks + padded(content)


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """A whole archive, most of them with something amiss somewhere."""
    raw = b"".join(draw(st.lists(_entry(), max_size=8)))
    raw += draw(st.sampled_from([END, END, END, b"", bytes(BLOCK), END + b"rest", b"\0" * 300]))
    match draw(st.sampled_from(["whole", "whole", "whole", "whole", "block", "byte", "flip"])):
        case "block":
            return raw[: BLOCK * draw(st.integers(0, len(raw) // BLOCK))]
        case "byte":
            return raw[: draw(st.integers(0, len(raw)))]
        case "flip":
            return draw(broken(st.just(raw)))
    return raw


def _several(raw: bytes) -> bytes:
    """One gzip stream after another, as eStargz has them, an empty one among them."""
    return gzip.compress(raw[:700], mtime=0) + gzip.compress(b"", mtime=0) + gzip.compress(raw[700:], mtime=0)


PACKED: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "plain": bytes,
    "gzip": lambda raw: gzip.compress(raw, 1, mtime=0),
    "several": _several,
    "zstd": exports.zstd.compress,
    "xz": lambda raw: lzma.compress(raw, preset=0),
    "bzip2": lambda raw: bz2.compress(raw, 1),
}
packed: Final = st.one_of(
    archives(),
    st.builds(lambda way, raw: PACKED[way](raw), st.sampled_from(sorted(PACKED)), archives()),
    broken(st.builds(lambda way, raw: PACKED[way](raw), st.sampled_from(sorted(PACKED)), archives())),
)
