from __future__ import annotations

import base64
import io
import json
import random
import tarfile
import threading
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, cast

import docker
import pytest

from imagematrix.errors import Interrupted, MachineError
from imagematrix.image import walk as walk_module
from imagematrix.image import walk_container
from imagematrix.image.files import FileSystem, Kind
from imagematrix.image.walk import NoWalk, walk
from imagematrix.image.walk_lines import Telling, WalkRefusedError
from imagematrix.model import EngineImage
from tests.image.made_files import image

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
CLIENT = cast(docker.DockerClient, None)  # nothing asks the engine where `tell` is replaced


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
        ([*LINES, ["x"]], "no walk"),
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
    assert telling.end().elves == again.end().elves == {}


# --- what is kept, and what is believed ---


class Inside:
    """Stands in for the container: says these lines, and counts how often it is asked."""

    def __init__(self, lines: list[bytes], then: Callable[[], None] = lambda: None) -> None:
        self.lines, self.then = lines, then
        self.asked = self.closed = 0

    def __call__(self, *_: object, **__: object) -> Generator[bytes, None, None]:
        self.asked += 1
        try:
            yield from self.lines
            self.then()
        finally:
            self.closed += 1


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Inside:
    inside = Inside(encoded(LINES))
    monkeypatch.setattr(walk_module, "tell", inside)
    return inside


def walked(
    cache: Path, of: EngineImage | None = None, stop: threading.Event | None = None
) -> FileSystem | NoWalk:
    of = of or image(("ADD", 35))
    return walk(CLIENT, of, labels={}, cache=cache, stop=stop or threading.Event())


def left(cache: Path) -> list[str]:
    return sorted(path.suffix for path in cache.iterdir())


def test_what_was_walked_once_is_not_walked_again(tell: Inside, tmp_path: Path) -> None:
    first, second = walked(tmp_path), walked(tmp_path)
    assert isinstance(first, FileSystem)
    assert second == first
    assert (tell.asked, tell.closed) == (1, 1)
    assert left(tmp_path) == [".jsonl", ".lock"]


def test_another_image_is_walked_anew(tell: Inside, tmp_path: Path) -> None:
    walked(tmp_path)
    walked(tmp_path, image(("ADD", 30), ("RUN", 5)))
    assert tell.asked == 2


@pytest.mark.parametrize("torn", [b"", b'["n", "24', b"\x00" * 100])
def test_a_torn_walk_is_walked_again(tell: Inside, tmp_path: Path, torn: bytes) -> None:
    first = walked(tmp_path)
    (kept,) = tmp_path.glob("*.jsonl")
    whole = kept.read_bytes()
    for wrong in (torn, whole[: len(whole) // 2], whole[:-2]):
        kept.write_bytes(wrong)
        assert walked(tmp_path) == first
        assert kept.read_bytes() == whole
    assert tell.asked == 4


def test_an_image_that_tells_of_more_than_its_layers_hold_is_not_believed(
    tell: Inside, tmp_path: Path
) -> None:
    files = walked(tmp_path, image(("ADD", 34)))
    assert isinstance(files, NoWalk)
    assert "35 bytes, where all layers hold 34" in files.reason
    assert left(tmp_path) == [".lock"]
    assert tell.closed == 1


@pytest.mark.parametrize(
    ("mount", "believed"), [("/proc", True), ("/run/secrets/x", True), ("/devices", False), ("/data", False)]
)
def test_what_the_engine_hides_must_be_known(
    tell: Inside, tmp_path: Path, mount: str, believed: bool
) -> None:
    tell.lines = encoded(changed(1, _1=mount))
    assert isinstance(walked(tmp_path), FileSystem) is believed


def test_no_node_is_a_reason_and_not_an_error(tell: Inside, tmp_path: Path) -> None:
    def none() -> None:
        raise WalkRefusedError("no node is in the image")

    tell.lines, tell.then = [], none
    files = walked(tmp_path)
    assert isinstance(files, NoWalk)
    assert "no node is in the image" in files.reason
    assert left(tmp_path) == [".lock"]


def test_an_interrupted_walk_leaves_nothing(tell: Inside, tmp_path: Path) -> None:
    def interrupt() -> None:
        raise Interrupted

    tell.then = interrupt
    with pytest.raises(Interrupted):
        walked(tmp_path)
    assert left(tmp_path) == [".lock"]
    assert tell.closed == 1


def test_one_walk_of_the_same_files_at_a_time(tell: Inside, tmp_path: Path) -> None:
    tell.then = lambda: time.sleep(0.3)
    found: list[FileSystem | NoWalk] = []
    threads = [threading.Thread(target=lambda: found.append(walked(tmp_path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tell.asked == 1
    assert found == [found[0]] * 3


def test_who_waits_for_another_can_be_stopped(tell: Inside, tmp_path: Path) -> None:
    walks, stop = threading.Event(), threading.Event()

    def long() -> None:
        walks.set()
        stop.wait(10)

    tell.then = long
    first = threading.Thread(target=lambda: walked(tmp_path))
    first.start()
    assert walks.wait(10)
    stop.set()
    with pytest.raises(Interrupted):
        walked(tmp_path, stop=stop)
    first.join()


@pytest.mark.usefixtures("tell")
def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(MachineError, match="cache cannot be written") as caught:
        walked(tmp_path / "file")
    assert caught.value.where == str(tmp_path / "file")


def test_the_walks_that_were_used_last_are_kept(
    tell: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk_module, "_KEPT", 2)
    for size in (35, 36):
        walked(tmp_path, image(("ADD", size), ("RUN", 0)))
    for size in (1, 2):
        walked(tmp_path, image(*[("ADD", 35)] * (size + 2)))
    assert tell.asked == 3
    assert len(list(tmp_path.glob("*.jsonl"))) == 2


# --- what an engine hides ---


def archive(members: Mapping[str, tuple[bytes, dict[str, Any]]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, (content, fields) in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for field, value in fields.items():
                setattr(member, field, value)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def test_what_the_engine_has_made_is_told_from_what_the_image_has() -> None:
    packed = archive(
        {
            "dev": (b"", {"type": tarfile.DIRTYPE, "mode": 0o755, "mtime": 2000}),
            "dev/console": (b"", {"mtime": 2000}),
            "dev/\udcff": (b"hidden", {"mtime": 2000, "mode": 0o600, "uid": 7}),
            "dev/null": (b"", {"type": tarfile.CHRTYPE, "mtime": 10}),
            "dev/fd": (b"", {"type": tarfile.SYMTYPE, "linkname": "/proc/self/fd", "mtime": 10}),
        }
    )
    root = ["d", "/", 0, [], "", [], [], 0, {}, {}]
    telling = Telling()
    for line in (*encoded([["n", "8.0.0"], root, ["z", 0]]), *walk_container._told("/", packed, 1999.0)):
        telling.feed(line)
    entries = telling.end().entries
    assert set(entries) == {"/dev", "/dev/\udcff", "/dev/null", "/dev/fd"}
    assert entries["/dev/\udcff"][1:5] == (Kind.FILE, 6, 0o600, 7)
    assert entries["/dev/null"].kind is Kind.OTHER
    assert entries["/dev/fd"].target == "/proc/self/fd"
