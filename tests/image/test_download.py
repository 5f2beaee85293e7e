from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from imagematrix.image.download import download
from imagematrix.image.files import Compressed, LayerSizes, Packed
from imagematrix.image.subject import Subject
from imagematrix.model import Engine, EngineImage, How, ImageConfig, Layer, Table
from tests.made import digest


def subject(
    layers: str,
    *,
    read: Mapping[str, tuple[int, int]] | None = None,
    listed: Mapping[str, int] | None = None,
    packed: Mapping[str, Sequence[tuple[str, int]]] | None = None,
    store: Literal["overlay2", "containerd"] | None = "overlay2",
) -> Subject:
    """An image of the layers named, one letter each, and what is known of their compressed bytes.

    `read` has how many they are and may be off, `packed` the blobs that they were found in; `store` is that of
    the engine that the image is on, None for an image of an archive.
    """
    found = packed or {}
    return Subject(
        engine=None if store is None else _engine(store),
        image=EngineImage(
            ref="",
            config_digest=digest("c"),
            unpacked_bytes=0,
            engine_bytes=0,
            layers=tuple(_layer(letter) for letter in layers),
            history=(),
            config=ImageConfig(
                user="",
                entrypoint=(),
                command=(),
                env=(),
                workdir="",
                healthcheck=(),
                architecture="amd64",
            ),
        ),
        bases=(),
        files=None,
        files_missing="not read",
        base_files=None,
        layers=(),
        sizes={
            digest(letter): LayerSizes(
                0, Compressed(*size), tuple(Packed("", *blob) for blob in found.get(letter, ()))
            )
            for letter, size in (read or {}).items()
        },
        registry_bytes={digest(letter): count for letter, count in (listed or {}).items()},
    )


def _engine(store: Literal["overlay2", "containerd"]) -> Engine:
    return Engine(
        host="", name="docker", version="29.1", image_store=store, embedded=False, buildx=(), env=()
    )


def _layer(letter: str) -> Layer:
    return Layer(diff_id=digest(letter), bytes=0, created_by="", from_base=False)


def rows(subject: Subject) -> Sequence[Sequence[object]]:
    table = download(subject)[1].value
    assert isinstance(table, Table)
    assert table.columns == ("layer", "diff_id", "bytes", "how")
    return table.rows


def test_a_registrys_word_goes_before_our_own() -> None:
    image = subject("ab", read={"a": (90, 0), "b": (5, 0)}, listed={"a": 100})
    total, by_layer = download(image)
    assert (total.value, total.how, total.unit) == (105, How.EXACT, "bytes")
    assert total.reason == (
        "sum over the layers, each once: 1 of the registry's manifest, to the byte; 1 compressed whole as gzip of "
        "level 6, to which a push by an engine comes within 1 %, or 5 % for a layer below 1 MB"
    )
    assert by_layer.how is How.EXACT
    assert rows(image) == (
        (1, "a" * 12, 100, "registry's manifest"),
        (2, "b" * 12, 5, "compressed whole"),
    )


def test_one_sampled_layer_makes_the_sum_an_estimate() -> None:
    image = subject("abc", read={"b": (70, 2), "c": (5, 0)}, listed={"a": 100})
    total, by_layer = download(image)
    assert (total.value, total.how) == (175, How.ESTIMATED)
    # 2 of 70 are 2.86 %, and 1 % more is the encoder's: rounded up, never down.
    assert "1 by a sample compressed so, within 3.9 % of a push in 95 of 100 cases" in total.reason
    assert by_layer.how is How.ESTIMATED
    assert [row[3] for row in rows(image)] == ["registry's manifest", "sampled", "compressed whole"]


def test_a_layer_that_comes_twice_is_sent_once() -> None:
    image = subject("aba", listed={"a": 10, "b": 1})
    assert download(image)[0].value == 11
    assert rows(image)[2] == (3, "a" * 12, 0, "again")


def test_where_a_layer_is_not_known_there_is_no_figure() -> None:
    for measurement in download(subject("abc", read={"b": (5, 0)}, listed={"a": 100})):
        assert measurement.how is How.UNAVAILABLE
        assert "1 of 3 layers" in measurement.reason
        assert "--deep" in measurement.reason


def test_an_image_without_layers_costs_nothing() -> None:
    total, _ = download(subject(""))
    assert (total.value, total.how) == (0, How.EXACT)


def test_a_blob_is_sent_as_it_is_where_it_is_kept_and_nowhere_else() -> None:
    known = {"a": (70, 2), "b": (80, 0)}
    blobs = {"a": [("gzip", 71)], "b": [("zstd", 60)]}
    for store in ("containerd", None):
        total, _ = download(subject("ab", read=known, packed=blobs, store=store))
        assert (total.value, total.how) == (131, How.EXACT)
        assert "1 of the gzip blob that a push sends as it is, to the byte" in total.reason
        assert [row[3] for row in rows(subject("ab", read=known, packed=blobs, store=store))] == [
            "gzip blob",
            "zstd blob",
        ]
    # An engine that unpacks its layers compresses them anew, whatever they once came in.
    total, _ = download(subject("ab", read=known, packed=blobs, store="overlay2"))
    assert (total.value, total.how) == (150, How.ESTIMATED)


def test_of_several_blobs_none_is_told_for_the_other() -> None:
    for blobs in ([("gzip", 71), ("zstd", 60)], [("gzip", 71), ("gzip", 72)], [("", 512)], [("xz", 50)]):
        total, _ = download(subject("a", read={"a": (70, 0)}, packed={"a": blobs}, store="containerd"))
        assert (total.value, rows(subject("a", read={"a": (70, 0)}))[0][3]) == (70, "compressed whole")
