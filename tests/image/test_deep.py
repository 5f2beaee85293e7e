from __future__ import annotations

import bz2
import gzip
import lzma
import threading
from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from imagematrix.errors import InputError, Interrupted, StepError
from imagematrix.image import deep
from imagematrix.image.deep import Layers, read_archive, read_layers
from imagematrix.image.files import Compressed
from imagematrix.image.merge import merge
from imagematrix.image.source import Blob
from imagematrix.image.tar import Tar
from imagematrix.model import EngineImage
from tests.image import exports
from tests.image.test_export import CONFIG, DIFFS, LAYERS, LAYOUTS, Counting

OTHER = [LAYERS[0], exports.layer("other")]
OTHER_DIFFS = [exports.diff_id(layer) for layer in OTHER]
IMAGES = {"one": DIFFS, "other": OTHER_DIFFS}


class Loose(Counting):
    """Of a sample that turned out to tell too little."""

    def result(self) -> Compressed:
        counted = super().result().bytes
        return Compressed(counted, counted // 20)


def archive(
    path: Path,
    cache: Path,
    notes: list[str] | None = None,
    stop: threading.Event | None = None,
    compressing: type[Counting] = Counting,
) -> tuple[tuple[EngineImage, ...], Layers]:
    return read_archive(
        path,
        cache=cache,
        compressing=compressing,
        exact_sizes=False,
        on_progress=(notes if notes is not None else []).append,
        stop=stop or threading.Event(),
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, exports.zstd.compress, lzma.compress, bz2.compress],
    ids=lambda pack: pack.__name__,
)
def test_an_archive_is_an_image_with_its_layers(
    tmp_path: Path, layout: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "image.archive"
    path.write_bytes(pack(LAYOUTS[layout]))
    (image,), layers = archive(path, tmp_path / "cache")
    assert image.ref == ("localhost/x:1" if layout == "podman" else "image.archive")
    assert [layer.diff_id for layer in image.layers] == DIFFS
    assert (image.unpacked_bytes, image.engine_bytes) == (2000, None)
    assert image.layers[1].created_by == "COPY . ."
    view = merge(layers.of(image))
    assert {"/etc/file", "/etc/hard", "/etc/soft"} <= set(view.entries)
    assert view.visible_bytes == 1000


def test_a_folder_in_oci_layout_is_an_image_too(tmp_path: Path) -> None:
    for name, content in exports.oci(LAYERS, CONFIG, name="24-slim").items():
        (tmp_path / "layout" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "layout" / name).write_bytes(content)
    (image,), layers = archive(tmp_path / "layout", tmp_path / "cache")
    assert (image.ref, image.unpacked_bytes, len(layers.of(image))) == ("24-slim", 2000, 3)


def test_what_an_archive_held_before_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(LAYOUTS["since-25"])
    first = archive(path, tmp_path / "cache")
    notes: list[str] = []
    second = archive(path, tmp_path / "cache", notes)
    assert sorted(first[1].read) == sorted(DIFFS)
    assert (second[0], second[1].files, second[1].read, notes) == (first[0], first[1].files, (), [])


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "it is empty"),
        (b"hello " * 1000, "cannot be used: it is no tar archive, compressed or not"),
        (gzip.compress(b"hello " * 1000, mtime=0), "cannot be used: it is no tar archive, compressed or not"),
        (exports.layer(), "no image archive"),
        (LAYOUTS["since-25"][:3000], "cut off"),
        (gzip.compress(LAYOUTS["since-25"], mtime=0)[:300], "gzip compression is cut off"),
        (exports.since_25(LAYERS[:2], CONFIG), f"it lacks 1 layer, .*: {DIFFS[2]}"),
        (LAYOUTS["since-25"].replace(LAYERS[0], exports.layer("c")), f"or has other bytes.*: {DIFFS[0]}"),
    ],
)
def test_a_file_that_is_no_whole_image_is_refused_by_name(tmp_path: Path, raw: bytes, why: str) -> None:
    (tmp_path / "image.tar").write_bytes(raw)
    with pytest.raises(InputError, match=why) as caught:
        archive(tmp_path / "image.tar", tmp_path / "cache")
    assert caught.value.where == str(tmp_path / "image.tar")


def test_a_request_to_stop_ends_it(tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_bytes(LAYOUTS["since-25"])
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        archive(tmp_path / "image.tar", tmp_path / "cache", stop=stop)


class _Engine:
    """Stands in for an engine at the place where its export begins; the stream itself is in test_source."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, exported: Callable[[list[str]], bytes]) -> None:
        self.asked: list[list[str]] = []

        def blobs(client: object, refs: list[str], stop: object) -> object:
            assert (client, stop) == (self.client, self.stop)
            if self.meet:
                self.meet.wait(timeout=20)
            self.asked.append(list(refs))
            tar = Tar([exported(refs)])
            return (Blob(m.name, m.bytes, tar.content()) for m in tar.members() if m.kind == b"0")

        monkeypatch.setattr(deep, "engine_blobs", blobs)
        self.meet: threading.Barrier | None = None
        self.client = docker.DockerClient(base_url="unix:///nowhere", version="1.42")
        self.stop = threading.Event()
        self.notes: list[str] = []

    def read(
        self,
        cache: Path,
        images: dict[str, list[str]],
        *,
        exact_sizes: bool = False,
        compressing: type[Counting] = Counting,
    ) -> Layers:
        return read_layers(
            lambda: self.client,
            images,
            cache=cache,
            compressing=compressing,
            exact_sizes=exact_sizes,
            on_progress=self.notes.append,
            stop=self.stop,
        )


def both(_: list[str]) -> bytes:
    return exports.since_25([*LAYERS, OTHER[1]], CONFIG)


def test_shared_layers_of_several_images_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _Engine(monkeypatch, both)
    layers = engine.read(tmp_path, IMAGES)
    assert engine.asked == [["one", "other"]]
    assert sorted(layers.read) == sorted({*DIFFS, *OTHER_DIFFS})
    assert set(layers.files) == {*DIFFS, *OTHER_DIFFS}


def test_images_that_share_nothing_new_are_exported_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = [exports.layer("apart")]
    diffs = [exports.diff_id(apart[0])]
    engine = _Engine(
        monkeypatch, lambda refs: exports.since_25(apart, CONFIG) if refs == ["apart"] else both(refs)
    )
    engine.meet = threading.Barrier(2)  # broken, and so an error, where one waits for the other
    layers = engine.read(tmp_path, {**IMAGES, "apart": diffs})
    assert sorted(engine.asked) == [["apart"], ["one", "other"]]
    assert set(layers.files) == {*DIFFS, *OTHER_DIFFS, *diffs}


def test_a_second_time_the_engine_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _Engine(monkeypatch, both)
    first = engine.read(tmp_path, IMAGES)
    second = engine.read(tmp_path, IMAGES)
    assert (second.files, second.read) == (first.files, ())
    assert len(engine.asked) == 1


def test_only_images_with_something_new_are_asked_for_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _Engine(monkeypatch, both)
    engine.read(tmp_path, {"one": DIFFS})
    engine.notes.clear()
    layers = engine.read(tmp_path, IMAGES)
    assert engine.asked == [["one"], ["other"]]
    assert layers.read == (OTHER_DIFFS[1],)
    short = OTHER_DIFFS[1].removeprefix("sha256:")[:12]
    assert layers.told == f"1 read, not read before ({short}); {len(layers.files) - 1} known from before"
    assert engine.notes == [
        f"reading 1 layer not read before ({OTHER_DIFFS[1].removeprefix('sha256:')[:12]}), 3 known; "
        "the engine packs other",
        f"read layer {OTHER_DIFFS[1].removeprefix('sha256:')[:12]}: 5 entries",
    ]


def test_an_image_whose_layers_all_come_with_another_is_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _Engine(monkeypatch, both)
    engine.read(tmp_path, {"base": DIFFS[:1], "one": DIFFS})
    assert engine.asked == [["one"]]


def test_exact_sizes_are_read_where_only_estimates_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _Engine(monkeypatch, both)
    engine.read(tmp_path, {"one": DIFFS})
    assert sorted(engine.read(tmp_path, {"one": DIFFS}, exact_sizes=True).read) == sorted(DIFFS)


def test_a_layer_of_which_a_sample_tells_too_little_is_compressed_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _Engine(monkeypatch, both)
    layers = engine.read(tmp_path / "cache", {"one": DIFFS}, compressing=Loose)
    assert engine.asked == [["one"], ["one"]]
    assert any("a sample tells too little" in note for note in engine.notes)
    assert sorted(layers.read) == sorted(DIFFS)
    assert all(layers.files[diff].compressed.whole for diff in DIFFS)
    # And that is what is kept.
    assert engine.read(tmp_path / "cache", {"one": DIFFS}, compressing=Loose).read == ()

    (tmp_path / "image.tar").write_bytes(LAYOUTS["since-25"])
    _, found = archive(tmp_path / "image.tar", tmp_path / "other", compressing=Loose)
    assert [found.files[diff].compressed for diff in DIFFS] == [
        layers.files[diff].compressed for diff in DIFFS
    ]


def test_an_export_that_lacks_a_layer_fails_the_variants_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _Engine(monkeypatch, lambda _: LAYOUTS["since-25"])
    with pytest.raises(StepError, match=f"export of .*other: it lacks 1 layer, .*: {OTHER_DIFFS[1]}"):
        engine.read(tmp_path, IMAGES)


def test_what_an_export_tells_of_one_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _Engine(monkeypatch, lambda _: LAYOUTS["containerd-store"])
    told = deep.read_exported(engine.client, "one", DIFFS, cache=tmp_path, stop=engine.stop)
    assert told.config_digest == exports.diff_id(CONFIG)
    assert told.layer_bytes == tuple(zip(DIFFS, (1000, 1000, 0), strict=True))
    assert [(x.created_by, x.bytes) for x in told.history] == [
        ("ADD rootfs", 1000),
        ("COPY . .", 1000),
        ("WORKDIR /app", 0),
    ]


def test_of_an_export_without_the_image_that_was_asked_for_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _Engine(monkeypatch, lambda _: LAYOUTS["since-25"])
    with pytest.raises(StepError, match="is not in it"):
        deep.read_exported(engine.client, "other", OTHER_DIFFS, cache=tmp_path, stop=engine.stop)
