"""Records that mean harm, or that time has worn, read by the very commands that a user gives."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from imagematrix import record, settings
from imagematrix.commands.bundle import bundle
from imagematrix.commands.outcome import Show
from imagematrix.commands.report import report
from imagematrix.model import Status
from imagematrix.report.console import Look
from imagematrix.report.formats import FORMATS
from imagematrix.report.progress import PlainProgress
from tests import made
from tests.commands.reading import READING, Command
from tests.hostile import jsons, tars
from tests.hostile.bounds import SECONDS, refused
from tests.hostile.test_archives import measured
from tests.hostile.tried import kept, tried
from tests.image import exports, test_elf
from tests.report.page import made_report
from tests.soak import count

pytestmark = pytest.mark.filterwarnings(
    "ignore:Generating overly large repr"
)  # a failure shows it, all the same

OLD: Final = "20260101T000000Z-aaaaaa"
NEW: Final = "20260102T000000Z-bbbbbb"


class Sound(dict[str, Any]):
    """A whole record; a test that fails need not show it."""

    def __repr__(self) -> str:
        return "a sound record"


def _image(folder: Path) -> dict[str, Any]:
    """What is measured of an image that has something for every reader."""
    package = {"name": "x", "version": "1.0.0", "dev": True}
    layers = [
        exports.tar(
            exports.file("etc/os-release", b'PRETTY_NAME="Debian 13"\nID=debian\nVERSION_ID=13\n'),
            exports.file(
                "var/lib/dpkg/status", b"Package: libc6\nStatus: install ok installed\nVersion: 2.41\n"
            ),
            exports.file("lib/x86_64-linux-gnu/libc.so.6", 100, mode=0o755),
            exports.file("bin/sh", 100, mode=0o4755),
            exports.file("usr/local/bin/node", 1000, mode=0o755),
            exports.file("app/package.json", json.dumps({"dependencies": {"x": "1"}}).encode()),
            exports.file("app/node_modules/x/package.json", json.dumps(package).encode()),
            exports.file(
                "app/node_modules/x/build/Release/x.node", test_elf.made(needed=("libc.musl-x86_64.so.1",))
            ),
            exports.file("app/.env", 10),
        ),
        exports.tar(exports.file("app/.wh..env"), exports.file("app/README.md~", 20)),
    ]
    config = exports.config(layers, [("ADD x /", False), ("COPY . .", False)])
    (folder / "image.tar").write_bytes(exports.since_25(layers, config))
    (told,) = json.loads(measured(folder / "image.tar", folder))
    found: dict[str, Any] = told
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all documents, with results in it: a sound run, and the one that is to be read."""
    folder = tmp_path_factory.mktemp("hostile")
    for name in (OLD, NEW):
        (folder / "results" / name).mkdir(parents=True)
    (folder / "results" / OLD / "run.json").write_bytes(text(sound(folder, OLD)))
    return folder


def sound(folder: Path, name: str) -> dict[str, Any]:
    """A record with something for every format: an image measured deep, a variant that was started, one that failed."""
    run = made.run(
        made_report.variant("alpine"),
        made_report.variant("slim"),
        replace(made.result("broken"), status=Status.FAILED, reason="smoke: no", image=None, smoke=None),
    )
    told = record.to_json(
        replace(run, id=name, tag="nightly", started_at=f"{name[:4]}-{name[4:6]}-{name[6:8]}T00:00:00Z")
    )
    deep = _image(folder)
    variant = told["variants"][0]
    variant["image"] = deep["image"]
    names = {figure["name"] for figure in deep["measurements"]}
    started = [figure for figure in variant["measurements"] if figure["name"] not in names]
    variant["measurements"] = [*deep["measurements"], *started]
    variant["findings"] += deep["findings"]
    return told


def text(told: object) -> bytes:
    """As the archive writes it."""
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


COMMANDS: Final[dict[str, tuple[Command, dict[str, object]]]] = {
    **READING,
    "bundle": (bundle, {"output": "out/"}),
    "by tag": (report, {"run": "nightly"}),
    **{name: (report, {"format": name, "output": f"out/{name}"}) for name in FORMATS},
}


def done(folder: Path, name: str, *, as_json: bool = False, seconds: float = SECONDS, **more: object) -> str:
    """One command over the results: its output, or the message of its refusal."""
    command, flags = COMMANDS[name]
    given = {**flags, "file": str(folder / "variants.yml"), **more}
    if "output" in flags and "output" not in more:
        given["output"] = f"{folder}/{flags['output']}"
    resolved = settings.resolve({}, given, {"XDG_CACHE_HOME": str(folder / "cache")})
    look = Look(width=100, color=False)
    progress = PlainProgress(Console(file=io.StringIO(), width=100))
    show = Show(look=look, json=as_json, dry=False, progress=lambda: progress)
    told: list[str] = []
    return (
        refused(lambda: told.append(command(resolved, show).text), folder=folder, seconds=seconds)
        or told[0]
        or "done"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_the_record_that_all_others_are_made_of_is_sound(folder: Path, name: str) -> None:
    (folder / "results" / NEW / "run.json").write_bytes(text(sound(folder, NEW)))
    assert "not a record" not in done(folder, name)
    assert "not a record" not in done(folder, "csv", run=NEW)


@pytest.fixture(scope="module")
def record_of(folder: Path) -> Sound:
    return Sound(sound(folder, NEW))


@tried(120, 2000)
@given(data=st.data(), name=st.sampled_from(sorted(COMMANDS)), as_json=st.booleans())
def test_a_record_of_ours_is_read_or_set_aside(
    folder: Path, record_of: Sound, data: st.DataObject, name: str, as_json: bool
) -> None:
    raw = data.draw(jsons.texts(record_of, 3, indent=data.draw(st.sampled_from([2, None]))))
    (folder / "results" / NEW / "run.json").write_bytes(raw)
    assert done(folder, name, as_json=as_json)


@tried(60, 1000)
@given(data=st.data(), name=st.sampled_from(sorted({"compare", "findings", "recommend", *FORMATS})))
def test_a_record_from_elsewhere_is_read_or_refused(
    folder: Path, record_of: Sound, data: st.DataObject, name: str
) -> None:
    path = folder / "foreign.json"
    path.write_bytes(data.draw(jsons.texts(record_of, 2)))
    named: dict[str, Any] = {"old": OLD, "new": str(path)} if name == "compare" else {"run": str(path)}
    assert done(folder, name, **named)


# How a bundle from elsewhere is named to each command that takes one.
BUNDLED: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "compare": lambda path: {"old": OLD, "new": path},
    "compare in Markdown": lambda path: {"old": path, "new": path},
    "bundle": lambda path: {"verify": path, "output": ""},
    **{name: lambda path: {"run": path} for name in ("findings", "recommend", "choose", *FORMATS)},
}


def bundled(folder: Path, raw: bytes) -> Path:
    """The record in a bundle with its right sum, and that of a file which is not there."""
    sums = f"{hashlib.sha256(raw).hexdigest()}  run.json\n{'0' * 64}  \u202e\x1b[31mlost\n"
    files = {"run.json": raw, "SHA256SUMS": sums.encode()}
    tar = b"".join(tars.member(f"imagematrix-{NEW}/{name}".encode(), told) for name, told in files.items())
    path = folder / "foreign.tar.gz"
    path.write_bytes(gzip.compress(tar + tars.END, 1, mtime=0))
    return path


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundle_that_is_sound_but_for_a_file_that_it_lists(
    folder: Path, record_of: Sound, name: str
) -> None:
    path = bundled(folder, text(record_of))
    said = done(folder, name, seconds=60, **BUNDLED[name](str(path)))  # Vega starts in it
    assert "no bundle" not in said
    assert ("not as it was packed" in said) == (name == "bundle")


@tried(80, 1000)
@given(data=st.data(), name=st.sampled_from(sorted(BUNDLED)), as_json=st.booleans())
def test_a_record_in_a_bundle_from_elsewhere_is_read_or_refused(
    folder: Path, record_of: Sound, data: st.DataObject, name: str, as_json: bool
) -> None:
    path = bundled(folder, data.draw(jsons.texts(record_of, 2)))
    assert done(folder, name, as_json=as_json, **BUNDLED[name](str(path)))


def test_half_of_the_changes_leave_a_record_that_is_read(record_of: Sound, folder: Path) -> None:
    """Else the two tests above would try refusals alone."""
    read = []

    @tried(60, 60)
    @given(raw=jsons.texts(record_of, 1))
    def one(raw: bytes) -> None:
        (folder / "foreign.json").write_bytes(raw)
        read.append("not a record" not in done(folder, "csv", run=str(folder / "foreign.json")))

    one()
    assert read.count(True) > 10


@pytest.mark.parametrize("path", kept("records"), ids=lambda path: path.name)
def test_what_once_did_harm_does_none(folder: Path, path: Path) -> None:
    (folder / "results" / NEW / "run.json").write_bytes(path.read_bytes())
    for name in COMMANDS:
        assert done(folder, name)


WRONG: Final[dict[str, tuple[str, object]]] = {
    "a text for a list": ("shells", "sh"),
    "a number for a text": ("libc", 0.5),
    "a text for a truth": ("os_past_end_of_life", "yes"),
    "a text for bytes": ("unpacked_bytes", "62 MB"),
    "half a byte": ("unpacked_bytes", 0.5),
    "no number": ("start_seconds", float("nan")),
    "a huge number": ("unpacked_bytes", 1 << 63),
    "a table of other columns": ("bytes_by_origin", {"columns": ["origin"], "rows": [["app"]]}),
    "a row that is too short": ("largest_files", {"columns": ["path", "bytes", "origin"], "rows": [["/a"]]}),
    "a text for bytes in a table": (
        "largest_files",
        {"columns": ["path", "bytes", "origin"], "rows": [["/a", "1", "app"]]},
    ),
    "half a surrogate pair": ("os", "\ud800"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_figure_of_another_kind_is_not_misread(folder: Path, record_of: Sound, wrong: str) -> None:
    name, value = WRONG[wrong]
    told = json.loads(json.dumps(record_of))
    figures = told["variants"][0]["measurements"]
    figure = next(each for each in figures if each["name"] == name and "value" in each)
    assert "not a record" not in done(folder, "csv", run=OLD)
    figure["value"] = value
    (folder / "results" / NEW / "run.json").write_text(json.dumps(told), "ascii")
    said = done(folder, "csv", run=NEW)
    assert "not a record that this version reads" in said
    assert name in said or "value of" in said


@pytest.mark.parametrize("value", [[1], ["a"], {"a": 1}, "text"], ids=["numbers", "words", "mapping", "text"])
def test_a_record_of_very_many_values_is_refused_in_time(folder: Path, value: object) -> None:
    told = sound(folder, NEW)
    rows = [value] * count(100_000, 2_000_000)
    table = {"columns": ["a"], "rows": rows}
    told["variants"][0]["measurements"].append(
        {"name": "x", "unit": "", "how": "exact", "reason": "x", "value": table}
    )
    path = folder / "many.json"
    path.write_text(json.dumps(told), "ascii")
    said = done(folder, "csv", run=str(path), seconds=count(10, 120))
    assert ("not a record" in said) == (value not in ([1], ["a"]))


@pytest.mark.parametrize("what", ["a folder", "a pipe", "a link to nothing", "a link to itself"])
def test_what_is_no_file_is_no_record(folder: Path, what: str) -> None:
    path = folder / "results" / NEW / "run.json"
    path.unlink()
    match what:
        case "a folder":
            path.mkdir()
        case "a pipe":
            os.mkfifo(path)
        case _:
            path.symlink_to(path if "itself" in what else folder / "nothing")
    try:
        for name in ("runs", "trend", "csv"):
            assert done(folder, name)
        assert "no run" in done(folder, "csv", run=NEW)
    finally:
        path.rmdir() if what == "a folder" else path.unlink()
        path.write_bytes(b"{}")
