from __future__ import annotations

from imagematrix.image.metadata import base_of
from imagematrix.model import BaseSource, ReadyBase
from tests import made


def base(reference: str, *letters: str) -> ReadyBase:
    return ReadyBase(
        reference=reference,
        source=BaseSource.REGISTRY,
        digest=made.digest("f"),
        recipe="",
        build_ref=reference,
        diff_ids=tuple(made.digest(letter) for letter in letters),
    )


IMAGE = tuple(made.digest(letter) for letter in "abcd")


def test_the_base_is_the_longest_whole_prefix() -> None:
    short, long, other = base("debian", "a"), base("node", "a", "b", "c"), base("alpine", "e")
    assert base_of(IMAGE, [short, long, other]) == long


def test_a_base_that_is_only_partly_there_is_no_base() -> None:
    assert base_of(IMAGE, [base("node", "a", "b", "e"), base("x", "b")]) is None


def test_an_image_that_is_its_base_stands_on_it() -> None:
    assert base_of(IMAGE, [base("same", *"abcd")]) is not None


def test_a_base_longer_than_the_image_is_no_base() -> None:
    assert base_of(IMAGE, [base("longer", *"abcde")]) is None
