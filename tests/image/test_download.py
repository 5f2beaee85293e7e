from __future__ import annotations

from collections.abc import Mapping, Sequence

from imagematrix.image.download import download
from imagematrix.image.files import LayerSizes
from imagematrix.image.subject import Subject
from imagematrix.model import EngineImage, How, ImageConfig, Layer, Table
from tests.made import digest


def subject(
    layers: str,
    *,
    read: Mapping[str, tuple[int, bool]] | None = None,
    listed: Mapping[str, int] | None = None,
) -> Subject:
    """An image of the layers named, one letter each, and what is known of their compressed bytes."""
    return Subject(
        engine=None,
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
            digest(letter): LayerSizes(0, count, whole) for letter, (count, whole) in (read or {}).items()
        },
        registry_bytes={digest(letter): count for letter, count in (listed or {}).items()},
    )


def _layer(letter: str) -> Layer:
    return Layer(diff_id=digest(letter), bytes=0, created_by="", from_base=False)


def rows(subject: Subject) -> Sequence[Sequence[object]]:
    table = download(subject)[1].value
    assert isinstance(table, Table)
    assert table.columns == ("layer", "diff_id", "bytes", "how")
    return table.rows


def test_a_registrys_word_goes_before_our_own() -> None:
    image = subject("ab", read={"a": (90, True), "b": (5, True)}, listed={"a": 100})
    total, by_layer = download(image)
    assert (total.value, total.how, total.unit) == (105, How.EXACT, "bytes")
    assert (
        "1 of the registry's manifest, to the byte; 1 compressed whole, by the engine or here, within 1 %"
        in total.reason
    )
    assert by_layer.how is How.EXACT
    assert rows(image) == (
        (1, "a" * 12, 100, "registry's manifest"),
        (2, "b" * 12, 5, "compressed whole"),
    )


def test_one_sampled_layer_makes_the_sum_an_estimate() -> None:
    image = subject("abc", read={"b": (70, False), "c": (5, True)}, listed={"a": 100})
    total, by_layer = download(image)
    assert (total.value, total.how) == (175, How.ESTIMATED)
    assert "1 of which a fixed sample was compressed, within 5 %" in total.reason
    assert by_layer.how is How.ESTIMATED
    assert [row[3] for row in rows(image)] == ["registry's manifest", "sampled", "compressed whole"]


def test_a_layer_that_comes_twice_is_sent_once() -> None:
    image = subject("aba", listed={"a": 10, "b": 1})
    assert download(image)[0].value == 11
    assert rows(image)[2] == (3, "a" * 12, 0, "again")


def test_where_a_layer_is_not_known_there_is_no_figure() -> None:
    for measurement in download(subject("abc", read={"b": (5, True)}, listed={"a": 100})):
        assert measurement.how is How.UNAVAILABLE
        assert "1 of 3 layers" in measurement.reason
        assert "--deep" in measurement.reason


def test_an_image_without_layers_costs_nothing() -> None:
    total, _ = download(subject(""))
    assert (total.value, total.how) == (0, How.EXACT)
