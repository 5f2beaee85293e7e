from __future__ import annotations

import pytest

from imagematrix.bases.reference import parse
from imagematrix.errors import BaseImageError

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "host", "repository", "tag", "digest"),
    [
        ("node", "docker.io", "node", "latest", ""),
        ("node:24", "docker.io", "node", "24", ""),
        ("library/node:24-alpine", "docker.io", "library/node", "24-alpine", ""),
        (
            "gcr.io/distroless/nodejs24-debian13",
            "gcr.io",
            "gcr.io/distroless/nodejs24-debian13",
            "latest",
            "",
        ),
        ("127.0.0.1:5000/node:24", "127.0.0.1:5000", "127.0.0.1:5000/node", "24", ""),
        ("localhost/node", "localhost", "localhost/node", "latest", ""),
        (f"node@{DIGEST}", "docker.io", "node", "", DIGEST),
        (f"node:24@{DIGEST}", "docker.io", "node", "24", DIGEST),
        (f"localhost:5000/a/b:c@{DIGEST}", "localhost:5000", "localhost:5000/a/b", "c", DIGEST),
    ],
)
def test_a_reference_is_taken_apart(text: str, host: str, repository: str, tag: str, digest: str) -> None:
    reference = parse(text)
    assert (reference.host, reference.repository, reference.tag) == (host, repository, tag)
    assert (reference.digest, reference.text) == (digest, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "node:",
        "-node",
        "node@sha256:abc",
        "node 24",
        "/node",
        "node:24:25",
        "Node:24",
        "gcr.io/Node",
        "no/de:a/b:c",
    ],
)
def test_what_is_no_reference_is_an_error_that_shows_it(text: str) -> None:
    with pytest.raises(BaseImageError, match="is not an image reference") as caught:
        parse(text)
    assert repr(text) in caught.value.what


def test_engines_are_asked_by_digest_without_the_tag() -> None:
    assert parse("node:24").pinned(DIGEST) == f"node@{DIGEST}"
    assert parse(f"node:24@{DIGEST}").tagged == "node:24"


@pytest.mark.parametrize(
    "other", ["node", "library/node", "docker.io/library/node", "index.docker.io/library/node"]
)
def test_a_repository_of_docker_hub_has_several_spellings(other: str) -> None:
    assert parse("node:24").same_repository(other)
    assert not parse("node:24").same_repository("gcr.io/library/node")
