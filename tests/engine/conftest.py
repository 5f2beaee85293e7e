"""A Docker engine's front door without an engine behind it: a real HTTP server on a Unix socket."""

from __future__ import annotations

import json
import shutil
import socketserver
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from imagematrix.model import Places

VERSION = {
    "Version": "27.0.1",
    "ApiVersion": "1.46",
    "MinAPIVersion": "1.24",
    "Arch": "amd64",
    "Components": [{"Name": "Engine", "Version": "27.0.1"}],
}
INFO = {"OSType": "linux", "Driver": "overlay2", "DriverStatus": [["Backing Filesystem", "extfs"]]}

Serve = Callable[..., str]


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextmanager
def _serving(path: Path, answers: dict[str, object]) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answers[self.path.rpartition("/")[2]]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            """To BuildKit, if it is let through."""
            self.send_response(answers["grpc"])  # type: ignore[arg-type]
            self.end_headers()
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the base class names it so
            """Quiet."""

    with _Server(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start an engine's front door with changes to what /version and /info say; gives its address."""
    with ExitStack() as stack:
        # A socket's path may have 108 bytes: too short for pytest's own folders.
        folder = Path(tempfile.mkdtemp(prefix="pytest-imx-"))
        stack.callback(shutil.rmtree, folder)

        def start(
            name: str = "a",
            *,
            version: dict[str, object] | None = None,
            info: dict[str, object] | None = None,
            grpc: int = 101,
        ) -> str:
            answers: dict[str, object] = {
                "version": {**VERSION, **(version or {})},
                "info": {**INFO, **(info or {})},
                "_ping": "OK",
                "grpc": grpc,
            }
            stack.enter_context(_serving(folder / name, answers))
            return f"unix://{folder / name}"

        yield start


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(cache=tmp_path / "cache", results=tmp_path / "results")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment that names no engine, has no docker client, and a docker folder of its own: this one."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    folder, programs = tmp_path / "docker", tmp_path / "programs"
    folder.mkdir()
    programs.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr("imagematrix.engine.buildx._SYSTEM_FOLDERS", ())
    return folder


def write_program(path: Path, script: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
