"""An engine as far as base images go: a real HTTP server with a few images and a few registries behind it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, unquote

import docker
import pytest

from imagematrix.model import Engine

# What a real engine says, each seen on one; the first comes with status 500, as all but a refusal does.
NO_SUCH_HOST: Final = 'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host'


@dataclass(kw_only=True)
class FakeEngine:
    """What the engine has and what its registries say; and what it was asked."""

    url: str = ""
    images: dict[str, dict[str, object]] = field(default_factory=dict)  # by any name: what inspect says
    registries: dict[str, tuple[int, str]] = field(
        default_factory=dict
    )  # by image: status, digest or message
    silence: str = NO_SUCH_HOST  # of every registry for every other image
    asked: list[str] = field(default_factory=list)  # the images that a registry was asked for
    pulled: list[str] = field(default_factory=list)
    pull_fails: str = ""  # what every pull is answered with
    pull_breaks: str = ""  # what every pull comes to after it has begun
    gone: bool = False  # hangs up on every question

    @property
    def engine(self) -> Engine:
        return Engine(
            host=self.url,
            name="docker",
            version="27.0.1",
            image_store="overlay2",
            embedded=False,
            buildx=("docker", "buildx"),
            env=(("DOCKER_HOST", self.url),),
        )

    def add(self, *names: str, **changes: object) -> None:
        """Put an image on the engine."""
        image: dict[str, object] = {
            "Id": "sha256:" + "1" * 64,
            "Architecture": "amd64",
            "Size": 1,
            "RepoDigests": [name for name in names if "@" in name],
            "RootFS": {"Layers": ["sha256:" + "2" * 64]},
            "Config": {"Labels": {}},
            **changes,
        }
        self.images |= dict.fromkeys(names, image)

    def answer(self, method: str, path: str, query: str) -> tuple[int, object]:
        if path == "/version":
            return 200, {"ApiVersion": "1.46", "Arch": "amd64"}
        if path.startswith("/distribution/"):
            name = path.removeprefix("/distribution/").removesuffix("/json")
            self.asked.append(name)
            status, text = self.registries.get(name, (500, self.silence))
            return status, {"Descriptor": {"digest": text}} if status == 200 else {"message": text}
        if path == "/images/create" and method == "POST":
            asked_for = parse_qs(query)
            name = f"{asked_for['fromImage'][0]}@{asked_for['tag'][0]}"
            if self.pull_fails:
                return 404, {"message": self.pull_fails}
            if self.pull_breaks:
                return 200, {"errorDetail": {"message": self.pull_breaks}, "error": self.pull_breaks}
            self.pulled.append(name)
            self.add(name)
            return 200, {"status": "Downloaded"}
        name = path.removeprefix("/images/").removesuffix("/json")
        if name in self.images:
            return 200, self.images[name]
        return 404, {"message": f"No such image: {name}"}


@pytest.fixture
def fake() -> Iterator[FakeEngine]:
    fake = FakeEngine()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if fake.gone:
                self.close_connection = True
                return
            path, _, query = unquote(self.path).partition("?")
            if path.startswith("/v1."):
                path = "/" + path.split("/", 2)[2]
            status, answer = fake.answer(self.command, path, query)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815, the base class looks for that name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the base class names it so
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.url = f"tcp://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def client(fake: FakeEngine) -> Iterator[docker.DockerClient]:
    client = docker.DockerClient(base_url=fake.url)
    yield client
    client.close()
