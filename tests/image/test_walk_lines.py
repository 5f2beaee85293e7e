from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest

from imagematrix.image.files import Broken, FileSystem, Kind
from imagematrix.image.walk_lines import Telling, WalkRefusedError

PASSWD = b"root:x:0:0::/root:/bin/sh\n"
LINES: list[list[Any]] = [
    ["n", "24.19.0"],
    ["m", "/proc"],
    ["d", "/", 0, ["etc", "raw", "bin"], "ddl", [0, 0, 0], [0o755, 0o1777, 0o777], 0, {}, {"2": "usr/bin"}],
    ["d", "/etc", 0, ["passwd", "a", "b"], "fff",
     [len(PASSWD), 9, 9], [0o644, 0o600, 0o600], [0, 1000, 1000], {"1": "8:5", "2": "8:5"}, {}],
    ["c", "/etc/passwd", 0, base64.b64encode(PASSWD).decode()],
    ["d", "/raw", 1, ["\xff"], "o", [0], [0o644], 0, {}, {}],
    ["z", 7],
]  # fmt: skip


def encoded(lines: list[list[Any]]) -> list[bytes]:
    return [json.dumps(line).encode() for line in lines]


def told(lines: list[list[Any]]) -> FileSystem:
    telling = Telling()
    for line in encoded(lines):
        telling.feed(line)
    return telling.end()


def changed(number: int, **fields: object) -> list[list[Any]]:
    """LINES, with some fields of one line (by their position, `_3`) set to something else."""
    lines = [list(line) for line in LINES]
    for position, value in fields.items():
        lines[number][int(position[1:])] = value
    return lines


SCRIPT = b"#!/bin/sh\n"


def scripts(path: str, first: bytes, *, size: int = len(SCRIPT), mode: int = 0o755) -> list[list[Any]]:
    return [
        *LINES[:1],
        ["d", "/", 0, ["a", "package.json"], "ff", [size, size], [mode, mode], 0, {}, {}],
        ["s", path, 0, base64.b64encode(first).decode()],
        ["z", 2],
    ]


def test_the_beginning_of_a_script_is_its_text() -> None:
    assert told(scripts("/a", SCRIPT)).texts == {"/a": SCRIPT}
    assert told(scripts("/a", SCRIPT.ljust(256), size=999)).texts == {"/a": SCRIPT.ljust(256)}


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (scripts("/a", SCRIPT, mode=0o644), "not asked for"),
        (scripts("/b", SCRIPT), "not asked for"),
        (scripts("/package.json", SCRIPT), "not asked for"),  # all of it was
        ([*scripts("/a", SCRIPT)[:3], *scripts("/a", SCRIPT)[2:]], "not asked for"),
        (scripts("/a", b"exit 0\n###"), "does not begin so"),
        (scripts("/a", SCRIPT[:-1]), "does not begin so"),
        (scripts("/a", SCRIPT.ljust(999), size=999), "does not begin so"),
    ],
)
def test_the_beginning_of_what_is_no_script_is_refused(lines: list[list[Any]], why: str) -> None:
    with pytest.raises(WalkRefusedError, match=why):
        told(lines)


def test_lines_become_a_file_system() -> None:
    files = told(LINES)
    assert set(files.entries) == {"/etc", "/raw", "/bin", "/etc/passwd", "/etc/a", "/etc/b", "/raw/\udcff"}
    assert files.entries["/bin"] == ("/bin", Kind.LINK, 0, 0o777, 0, "", "usr/bin")
    assert files.entries["/etc/a"] == ("/etc/a", Kind.FILE, 9, 0o600, 1000, "8:5", "")
    assert files.entries["/raw"].mode == 0o1777
    assert files.entries["/raw/\udcff"].kind is Kind.OTHER
    assert files.texts == {"/etc/passwd": PASSWD}
    assert files.visible_bytes == len(PASSWD) + 9  # two names of one file
    assert files.node_version == "24.19.0"
    assert "24.19.0" in files.method


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (LINES[:-1], "ended early"),
        ([], "ended early"),
        ([*LINES, ["z", 7]], "count"),
        (changed(6, _1=6), "count"),
        (changed(6, _1=True), "count"),
        ([*LINES, ["x"]], "a wrapper round Node"),
        ([*LINES, LINES[3]], "twice"),
        ([*LINES[:3], ["d", "/usr", 0, [], "", [], [], 0, {}, {}]], "no folder"),
        ([*LINES[:4], ["d", "/etc/passwd", 0, [], "", [], [], 0, {}, {}]], "no folder"),
        (changed(3, _3=["passwd", "b", "b"]), "twice"),
        (changed(3, _3=["passwd", "../../x", "b"]), "no name can"),
        (changed(3, _3=["passwd", "..", "b"]), "no name"),
        (changed(3, _3=["passwd", "", "b"]), "no name"),
        (changed(3, _3=["passwd", "a\0", "b"]), "no name can"),
        (changed(3, _3=["passwd", "a" * 256, "b"]), "too long"),
        (changed(3, _3=["passwd", "\ud800", "b"]), "cannot be read"),
        (changed(3, _3=["passwd", 5, "b"]), "a word"),
        (changed(3, _3="pab"), "names"),
        (changed(3, _4="fff1"), "columns"),
        (changed(3, _4="ffw"), "kind"),
        (changed(3, _5=[1, 2]), "columns"),
        (changed(3, _5=[1, 2, -1]), "bounds"),
        (changed(3, _5=[1, 2, 1 << 63]), "bounds"),
        (changed(3, _5=[1, 2, 1.5]), "number"),
        (changed(3, _5=[1, 2, True]), "number"),
        (changed(3, _5=[1, 2, None]), "number"),
        (changed(3, _6=[0o644, 0o600, 0o10000]), "bounds"),
        (changed(3, _7=["0", 1, 1]), "number"),
        (changed(3, _8={"3": "8:5"}), "no such"),
        (changed(3, _8={"-1": "8:5"}), "no such"),
        (changed(3, _8={"1": ""}), "a word"),
        (changed(3, _9={"0": "/etc/shadow"}), "no such"),
        (changed(2, _5=[0, 0, 7]), "no file has bytes"),
        (changed(2, _8={"0": "8:5"}), "no such"),
        (changed(3, _8=[]), "mapping"),
        (changed(3, _5=[len(PASSWD), 9, 8]), "two sizes"),
        (changed(2, _9={"2": ""}), "nowhere"),
        (changed(5, _2=2), "what its names are"),
        (changed(5, _3=["\u20ac"]), "cannot be read"),
        (changed(4, _1="/etc/a"), "not asked for"),
        (changed(4, _1="/etc/shadow"), "not asked for"),
        (changed(4, _1="etc/passwd"), "not absolute"),
        ([*LINES[:5], LINES[4]], "not asked for"),
        (changed(4, _3="AAAA"), "another size"),
        (changed(4, _3="?"), "cannot be read"),
        (changed(0, _1="24\n"), "printable"),
        (changed(0, _1="2" * 65), "too long"),
    ],
)
def test_what_contradicts_itself_is_refused(lines: list[list[Any]], why: str) -> None:
    with pytest.raises(WalkRefusedError, match=why):
        told(lines)


@pytest.mark.parametrize(
    "line", [b"", b"\xff", b"[", b"{}", b"5", b"[" * 100_000, b'["z", ' + b"9" * 5000 + b"]"]
)
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(WalkRefusedError):
        Telling().feed(line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"starting \x1b[31mnode", r"`starting \x1b[31mnode`"),
        (b"warning: " + b"x" * 90, "`warning: " + "x" * 51 + " …`"),
        (b"5", "`5`"),
        (b"\xff", "`\ufffd`"),
    ],
)
def test_junk_is_told_as_what_it_is(line: bytes, said: str) -> None:
    with pytest.raises(WalkRefusedError) as refused:
        Telling().feed(line)
    assert str(refused.value).startswith(f"what it calls node wrote {said}, as Node does not")
    assert str(refused.value).isprintable()


def test_a_line_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(WalkRefusedError, match="too long"):
        Telling().feed(b'["d", "' + b"x" * (4 << 20))


def test_no_line_can_do_more_than_be_refused() -> None:
    dice = random.Random(7)  # noqa: S311 - the same cases every time
    odd: list[Any] = [None, True, -1, 1 << 70, 1.5, "", "x", "/", [], {}, ["x"], {"0": "x"}, "\ud800"]
    refused = 0
    for _ in range(3000):
        lines = json.loads(json.dumps(LINES))
        for _ in range(dice.randint(1, 3)):
            line = dice.choice(lines)
            line[dice.randrange(len(line))] = dice.choice(odd)
        try:
            told(lines)
        except WalkRefusedError:
            refused += 1
    assert refused > 2500


def elf_lines(content: bytes) -> list[list[Any]]:
    return [
        ["n", "24.19.0"],
        ["d", "/", 0, ["node_modules"], "d", [0], [0o755], 0, {}, {}],
        ["d", "/node_modules", 0, ["x.node"], "f", [len(content)], [0o644], 0, {}, {}],
        ["c", "/node_modules/x.node", 0, base64.b64encode(content).decode()],
        ["z", 2],
    ]


def test_of_an_elf_file_only_what_it_needs_is_kept() -> None:
    content = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00\x01\x00\x00\x00" + bytes(40)
    telling = Telling()
    kept = [telling.feed(line) for line in encoded(elf_lines(content))]
    first = telling.end()
    assert first.elves["/node_modules/x.node"].machine == "x86_64"
    assert base64.b64encode(content)[:20] not in b"".join(kept)
    again = Telling()
    assert [again.feed(line) for line in kept] == kept
    assert again.end().elves == first.elves


def test_a_file_that_is_named_like_one_and_is_none() -> None:
    telling = Telling()
    kept = [telling.feed(line) for line in encoded(elf_lines(b"no"))]
    again = Telling()
    for line in kept:
        again.feed(line)
    (told,) = telling.end().elves.values()
    assert told.broken is Broken.NO_ELF
    assert again.end().elves == {"/node_modules/x.node": told}
