from __future__ import annotations

import pytest

from imagematrix.expectations import NAMES, broken
from imagematrix.model import Expectation, exact, not_applicable, unavailable

FOUND = [
    exact("shells", ("bash", "sh"), method="exec"),
    exact("libc", "glibc", method="loader"),
    exact("layers", 9, unit="layers", method="config"),
    not_applicable("entrypoint", "the image's config sets no entrypoint"),
    unavailable("node_version", "node crashed"),
]


@pytest.mark.parametrize(("name", "value"), [("shells", ("sh", "bash")), ("libc", "glibc"), ("layers", "9")])
def test_what_is_as_expected_says_nothing(name: str, value: str | tuple[str, ...]) -> None:
    assert broken([Expectation(measurement=name, value=value)], FOUND) == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("shells", (), "expected shells to be [], found [bash, sh]"),
        ("shells", ("sh",), "expected shells to be [sh], found [bash, sh]"),
        ("libc", "musl", "expected libc to be musl, found glibc"),
        (
            "entrypoint",
            "node",
            "expected entrypoint to be node, but it is not_applicable: the image's config sets no entrypoint",
        ),
        ("node_version", "24", "expected node_version to be 24, but it is unavailable: node crashed"),
        ("colour", "red", "expected colour to be red, but nothing of that name is measured"),
    ],
)
def test_what_is_not_as_expected_is_told(name: str, value: str | tuple[str, ...], sentence: str) -> None:
    assert broken([Expectation(measurement=name, value=value)], FOUND) == [sentence]


def test_an_empty_list_is_met_by_an_empty_list_alone() -> None:
    none = [exact("shells", (), method="exec")]
    assert broken([Expectation(measurement="shells", value=())], none) == []


def test_the_names_that_may_be_expected_are_there_once() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert {"shells", "libc", "user"} <= set(NAMES)
