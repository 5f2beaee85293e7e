"""Machines at fault: what a user is told, what still works, and that nothing is left half done."""

from __future__ import annotations

import json
import os
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from imagematrix import engine as engines
from imagematrix.build import build
from imagematrix.config import load_matrix
from imagematrix.errors import EngineError, StepError
from imagematrix.model import LABEL_OWNER, Engine, Places
from imagematrix.steps import owner
from tests.integration.apps import tiny
from tests.integration.cli import Done, figures, invoke
from tests.integration.faults.surroundings import beside, mounted, read_only, start
from tests.soak import count

pytestmark = pytest.mark.integration

# A matrix that is measured within seconds: no server, so no behaviour.
QUICK: Final = """\
schema_version: 1
app: { name: quick, context: app }
smoke: { command: [node, index.js], body_contains: quick }
stand_ins: { "node:24-alpine": { recipe: alpine-node, node: "24" } }
variants: { quick: { dockerfile: Dockerfile } }
"""


@pytest.fixture(scope="module")
def app(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A checkout that all may use that do not harm it; what it left on the engine is gone afterwards."""
    folder = tiny(tmp_path_factory.mktemp("app"))
    yield folder
    emptied(folder, engine)


@pytest.fixture
def own(engine: Engine, tmp_path: Path) -> Iterator[Path]:
    """A checkout of its own."""
    folder = tmp_path / "own"
    yield folder
    if (folder / "variants.yml").is_file():
        emptied(folder, engine)


def emptied(folder: Path, engine: Engine) -> None:
    """Nothing of this checkout is on the engine but images, and now not these either; nor is a temporary file."""
    with closing(engines.connect(engine)) as client:
        label = f"{LABEL_OWNER}={owner(load_matrix(folder / 'variants.yml'))}"
        filters: dict[str, str | list[str] | bool] = {"label": label}
        assert client.containers.list(all=True, filters=filters, ignore_removed=True) == []
        assert client.networks.list(filters=filters) == []
        for image in client.images.list(filters=filters):
            client.images.remove(str(image.id), force=True)
    assert list(folder.rglob("*.tmp")) == []


def quick(folder: Path) -> Path:
    tiny(folder, index="console.log('quick')")
    (folder / "variants.yml").write_text(QUICK, encoding="utf-8")
    return folder


def refused(done: Done, *says: str) -> None:
    """The machine does not let it work: told in so many words, each of them in the last message."""
    assert done.code == 3, (done.out, done.err)
    assert "Traceback" not in done.err
    message = done.err[done.err.rindex("imagematrix: ") :]
    for words in says:
        assert words in message


def passed(done: Done) -> None:
    assert done.code == 0, (done.out, done.err)
    assert "Traceback" not in done.err


ROOM: Final = "next: make room there, make the folder writable, or name another: INVOKE_IMAGEMATRIX_RESULTS"


@pytest.mark.parametrize(
    ("options", "reason"),
    [("ro", "Read-only file system"), ("size=4k,nr_inodes=2", "No space left on device")],
    ids=["read-only", "full"],
)
def test_results_that_cannot_be_begun(own: Path, options: str, reason: str) -> None:
    with mounted(tiny(own) / "results", options):
        refused(start(own, "smoke"), f"results cannot be kept: {reason}", f"{own}/results/", ROOM)


@pytest.mark.parametrize(
    ("size", "within", "reason"),
    [("24k", (), "No space left on device"), ("1m", ("prlimit", "--fsize=4096"), "File too large")],
    ids=["full", "ulimit -f"],
)
def test_results_that_take_no_more_on_the_way(
    own: Path, size: str, within: tuple[str, ...], reason: str
) -> None:
    with mounted(quick(own) / "results", f"size={size}"):
        refused(start(own, "matrix", within=within), f"results cannot be kept: {reason}", ROOM)
        (record,) = (own / "results").glob("*/run.json")
        kept = json.loads(record.read_text(encoding="utf-8"))
        assert (kept["status"], kept["variants"][0]["status"]) == ("interrupted", "skipped")
        assert list((own / "results").rglob("*.tmp")) == []


def test_results_that_are_a_file(own: Path) -> None:
    (tiny(own) / "results").write_text("a file")
    refused(start(own, "smoke"), "results cannot be kept: Not a directory", ROOM)


def test_a_checkout_that_cannot_be_written(own: Path, tmp_path: Path) -> None:
    with read_only(tiny(own)):
        refused(start(own, "smoke"), "results cannot be kept: Read-only file system", ROOM)
        elsewhere = {"INVOKE_IMAGEMATRIX_RESULTS": str(tmp_path / "elsewhere")}
        passed(start(own, "smoke", environment=elsewhere))
    assert len(list((tmp_path / "elsewhere").glob("*/run.json"))) == 1


AGAIN: Final = "next: make room, make that folder writable, or remove it: all in it is made again"


def test_a_cache_that_cannot_be_written(own: Path, engine: Engine, places: Places, tmp_path: Path) -> None:
    environment = beside(engine, places, tmp_path / "xdg")
    with read_only(tmp_path / "xdg"):
        done = start(quick(own), "matrix", environment=environment)
    refused(done, "/imagematrix/scratch: the cache cannot be written: Read-only file system", AGAIN)


def test_a_cache_that_is_full(own: Path, engine: Engine, places: Places, tmp_path: Path) -> None:
    with mounted(tmp_path / "xdg", "size=24k"):
        environment = beside(engine, places, tmp_path / "xdg")
        done = start(quick(own), "matrix", environment=environment)
        assert list((tmp_path / "xdg").rglob("*.tmp")) == []
    refused(done, "/imagematrix/walks: the cache cannot be written: No space left on device", AGAIN)


def test_a_cache_that_is_a_file(own: Path, engine: Engine, places: Places, tmp_path: Path) -> None:
    environment = beside(engine, places, tmp_path / "xdg")
    shutil.rmtree(tmp_path / "xdg" / "imagematrix")
    (tmp_path / "xdg" / "imagematrix").write_text("a file")
    done = start(quick(own), "matrix", environment=environment)
    refused(done, "/imagematrix/", "the cache cannot be written: Not a directory")


def test_a_home_of_the_cache_that_is_a_file(own: Path, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {**dict(engine.env), "XDG_CACHE_HOME": str(tmp_path / "file")}
    refused(start(tiny(own), "smoke", environment=environment), "cannot be written: Not a directory")
    assert "XDG_CACHE_HOME" in start(own, "doctor", environment=environment).out


@pytest.fixture(scope="module")
def warm(engine: Engine, places: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """A checkout whose image is in the cache of its own, in all ways; and what is told of it."""
    top = tmp_path_factory.mktemp("warm")
    environment = beside(engine, places, top / "xdg")
    folder = quick(top / "checkout")
    told = [told_of(start(folder, "matrix", "--json", *deep, environment=environment)) for deep in WAYS]
    shutil.copytree(top / "xdg", top / "kept", symlinks=True)
    yield Warm(folder, environment, top, told)
    emptied(folder, engine)


WAYS: Final = (("--deep",), ())  # in this order: without it, what was read with it is known


class Warm:
    def __init__(self, folder: Path, environment: dict[str, str], top: Path, told: list[Any]) -> None:
        self.folder = folder
        self.environment = environment
        self.told = told
        self._top = top

    def again(self, *deep: str) -> Done:
        return start(self.folder, "matrix", "--json", *deep, environment=self.environment)

    def kept(self) -> list[Path]:
        """Every file of the cache that is ours, as it was before anything was done to it."""
        shutil.rmtree(self._top / "xdg")
        shutil.copytree(self._top / "kept", self._top / "xdg", symlinks=True)
        own = self._top / "xdg" / "imagematrix"
        return [
            path
            for path in own.rglob("*")
            if path.is_file() and path.relative_to(own).parts[0] not in ("engine", "buildx")
        ]

    @property
    def buildx(self) -> Path:
        return self._top / "xdg" / "imagematrix" / "buildx"


def told_of(done: Done) -> Any:
    """All that is measured, but for times."""
    passed(done)
    (variant,) = done.record["variants"]
    return {name: value for name, value in figures(variant).items() if not name.endswith("_seconds")}


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for at in range(len(raw) // 2, len(raw), 512):
        raw[at] ^= 0x55
    path.write_bytes(raw)


def put(raw: bytes) -> Callable[[Path], object]:
    """As a layer's file is: packed; all others are as they are."""
    return lambda path: path.write_bytes(zlib.compress(raw) if path.suffix == ".layer" else raw)


DAMAGES: Final = {
    "truncated": halve,
    "a bit here and there": flip,
    "empty": lambda path: path.write_bytes(b""),
    "no text": lambda path: path.write_bytes(bytes(range(256)) * 16),
    "other JSON": put(b'{"version": 2, "paths": {"a": 1}, "measurements": 3, "findings": {}}'),
    "nested too deep": put(b"[" * 100_000),
}


@pytest.mark.parametrize("damage", list(DAMAGES)[: count(3, len(DAMAGES))])
def test_what_is_damaged_in_the_cache_is_made_again(warm: Warm, damage: str) -> None:
    for path in warm.kept():
        DAMAGES[damage](path)
    assert [told_of(warm.again(*deep)) for deep in WAYS] == warm.told


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("deep", "says"),
    [
        ((), ("/imagematrix/walks: the cache cannot be written: ", AGAIN)),
        (("--deep",), ("/imagematrix/layers: what was read of a layer cannot be kept: ", "in the way")),
    ],
    ids=["walks", "layers"],
)
@pytest.mark.parametrize(
    ("put_there", "reason"),
    [(a_folder, "Is a directory"), (a_loop, "Too many levels of symbolic links")],
    ids=["folder", "loop"],
)
def test_what_is_in_the_way_in_the_cache_is_told(
    warm: Warm,
    put_there: Callable[[Path], None],
    reason: str,
    deep: tuple[str, ...],
    says: tuple[str, str],
) -> None:
    for path in warm.kept():
        put_there(path)
    refused(warm.again(*deep), says[0] + reason, says[1])


def test_what_is_damaged_of_buildxs_own_is_told_where_it_is(warm: Warm) -> None:
    warm.kept()
    for path in (warm.buildx / "activity").iterdir():
        path.write_text("yesterday")
    done = warm.again()
    (variant,) = done.record["variants"]
    assert done.code == 1
    assert variant["reason"].startswith("build: parsing time ")
    hint = f"(before any step: should what buildx keeps in {warm.buildx} be damaged, remove that folder)"
    assert hint in variant["reason"]
    shutil.rmtree(warm.buildx)
    passed(warm.again())


@pytest.mark.parametrize(
    ("raw", "error", "says"),
    [
        (b"\x7fELF" + bytes(4096), EngineError, "buildx cannot be started: Exec format error"),
        (b"", EngineError, "buildx cannot be started: Exec format error"),
        (b"#!/bin/sh\nkill -SEGV $$\n", StepError, "buildx ended with exit code -11"),
    ],
    ids=["torn", "empty", "crashes"],
)
def test_a_buildx_that_is_damaged(
    engine: Engine, own: Path, tmp_path: Path, raw: bytes, error: type[Exception], says: str
) -> None:
    program = tmp_path / "docker-buildx"
    program.write_bytes(raw)
    program.chmod(0o755)
    tiny(own)
    with pytest.raises(error, match=says) as caught:
        build(
            replace(engine, buildx=(str(program),)),
            context=own / "app",
            dockerfile=own / "Dockerfile",
            tags=("imagematrix.local/never:1",),
            log=tmp_path / "log",
            cache=tmp_path / "cache",
        )
    if isinstance(caught.value, EngineError):
        assert caught.value.where == str(program)
        assert "remove its folder there" in caught.value.next_step
    assert list((tmp_path / "cache" / "scratch").iterdir()) == []


def test_a_clock_that_was_set_back_leaves_the_last_run_the_newest(own: Path) -> None:
    passed(start(tiny(own), "smoke"))
    (before,) = (own / "results").glob("*/run.json")
    future = f"2999{before.parent.name[4:]}"
    before.parent.rename(own / "results" / future)
    record = own / "results" / future / "run.json"
    record.write_text(record.read_text(encoding="utf-8").replace(before.parent.name, future), "utf-8")
    done = start(own, "smoke")
    passed(done)
    assert f"the clock stands before the newest run, {future}: this one is named 2999" in done.err
    listed = invoke(own, "runs", "--json").record
    newest = max(listed, key=lambda run: str(run["id"]))
    assert newest["id"] > future
    kept = json.loads((own / "results" / newest["id"] / "run.json").read_text(encoding="utf-8"))
    assert kept["started_at"] < "2999"  # the name comes after; the time is what the clock said
    assert kept["status"] == "passed"


@pytest.mark.parametrize("kind", ["missing", "a file", "ro", "size=4k"])
def test_without_a_folder_for_temporary_files(app: Path, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "tmp"
    if kind == "missing":
        passed(start(app, "build", environment={"TMPDIR": str(place)}))
    elif kind == "a file":
        place.write_text("")
        passed(start(app, "build", environment={"TMPDIR": str(place)}))
    else:
        with mounted(place, kind):
            if kind != "ro":
                (place / "fills it").write_bytes(bytes(4096))
            passed(start(app, "build", environment={"TMPDIR": str(place)}))
            assert [path.name for path in place.iterdir()] == ([] if kind == "ro" else ["fills it"])


@pytest.mark.parametrize("most", [8, 16])  # it ends in the build, and while a container runs
def test_too_few_files_that_may_be_open(app: Path, most: int) -> None:
    done = start(app, "matrix", "--fresh", within=("prlimit", f"--nofile={most}"))
    refused(done, "no more files may be opened: Too many open files", "next: raise the limit (`ulimit -n")


def test_few_files_that_may_be_open_are_enough(app: Path) -> None:
    passed(start(app, "smoke", "--jobs", "4", within=("prlimit", "--nofile=40")))


C_LOCALE: Final = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
GREETING: Final = "gr\u00fc\u00dfe \u2603"
NOT_UTF_8: Final = "\udcff\udcfe"  # bytes, as Python has them in a name


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        (GREETING, C_LOCALE),
        (NOT_UTF_8, C_LOCALE),
        (NOT_UTF_8, {}),
        (GREETING, {"PYTHONIOENCODING": "latin-1"}),
    ],
    ids=["C", "C, no UTF-8", "no UTF-8", "latin-1"],
)
def test_a_folder_whose_name_the_locale_does_not_know(
    tmp_path: Path, engine: Engine, name: str, environment: dict[str, str]
) -> None:
    folder = tiny(tmp_path / name)
    done = start(folder, "build", "--json", environment=environment)
    passed(done)
    assert done.record["status"] == "passed"
    emptied(folder, engine)


def test_what_the_locale_has_no_letters_for_is_escaped(own: Path) -> None:
    index = f"require('http').createServer((q, r) => r.end('{GREETING}')).listen(3000)"
    done = start(tiny(own, index=index), "smoke", environment=C_LOCALE)
    assert done.code == 1
    assert "got 200 with body 'gr\\xfc\\xdfe \\u2603'" in done.out
    assert done.out.isascii()
    assert done.err.isascii()


@pytest.mark.parametrize(
    "redirected",
    ["<&-", "2>/dev/full", "2>&-", "2> >(true)", "> >(head -c 1)"],
    ids=["no input", "messages on a full disk", "no messages", "nobody reads messages", "nobody reads on"],
)
def test_a_run_goes_on_without_a_place_for_what_is_not_the_result(app: Path, redirected: str) -> None:
    before = set((app / "results").glob("*"))
    done = start(app, "build", "--json", redirected=redirected)
    passed(done)
    if not redirected.startswith(">"):
        assert done.record["status"] == "passed"  # the record, and nothing but the record
    (record,) = set((app / "results").glob("*")) - before
    assert json.loads((record / "run.json").read_text(encoding="utf-8"))["status"] == "passed"


@pytest.mark.parametrize(
    ("redirected", "reason"),
    [(">&-", "it is closed"), (">/dev/full", "No space left on device")],
    ids=["closed", "full"],
)
def test_a_result_that_nobody_takes_is_told(app: Path, redirected: str, reason: str) -> None:
    done = start(app, "list", redirected=redirected)
    refused(done, f"standard output cannot be written: {reason}\n  next: see where it is sent to")


@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&-", ">&- 2>&-"])
def test_an_error_that_nobody_hears_keeps_its_exit_code(app: Path, redirected: str) -> None:
    done = start(app, "smoke", "--variant", "none", redirected=redirected)
    assert (done.code, done.out, done.err) == (2, "", "")


def test_without_a_terminal_of_its_own(app: Path) -> None:
    passed(start(app, "build", within=("setsid", "--wait")))


ON_A_TERMINAL: Final = (
    *(
        sys.executable,
        "-c",
        "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))",
    ),
)


@pytest.mark.parametrize("columns", ["20", "1", "0", "many"])
def test_a_terminal_of_few_columns(app: Path, columns: str) -> None:
    environment = {"COLUMNS": columns, "NO_COLOR": "1"}
    done = start(app, "list", environment=environment, within=ON_A_TERMINAL)
    passed(done)
    assert "".join(done.out.split()).count("node:24-alpine" if columns in ("0", "many") else "") >= 1
    if columns in ("20", "1"):
        assert max(map(len, done.out.splitlines())) <= int(columns)


@pytest.mark.parametrize("home", ["", "/nonexistent"])
def test_without_a_home(app: Path, home: str) -> None:
    passed(start(app, "build", environment={"HOME": home} if home else {}, without=() if home else ("HOME",)))


NOBODY: Final = ("setpriv", "--reuid=54321", "--clear-groups")  # a user that this machine does not know


def test_a_user_without_a_name_or_a_home(app: Path, tmp_path: Path) -> None:
    for folder in (app, *app.parents):
        if folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o055)
    results = {"INVOKE_IMAGEMATRIX_RESULTS": str(tmp_path)}
    nowhere = ["HOME", "XDG_CACHE_HOME", "DOCKER_HOST", "DOCKER_CONFIG"]
    passed(start(app, "list", within=NOBODY, without=nowhere))
    done = start(app, "smoke", within=NOBODY, without=nowhere, environment=results)
    refused(done, "this machine does not allow one of our own (root: user id 54321)", "next: start Docker")


def test_without_a_path(app: Path) -> None:
    passed(start(app, "build", environment={"PATH": ""}))
