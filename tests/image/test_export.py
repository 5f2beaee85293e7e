from __future__ import annotations

import gzip
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix.image.documents import images
from imagematrix.image.export import Export, Reading, read_export
from imagematrix.image.files import Compressed, LayerFiles
from imagematrix.image.source import Blob
from imagematrix.image.store import LayerStore
from imagematrix.image.tar import FormatError, Tar
from tests.image import exports

LAYERS = [exports.layer("a"), exports.layer("b"), exports.empty_layer()]
DIFFS = [exports.diff_id(layer) for layer in LAYERS]
CONFIG = exports.config(LAYERS, [("ADD rootfs", False), ("COPY . .", False), ("WORKDIR /app", False)])
LAYOUTS = {
    "since-25": exports.since_25(LAYERS, CONFIG),
    "containerd-store": exports.since_25(LAYERS, CONFIG, compressed=True),
    "before-25": exports.before_25(LAYERS, CONFIG),
    "podman": exports.podman(LAYERS, CONFIG),
    "oci": exports.outer(exports.oci(LAYERS, CONFIG)),
}


class Counting:
    """Stands in for what compresses: tells how many bytes of a layer went by."""

    fed: int = 0

    def __init__(self, _expected_bytes: int) -> None:
        self._bytes = 0

    def update(self, data: bytes | memoryview) -> None:
        self._bytes += len(data)
        Counting.fed += len(data)

    def result(self) -> Compressed:
        return Compressed(self._bytes, 1)


def reading(
    store: LayerStore,
    *,
    wanted: Collection[str] | None = None,
    trusted: bool = True,
    exact_sizes: bool = False,
    on_layer: Callable[[LayerFiles], None] = lambda _: None,
    most_bytes: int = 1 << 30,
) -> Reading:
    return Reading(
        store=store,
        compressing=Counting,
        exact_sizes=exact_sizes,
        trusted=trusted,
        most_bytes=most_bytes,
        wanted=wanted,
        on_layer=on_layer,
    )


def read(raw: bytes, how: Reading) -> Export:
    tar = Tar(exports.chunks(raw))
    return read_export((Blob(m.name, m.bytes, tar.content()) for m in tar.members() if m.kind == b"0"), how)


@pytest.fixture
def store(tmp_path: Path) -> LayerStore:
    return LayerStore(folder=tmp_path)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("trusted", [True, False])
def test_layers_are_known_by_their_diff_ids_in_every_layout(
    store: LayerStore, layout: str, trusted: bool
) -> None:
    export = read(LAYOUTS[layout], reading(store, trusted=trusted))
    assert {diff: export.layers[diff].content_bytes for diff in DIFFS} == dict(
        zip(DIFFS, (exports.LAYER_BYTES, exports.LAYER_BYTES, 0), strict=True)
    )
    assert [image.diff_ids for image in images(export.documents)] == [tuple(DIFFS)]
    assert sorted(export.read) == sorted(DIFFS)
    for diff in DIFFS:
        # What blob a layer is in is kept of an engine's export, and of no other.
        assert store.load(diff) == replace(export.layers[diff], packed=export.layers[diff].packed * trusted)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layer_that_is_kept_is_not_read_again(store: LayerStore, layout: str) -> None:
    first = read(LAYOUTS[layout], reading(store))
    seen: list[LayerFiles] = []
    again = read(LAYOUTS[layout], reading(store, on_layer=seen.append))
    assert again.layers == first.layers
    # Layouts that name their layers by no digest tell only afterwards which they were.
    assert len(again.read) == len(seen) == (len(DIFFS) if layout == "before-25" else 0)


def test_only_what_is_wanted_is_read(store: LayerStore) -> None:
    Counting.fed = 0
    export = read(LAYOUTS["since-25"], reading(store, wanted={DIFFS[1]}))
    assert (list(export.layers), export.read) == ([DIFFS[1]], [DIFFS[1]])
    assert Counting.fed == len(LAYERS[1])
    assert store.load(DIFFS[0]) is None


def test_what_compresses_sees_the_whole_uncompressed_archive(store: LayerStore) -> None:
    padded = LAYERS[0] + bytes(5000)
    export = read(exports.since_25([padded], exports.config([padded], [("A", False)])), reading(store))
    layer = export.layers[exports.diff_id(padded)]
    assert layer.compressed == (len(padded), 1)


def blobs(layer: LayerFiles) -> list[tuple[str, int]]:
    return [(packed.compression, packed.bytes) for packed in layer.packed]


def test_a_blob_that_is_sent_as_it_is_is_told_apart_from_what_a_layer_compresses_to(
    store: LayerStore,
) -> None:
    for _ in range(2):  # as it is read, and as it is kept
        layers = read(LAYOUTS["containerd-store"], reading(store)).layers
        for layer, diff in zip(LAYERS, DIFFS, strict=True):
            assert blobs(layers[diff]) == [("gzip", len(gzip.compress(layer)))]
            assert layers[diff].compressed == (len(layer), 1)


def test_an_archives_blobs_are_its_own(store: LayerStore) -> None:
    read(LAYOUTS["containerd-store"], reading(store))
    for _ in range(2):
        plain = read(LAYOUTS["since-25"], reading(store, trusted=False))
        assert [blobs(plain.layers[diff]) for diff in DIFFS] == [[("", len(layer))] for layer in LAYERS]
        packed = read(LAYOUTS["containerd-store"], reading(store, trusted=False))
        for layer, diff in zip(LAYERS, DIFFS, strict=True):
            assert blobs(packed.layers[diff]) == [("gzip", len(gzip.compress(layer)))]


def test_a_kept_estimate_is_read_again_where_exact_sizes_are_asked_for(store: LayerStore) -> None:
    read(LAYOUTS["since-25"], reading(store))
    assert read(LAYOUTS["since-25"], reading(store, exact_sizes=True)).read != []


def test_a_layer_that_comes_twice_is_read_once(store: LayerStore) -> None:
    layers = [LAYERS[0], LAYERS[0]]
    config = exports.config(layers, [("A", False), ("B", False)])
    export = read(exports.before_25(layers, config, links={1: 0}), reading(store))
    assert export.read == [DIFFS[0]]
    assert images(export.documents)[0].diff_ids == (DIFFS[0], DIFFS[0])


def test_an_untrusted_name_gives_no_layer_another_ones_place(store: LayerStore) -> None:
    """A file from anywhere may call its layer what it likes: it is kept under what it is."""
    lying = LAYOUTS["since-25"].replace(LAYERS[0], exports.layer("c"))
    assert lying != LAYOUTS["since-25"]
    export = read(lying, reading(store, trusted=False))
    assert DIFFS[0] not in export.layers
    assert store.load(DIFFS[0]) is None
    assert store.load(exports.diff_id(exports.layer("c"))) is not None


def test_what_is_neither_document_nor_layer_is_left_aside(store: LayerStore) -> None:
    raw = exports.outer({"VERSION": b"1.0", "signature": b"\1\2" * 900, "packed": gzip.compress(b"text")})
    export = read(raw, reading(store))
    assert (export.layers, export.documents) == ({}, {})


def test_a_layer_whose_first_file_is_named_like_a_document_is_a_layer(store: LayerStore) -> None:
    odd = exports.tar(exports.file('{"a": 1}', 5))
    export = read(exports.outer({"id/layer.tar": odd}), reading(store))
    assert list(export.layers) == [exports.diff_id(odd)]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (exports.outer({"l": LAYERS[0][:700]}), r"layer 'l': it is cut off"),
        (exports.outer({"l": gzip.compress(LAYERS[0])[:-9]}), r"layer 'l': its gzip compression is cut off"),
        (exports.outer({"l": exports.tar(exports.file("../x"))}), r"layer 'l': .*leads out of the image"),
        (exports.outer({"m.json": b"{" + b" " * (17 << 20)}), r"document 'm\.json' is larger"),
        (
            exports.outer({f"{n}.json": b"{" + b" " * (13 << 20) for n in range(6)}),
            "its documents are more than any images have",
        ),
        (LAYOUTS["since-25"][:4000], "cut off"),
    ],
)
def test_a_hostile_export_is_refused(store: LayerStore, raw: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read(raw, reading(store))


def test_a_layer_that_swells_beyond_all_measure_is_refused(store: LayerStore) -> None:
    bomb = gzip.compress(exports.tar(exports.file("a", 3 << 20)))
    with pytest.raises(FormatError, match="unpacks to more than"):
        read(exports.outer({"l": bomb}), reading(store, most_bytes=1 << 20))
    after_its_end = gzip.compress(LAYERS[0] + bytes(3 << 20))
    with pytest.raises(FormatError, match="unpacks to more than"):
        read(exports.outer({"l": after_its_end}), reading(store, most_bytes=1 << 20))


def test_an_interrupted_reading_leaves_no_torn_layer(store: LayerStore) -> None:
    raw = LAYOUTS["since-25"]

    def interrupt(_: LayerFiles) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(raw, reading(store, on_layer=interrupt))
    assert [path.suffix for path in store.folder.iterdir()] == [".layer"]
    assert len([diff for diff in DIFFS if store.load(diff) is not None]) == 1
