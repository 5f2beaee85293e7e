"""Registries at fault: as much of the distribution API on loopback as an engine asks for, and then the fault.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import ssl
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG: Final = "application/vnd.docker.container.image.v1+json"
LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def digest_of(raw: bytes) -> str:
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pushed:
    """A whole small image, as a registry has it."""

    manifest: bytes
    config: bytes
    layer: bytes

    @property
    def blobs(self) -> Mapping[str, bytes]:
        return {digest_of(raw): raw for raw in (self.config, self.layer)}


def pushed(architecture: str, name: str) -> Pushed:
    """An image for this architecture that no other is like."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        content = name.encode() * 4096
        entry = tarfile.TarInfo("name")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    layer = gzip.compress(raw.getvalue(), mtime=0)
    config = json.dumps(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {},
            "history": [{"created_by": name}],
            "rootfs": {"type": "layers", "diff_ids": [digest_of(raw.getvalue())]},
        }
    ).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "size": len(config), "digest": digest_of(config)},
        "layers": [{"mediaType": LAYER, "size": len(layer), "digest": digest_of(layer)}],
    }
    return Pushed(manifest=json.dumps(manifest).encode(), config=config, layer=layer)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What comes for one request; `cut` bytes of the body, and then the connection ends."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


# What is done about a path, before the registry answers as it should: a reply, or None.
Fault = Callable[[str, Pushed], Reply | None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    image: Pushed
    fault: Fault

    def do_GET(self) -> None:
        with suppress(ConnectionError):
            self._answer(type(self).fault(self.path, self.image) or self._right())

    do_HEAD = do_GET  # noqa: N815, the base class looks for that name

    def _right(self) -> Reply:
        if self.path == "/v2/":
            return Reply(body=b"{}")
        if "/manifests/" in self.path:
            raw = self.image.manifest
            return Reply(
                body=raw, headers={"Content-Type": MANIFEST, "Docker-Content-Digest": digest_of(raw)}
            )
        raw = self.image.blobs.get(self.path.rpartition("/")[2], b"")
        return Reply(status=200 if raw else 404, body=raw)

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(reply.body[: reply.cut])
        if reply.cut is not None:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Nothing on standard error."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that has gone is what some of these faults are about."""


@contextmanager
def registry(
    fault: Fault,
    image: Pushed,
    *,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """The address of a registry with this one image, under any name, and this fault."""
    server = _Server((host, 0), type("_Faulty", (_Handler,), {"image": image, "fault": staticmethod(fault)}))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
