"""Held against sums made by hand."""

from __future__ import annotations

from dataclasses import replace

from imagematrix.model import Image, Layer, Result, Share
from imagematrix.verdicts import sharing
from tests.made import digest, result

# debian (1000) is under vanilla and slim, node (200) too; alpine (8) stands by itself; the app (30) in two.
BYTES = {"a": 1000, "b": 200, "c": 30, "d": 5, "e": 8, "f": 0}


def variant(label: str, layers: str) -> Result:
    made = tuple(
        Layer(diff_id=digest(letter), bytes=BYTES[letter], created_by="", from_base=False)
        for letter in layers
    )
    image = Image(
        config_digest=digest("0"),
        unpacked_bytes=sum(layer.bytes for layer in made),
        engine_bytes=0,
        layers=made,
    )
    return replace(result(label), image=image)


def test_union_shared_and_marginal_bytes_are_those_of_a_hand_count() -> None:
    told = sharing([variant("vanilla", "abcd"), variant("slim", "abc"), variant("alpine", "ce")])
    assert told is not None
    assert told.union_bytes == 1000 + 200 + 30 + 5 + 8
    assert told.variants == (
        Share(
            label="vanilla",
            bytes=1235,
            shared_bytes=1230,
            marginal_bytes=5,
            shared_with=(("slim", 1230), ("alpine", 30)),
        ),
        Share(
            label="slim",
            bytes=1230,
            shared_bytes=1230,
            marginal_bytes=0,
            shared_with=(("vanilla", 1230), ("alpine", 30)),
        ),
        Share(
            label="alpine",
            bytes=38,
            shared_bytes=30,
            marginal_bytes=8,
            shared_with=(("vanilla", 30), ("slim", 30)),
        ),
    )


def test_what_a_variant_costs_alone_is_what_the_union_loses_without_it() -> None:
    results = [variant("vanilla", "abcd"), variant("slim", "abc"), variant("alpine", "ce")]
    told = sharing(results)
    assert told is not None
    for number, share in enumerate(told.variants):
        without = sharing(results[:number] + results[number + 1 :])
        assert without is not None
        assert told.union_bytes - without.union_bytes == share.marginal_bytes


def test_a_layer_that_an_image_has_twice_is_kept_once() -> None:
    told = sharing([variant("one", "afaf")])
    assert told is not None
    assert told.union_bytes == 1000
    assert told.variants[0].bytes == told.variants[0].marginal_bytes == 1000
    assert told.variants[0].shared_with == ()


def test_an_empty_layer_in_both_is_nothing_in_common() -> None:
    told = sharing([variant("one", "af"), variant("two", "ef")])
    assert told is not None
    assert [share.shared_with for share in told.variants] == [(), ()]


def test_a_variant_without_an_image_is_left_out() -> None:
    told = sharing([variant("one", "a"), replace(result("two"), image=None)])
    assert told is not None
    assert [share.label for share in told.variants] == ["one"]
    assert sharing([replace(result("two"), image=None)]) is None
    assert sharing([]) is None
