"""A registry that refuses and one that does not answer, told apart by what a real engine says of them."""

from __future__ import annotations

import threading

import docker
import pytest
import requests

from imagematrix.bases import registry
from imagematrix.bases.reference import parse
from imagematrix.bases.registry import Said
from imagematrix.errors import BaseImageError, Interrupted
from imagematrix.model import BaseSource
from tests.bases.conftest import FakeEngine

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (500, 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host'),
        (500, 'Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused'),
        (500, 'Get "https://gcr.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout)'),
        (500, 'Get "https://gcr.io/v2/": context deadline exceeded'),
        (500, 'Get "https://gcr.io/v2/": tls: failed to verify certificate: x509: unknown authority'),
        (500, 'Get "https://gcr.io/v2/": proxyconnect tcp: dial tcp: lookup proxy: no such host'),
        (500, 'Get "https://gcr.io/v2/": http: server gave HTTP response to HTTPS client'),
        (500, "received unexpected HTTP status: 503 Service Unavailable"),
        (429, "toomanyrequests: You have reached your unauthenticated pull rate limit."),
        (403, 'Head "https://gcr.io/v2/": dial tcp: lookup gcr.io: server misbehaving'),
    ],
)  # fmt: skip
def test_a_registry_that_does_not_answer(
    fake: FakeEngine, client: docker.DockerClient, status: int, message: str
) -> None:
    fake.registries["node:24"] = (status, message)
    answer = registry.ask(client, parse("node:24"))
    assert answer.said is Said.NOTHING
    assert answer.text in message
    assert not answer.text.startswith(("Get ", "Head "))


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "manifest unknown: manifest unknown"),
        (500, "manifest unknown: manifest unknown"),
        (500, "errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n"),
        (401, "unauthorized: incorrect username or password"),
        (403, "pull access denied, repository does not exist or may require authorization"),
        (500, "name unknown: repository name not known to registry"),
    ],
)  # fmt: skip
def test_a_registry_that_refuses(
    fake: FakeEngine, client: docker.DockerClient, status: int, message: str
) -> None:
    fake.registries["node:24"] = (status, message)
    answer = registry.ask(client, parse("node:24"))
    assert (answer.said, answer.text) == (Said.REFUSES, " ".join(message.split()))


def test_a_registry_that_has_the_image_gives_its_digest(
    fake: FakeEngine, client: docker.DockerClient
) -> None:
    fake.registries["node:24"] = (200, DIGEST)
    answer = registry.ask(client, parse("node:24"))
    assert (answer.said, answer.text) == (Said.HAS, DIGEST)


def test_a_pinned_image_is_asked_for_by_its_digest(fake: FakeEngine, client: docker.DockerClient) -> None:
    fake.registries[f"node@{DIGEST}"] = (200, DIGEST)
    assert registry.ask(client, parse(f"node:24@{DIGEST}")).said is Said.HAS
    assert fake.asked == [f"node@{DIGEST}"]


def test_a_question_that_takes_too_long_is_no_answer() -> None:
    answer = registry.classify(requests.exceptions.ReadTimeout())
    assert (answer.said, answer.text) == (Said.NOTHING, "no answer in time")


def test_an_image_on_the_engine_is_known_by_its_registrys_digest(
    fake: FakeEngine, client: docker.DockerClient
) -> None:
    fake.add("node:24", RepoDigests=["elsewhere/node@sha256:" + "c" * 64, f"node@{DIGEST}"])
    base = registry.on_engine(client, parse("node:24"), arch="amd64")
    assert base is not None
    assert (base.source, base.digest, base.build_ref) == (BaseSource.REGISTRY, DIGEST, f"node@{DIGEST}")
    assert base.diff_ids == ("sha256:" + "2" * 64,)


def test_an_image_that_no_registry_gave_is_not_taken_for_one(
    fake: FakeEngine, client: docker.DockerClient
) -> None:
    fake.add("node:24")
    assert registry.on_engine(client, parse("node:24"), arch="amd64") is None


def test_an_image_for_another_architecture_does_not_serve(
    fake: FakeEngine, client: docker.DockerClient
) -> None:
    fake.add("node:24", f"node@{DIGEST}")
    assert registry.on_engine(client, parse("node:24"), arch="arm64") is None


def test_a_pull_that_fails_names_image_registry_and_reason(
    client: docker.DockerClient, fake: FakeEngine
) -> None:
    fake.pull_fails = "manifest unknown"
    with pytest.raises(BaseImageError, match="node:24 could not be pulled: manifest unknown") as caught:
        registry.pull(client, parse("node:24"), DIGEST, platform="linux/amd64")
    assert caught.value.where == "docker.io"


def test_a_pull_that_breaks_on_the_way_tells_the_engines_word(
    client: docker.DockerClient, fake: FakeEngine
) -> None:
    fake.pull_breaks = "filesystem layer verification failed for digest sha256:\x1b[2J" + "x" * 999
    with pytest.raises(BaseImageError) as caught:
        registry.pull(client, parse("node:24"), DIGEST, platform="linux/amd64")
    said = r"node:24 could not be pulled: filesystem layer verification failed for digest sha256:\x1b[2Jxx"
    assert caught.value.what.startswith(said)
    assert len(caught.value.what) < 400
    assert caught.value.where == "docker.io"


def test_a_pull_ends_when_it_is_asked_to(client: docker.DockerClient) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        registry.pull(client, parse("node:24"), DIGEST, platform="linux/amd64", stop=stop)


def test_a_pulled_image_of_another_architecture_is_refused(
    fake: FakeEngine, client: docker.DockerClient
) -> None:
    """As an engine does it for a manifest, no index, of another platform: it takes it without a word."""
    with pytest.raises(BaseImageError) as caught:
        registry.pull(client, parse("registry.example/node:24"), DIGEST, platform="linux/arm64")
    assert caught.value.what == "registry.example/node:24 is for linux/amd64, and linux/arm64 is wanted"
    assert caught.value.where == "registry.example"
    assert fake.pulled == [f"registry.example/node@{DIGEST}"]
