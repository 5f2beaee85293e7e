from __future__ import annotations

import io

import pytest

from imagematrix.image.export import content_bytes, parse_export
from tests.image import exports

LAYERS = [exports.layer("a"), exports.layer("b"), exports.empty_layer()]
HISTORY = [
    ("ADD rootfs", False),
    ("ENV A=1", True),
    ("COPY . .", False),
    ("WORKDIR /app", False),
    ("CMD x", True),
]
CONFIG = exports.config(LAYERS, HISTORY)


def test_content_is_regular_files_once() -> None:
    assert content_bytes(io.BytesIO(LAYERS[0])) == exports.LAYER_BYTES


@pytest.mark.parametrize(
    "raw",
    [
        exports.since_25(LAYERS, CONFIG),
        exports.since_25(LAYERS, CONFIG, compressed=True),
        exports.before_25(LAYERS, CONFIG),
    ],
    ids=["since-25", "containerd-store", "before-25"],
)
def test_layers_and_history_are_read_from_every_layout(raw: bytes) -> None:
    export = parse_export(exports.chunks(raw))
    assert export.layer_bytes == tuple(
        (exports.diff_id(layer), size)
        for layer, size in zip(LAYERS, (exports.LAYER_BYTES, exports.LAYER_BYTES, 0), strict=True)
    )
    assert [(x.created_by, x.bytes, x.empty) for x in export.history] == [
        ("ADD rootfs", 1000, False),
        ("ENV A=1", 0, True),
        ("COPY . .", 1000, False),
        ("WORKDIR /app", 0, False),
        ("CMD x", 0, True),
    ]


def test_a_layer_that_is_a_link_to_another_counts_like_it() -> None:
    layers = [LAYERS[0], LAYERS[0]]
    raw = exports.before_25(layers, exports.config(layers, [("A", False), ("B", False)]), links={1: 0})
    assert [size for _, size in parse_export(exports.chunks(raw)).layer_bytes] == [1000, 1000]


@pytest.mark.parametrize("missing", ["manifest.json", "layer.tar", "cafe.json"])
def test_an_export_that_lacks_a_part_is_refused(missing: str) -> None:
    raw = exports.before_25(LAYERS, CONFIG).replace(missing.encode(), b"x" * len(missing), 1)
    with pytest.raises((ValueError, OSError)):
        parse_export(exports.chunks(raw))
