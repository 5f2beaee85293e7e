from __future__ import annotations

import io
import itertools
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagematrix.image.tar import FILE, FOLDER, HARD_LINK, LINK, FormatError, Member, Tar
from tests.image import exports

LONG = "/".join(["a-rather-long-folder-name"] * 12)
ENTRIES = (
    exports.folder("etc/"),
    exports.file("etc/empty"),
    exports.file("etc/block", 512, mode=0o4755, uid=1000),
    exports.file("etc/more", 513),
    exports.file("etc/häßlich\udcff name", 5),
    exports.hard("etc/again", "etc/more"),
    exports.link("etc/link", "../usr/etc"),
    exports.file(f"{LONG}/file", 7),
    exports.link("deep", LONG),
    exports.hard("hard-and-deep", f"{LONG}/file"),
    exports.file("last", 1300),
)


def members(raw: bytes, size: int = 1 << 20) -> list[Member]:
    return list(Tar(exports.chunks(raw, size)).members())


def by_tarfile(raw: bytes) -> list[tuple[str, bytes, int, int, int, str]]:
    with tarfile.open(fileobj=io.BytesIO(raw), errors="surrogateescape") as archive:
        return [(m.name.rstrip("/"), m.type, m.size, m.mode, m.uid, m.linkname) for m in archive]


def ours(raw: bytes, size: int = 1 << 20) -> list[tuple[str, bytes, int, int, int, str]]:
    return [(m.name.rstrip("/"), m.kind, m.bytes, m.mode, m.uid, m.target) for m in members(raw, size)]


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=["gnu", "pax"])
@pytest.mark.parametrize("size", [1, 100, 512, 1 << 20])
def test_members_are_what_the_standard_library_reads(form: int, size: int) -> None:
    raw = exports.tar(*ENTRIES, form=form)
    assert ours(raw, size) == by_tarfile(raw)
    assert len(ours(raw)) == len(ENTRIES)


def test_a_name_in_two_parts_is_put_together() -> None:
    name = f"{'p' * 120}/{'n' * 80}"
    raw = exports.tar(exports.file(name, 3), form=tarfile.USTAR_FORMAT)
    assert ours(raw) == by_tarfile(raw)
    assert ours(raw)[0][0] == name


def test_content_is_what_was_put_in_and_need_not_be_taken() -> None:
    raw = exports.tar(
        exports.file("a", b"one"), exports.file("b", b"two" * 1000), exports.file("c", b"three")
    )
    tar = Tar(exports.chunks(raw, 100))
    taken = {m.name: b"".join(tar.content()) for m in tar.members() if m.name != "b"}
    assert taken == {"a": b"one", "c": b"three"}


@pytest.mark.parametrize("form", ["gnu", "posix", "oldgnu"])
def test_a_sparse_file_has_its_whole_length(tmp_path: Path, form: str) -> None:
    """Made by GNU tar, with enough pieces for the map to go on in further blocks."""
    with (tmp_path / "sparse").open("wb") as file:
        for number in range(30):
            file.seek(number * 1_000_000)
            file.write(b"data")
        file.truncate(40_000_000)
    (tmp_path / "after").write_bytes(b"x" * 11)
    words = ["tar", f"--format={form}", "--sparse", "-C", str(tmp_path), "-cf", "-", "sparse", "after"]
    raw = subprocess.run(words, check=True, capture_output=True).stdout
    assert len(raw) < 1_000_000
    assert [(m.name, m.bytes, m.whole) for m in members(raw)] == [
        ("sparse", 40_000_000, False),
        ("after", 11, True),
    ]


def test_what_is_no_file_has_no_content() -> None:
    kinds = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    raw = exports.tar(
        *(exports.Made(f"dev/{n}", kind) for n, kind in enumerate(kinds)), exports.file("after", 3)
    )
    assert [(m.kind, m.bytes) for m in members(raw)] == [(b"3", 0), (b"4", 0), (b"6", 0), (FILE, 3)]
    raw = exports.tar(exports.folder("a"), exports.hard("b", "c"), exports.link("d", "e"))
    assert [m.kind for m in members(raw)] == [FOLDER, HARD_LINK, LINK]


def test_a_global_header_is_left_out_of_account() -> None:
    out = io.BytesIO()
    headers = {"path": "not-this", "comment": "0123abcd"}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers) as archive:
        archive.addfile(tarfile.TarInfo("this"))
    assert [m.name for m in members(out.getvalue())] == ["this"]


def test_an_archive_that_is_cut_off_is_refused() -> None:
    raw = exports.tar(exports.file("a", 2000), exports.file("b", 100))
    for end in (100, 511, 513, 1500, 2600, 3100):
        with pytest.raises(FormatError, match="cut off"):
            members(raw[:end])


def damaged(at: int, text: bytes, *, kind: bytes = b"0") -> bytes:
    """An archive of one file whose header has other bytes at one place, and the checksum that fits."""
    block = bytearray(exports.tar(exports.file("name", 3))[:512])
    block[156:157] = kind
    block[at : at + len(text)] = text
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block) + b"abc" + bytes(2000)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (damaged(124, b"-0000000001\0"), "number"),
        (damaged(124, b"99999999999\0"), "number"),
        (damaged(124, b"\xff" * 12), "number"),
        (damaged(124, b"\x80" + b"\x7f" * 11), "number"),
        (damaged(124, b"x\x1b         \0"), r"it has 'x\\x1b' in the place of a number"),
        (damaged(0, b"name", kind=b"V"), "'name' is of type 'V', which no engine unpacks"),
        (damaged(124, b"00040000001\0", kind=b"L"), "extended header"),
        (damaged(124, b"00040000001\0", kind=b"x"), "extended header"),
        (damaged(124, b"00040000001\0", kind=b"g"), "extended header"),
        (damaged(0, b"name", kind=b"x"), "extended header is damaged"),
        (b"x" * 512, "checksum|number"),
        (exports.tar(exports.file("name", 3)).replace(b"name", b"mane"), "checksum"),
    ],
)
def test_a_hostile_header_is_refused(raw: bytes, why: str) -> None:
    if b"mane" in raw:
        raw = raw.replace(b"mane", b"manf")
    with pytest.raises(FormatError, match=why):
        members(raw)


@pytest.mark.parametrize(
    "record",
    [b"20 size=-1\n", b"9999 path=x\n", b"0 path=x\n", b"11 path=xx", b"x path=x\n", b"13 uid=1e100\n"],
)
def test_a_hostile_extended_header_is_refused(record: bytes) -> None:
    head = bytearray(damaged(124, f"{len(record):011o}\0".encode(), kind=b"x")[:512])
    raw = bytes(head) + record.ljust(512, b"\0") + exports.tar(exports.file("a"))
    with pytest.raises(FormatError, match="extended header"):
        members(raw)


def test_a_file_that_never_ends_takes_no_memory() -> None:
    """Its header promises a pebibyte, and pieces keep coming: no more than two are ever held."""
    head = damaged(124, b"\x80" + (1 << 50).to_bytes(11, "big"))[:512]
    piece = bytes(1 << 20)
    given = 0

    def endless() -> Iterator[bytes]:
        nonlocal given
        yield head
        for given in itertools.count():
            if given == 3000:
                raise KeyboardInterrupt
            yield piece

    with pytest.raises(KeyboardInterrupt):
        list(Tar(endless()).members())
    assert given == 3000
