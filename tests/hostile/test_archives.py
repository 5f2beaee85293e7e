"""Layers, image archives and bundles that mean harm, read by the very code that a user's command runs."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagematrix import record, settings
from imagematrix.archive import references, unbundle
from imagematrix.commands.bundle import bundle
from imagematrix.commands.images import some_images
from imagematrix.commands.outcome import Show
from imagematrix.image.files import LayerFiles
from imagematrix.image.merge import replay
from imagematrix.image.tar import FormatError
from imagematrix.report.console import Look
from imagematrix.report.progress import PlainProgress, stderr_console
from tests import made
from tests.hostile import jsons, tars
from tests.hostile.bounds import MEMORY_BYTES, SECONDS, bounds, refused
from tests.hostile.tried import kept, tried
from tests.image import exports

pytestmark = pytest.mark.filterwarnings(
    "ignore:Generating overly large repr"
)  # a failure shows it, all the same

RUN: Final = made.run()
FOLDER: Final = f"imagematrix-{RUN.id}"
RECORD: Final = json.dumps(record.to_json(RUN)).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all documents: hypothesis runs a test many times in one go."""
    return tmp_path_factory.mktemp("hostile")


def show(*, as_json: bool) -> Show:
    progress = PlainProgress(stderr_console(color=False))
    return Show(look=Look(width=100, color=False), json=as_json, dry=False, progress=lambda: progress)


def measured(
    path: Path,
    folder: Path,
    *,
    as_json: bool = True,
    seconds: float = SECONDS,
    memory_bytes: int = MEMORY_BYTES,
) -> str:
    """`invoke matrix --image-archive PATH`: its output, or the message of its refusal."""
    resolved = settings.resolve({}, {"image_archive": [str(path)], "cache": str(folder / "cache")}, {})
    told: list[str] = []

    def read() -> None:
        told.append(some_images(resolved, show(as_json=as_json)).text)

    return refused(read, folder=folder, seconds=seconds, memory_bytes=memory_bytes) or told[0]


@tried(120, 2500)
@given(raws=st.lists(tars.archives(), min_size=1, max_size=3))
def test_a_layer_is_read_or_refused_and_what_is_read_adds_up(folder: Path, raws: list[bytes]) -> None:
    layers: list[LayerFiles] = []
    refusals: list[str] = []
    with bounds(folder):
        for raw in raws:
            try:
                layers.append(exports.read(raw))
            except FormatError as refusal:
                refusals.append(str(refusal))
        merged = replay(layers)
    assert all(refusal.isprintable() for refusal in refusals)
    visible = merged.files.visible_bytes
    wasted = sum(lost.bytes for lost in merged.lost)
    assert visible + wasted == sum(each.content_bytes for each in layers)
    for entry in merged.files.entries.values():
        assert entry.path.startswith("/")
        assert not {"", ".", ".."}.intersection(entry.path.split("/")[1:])
        assert entry.path.rpartition("/")[0] in {"", *merged.files.entries}


_CONFIG: Final = {
    "architecture": "amd64",
    "rootfs": {"type": "layers", "diff_ids": []},
    "history": [{"created_by": "ADD x /"}, {"created_by": "ENV a", "empty_layer": True}],
    "config": {
        "User": "node",
        "Entrypoint": ["node"],
        "Cmd": ["app.js"],
        "Env": ["PATH=/usr/bin:/bin", "NODE_VERSION=24.1.0", "LD_LIBRARY_PATH=/a:/b"],
        "WorkingDir": "/app",
        "Healthcheck": {"Test": ["CMD-SHELL", "curl -f http://localhost || exit 1"]},
    },
}


@st.composite
def saved(draw: st.DrawFn) -> bytes:
    """An image archive: layers that mean harm in a sound one, or sound layers in one that means harm."""
    layers = draw(st.lists(st.one_of(tars.archives(), st.just(exports.layer())), max_size=3))
    config = json.loads(json.dumps(_CONFIG))
    config["rootfs"]["diff_ids"] = [exports.diff_id(raw) for raw in layers]
    config["history"] += [{"created_by": "RUN x"}] * (len(layers) - 1)
    honest = draw(st.booleans())
    text = json.dumps(config).encode() if honest else draw(jsons.texts(config))
    match draw(st.sampled_from(["since-25", "containerd", "before-25", "podman", "oci", "files"])):
        case "since-25":
            raw = exports.since_25(layers, text)
        case "containerd":
            raw = exports.since_25(layers, text, compressed=True)
        case "before-25":
            raw = exports.before_25(layers, text)
        case "podman":
            raw = exports.podman(layers, text)
        case "oci":
            raw = exports.outer(exports.oci(layers, text, name="x:1"))
        case _:
            raw = exports.outer(_changed(draw, layers, text))
    if draw(st.integers(0, 9)) == 0:
        raw = draw(tars.broken(st.just(raw)))
    way: str = draw(st.sampled_from(["plain", "plain", "gzip", "several", "zstd", "bzip2"]))
    return tars.PACKED[way](raw)


def _changed(draw: st.DrawFn, layers: Sequence[bytes], config: bytes) -> dict[str, bytes]:
    """The files of an archive, their own documents changed too, and some under other names."""
    packed = [tars.PACKED[draw(st.sampled_from(sorted(tars.PACKED)))](raw) for raw in layers]
    digests = [hashlib.sha256(raw).hexdigest() for raw in (*packed, config)]
    names = [f"blobs/sha256/{digest}" for digest in digests]
    manifest = [{"Config": names[-1], "RepoTags": ["x:1"], "Layers": names[:-1]}]
    told = {"config": {"digest": f"sha256:{digests[-1]}"}, "layers": []}
    inner = draw(jsons.texts(told, 1))
    inner_digest = hashlib.sha256(inner).hexdigest()
    top = {
        "manifests": [
            {"digest": f"sha256:{inner_digest}", "annotations": {"org.opencontainers.image.ref.name": "x"}},
            {"digest": f"sha256:{digests[-1]}", "platform": {"os": "linux"}},
        ]
    }
    files = dict(zip(names, (*packed, config), strict=True))
    files[f"blobs/sha256/{inner_digest}"] = inner
    files["index.json"] = draw(jsons.texts(top, 1))
    if draw(st.booleans()):
        files["manifest.json"] = draw(jsons.texts(manifest, 1))
    if draw(st.integers(0, 4)) == 0:
        name = draw(st.sampled_from(sorted(files)))
        files[
            draw(st.sampled_from(["../out", "/etc/x", "a//b/../manifest.json", "./index.json", "\x1b[2J"]))
        ] = files.pop(name)
    return files


@tried(120, 2500)
@given(raw=saved(), as_json=st.booleans())
def test_an_image_archive_is_measured_or_refused(folder: Path, raw: bytes, as_json: bool) -> None:
    path = folder / "image.tar"
    path.write_bytes(raw)
    told = measured(path, folder, as_json=as_json)
    assert told
    if as_json and told.startswith("["):
        json.loads(told).__len__()


@tried(40, 500)
@given(raw=tars.packed)
def test_any_archive_for_an_image_archive_is_refused_by_name(folder: Path, raw: bytes) -> None:
    path = folder / "image.tar"
    path.write_bytes(raw)
    assert "image archive cannot be used" in measured(path, folder)


@st.composite
def bundles(draw: st.DrawFn) -> bytes:
    """A bundle: its first files in order, its list of sums, and what does not belong there."""
    text = draw(st.one_of(st.just(RECORD), jsons.texts(json.loads(RECORD), 2)))
    parts = {"run.json": text, "logs/a.log": draw(tars.contents)}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in parts.items()).encode()
    raw = b"".join(tars.member(f"{FOLDER}/{name}".encode(), data) for name, data in parts.items())
    for _ in range(draw(st.integers(0, 3))):
        more = draw(
            st.one_of(
                st.builds(lambda name: f"{FOLDER}/".encode() + name, tars.names).map(tars.member),
                st.builds(tars.header, tars.names, kind=st.sampled_from(tars.KINDS), size=tars.numbers),
                tars.archives(),
            )
        )
        raw = raw + more if draw(st.booleans()) else more + raw
    raw += tars.member(
        f"{FOLDER}/SHA256SUMS".encode(), draw(st.one_of(st.just(sums), tars.broken(st.just(sums))))
    )
    raw += draw(st.sampled_from([tars.END, tars.END, b"", tars.END + b"x", bytes(10240)]))
    packed = gzip.compress(draw(tars.broken(st.just(raw))) if draw(st.booleans()) else raw, 1, mtime=0)
    return draw(st.one_of(st.just(packed), tars.broken(st.just(packed)), st.just(packed + b"\0" * 20)))


@tried(100, 1500)
@given(raw=bundles(), as_json=st.booleans())
def test_a_bundle_is_checked_or_refused(folder: Path, raw: bytes, as_json: bool) -> None:
    path = folder / "bundle.tar.gz"
    path.write_bytes(raw)
    resolved = settings.resolve({}, {"verify": str(path)}, {})
    refused(lambda: bundle(resolved, show(as_json=as_json)), folder=folder)
    refused(lambda: unbundle.read_record(path), folder=folder)
    refused(lambda: references.resolve(folder / "none", str(path)), folder=folder)


@pytest.mark.parametrize("path", kept("archives"), ids=lambda path: path.name)
def test_what_once_did_harm_does_none(folder: Path, path: Path) -> None:
    for as_json in (False, True):
        assert measured(path, folder, as_json=as_json)
    resolved = settings.resolve({}, {"verify": str(path)}, {})
    refused(lambda: bundle(resolved, show(as_json=True)), folder=folder)


def _blocks() -> bytes:
    """An archive that has one of each kind of member and header."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("n" * 300))
    return (
        tars.extended(tars.pax_record(b"path", b"p" * 600), kind=b"x")
        + tars.member(b"x", b"y" * 700)
        + tars.extended(tars.pax_record(b"comment", b"c"), kind=b"g")
        + tars.member(b"l", kind=b"2", link=b"x")
        + tars.member(b"h", kind=b"1", link=b"x")
        + tars.header(b"s", kind=b"S", size=3, magic=tars.GNU, tail=bytes(96) + b"\1" + tars.octal(9000, 12))
        + bytes(512)
        + tars.padded(b"abc")
        + out.getvalue()[:-10240].rstrip(b"\0")
        + tars.END
    )


@pytest.mark.parametrize("step", [512, 200])
def test_an_archive_that_is_cut_off_anywhere_is_refused(folder: Path, step: int) -> None:
    layer = _blocks()
    raw = exports.since_25([layer], exports.config([layer], [("ADD", False)]))
    path = folder / "cut.tar"
    ends = range(0, len(raw), step)
    for end in ends:
        path.write_bytes(raw[:end])
        told = measured(path, folder)
        assert "cannot be used" in told or end >= len(raw.rstrip(b"\0")), end
    assert told.startswith("["), "only blocks of zeros are missing now"
