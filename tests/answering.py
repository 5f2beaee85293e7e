"""An engine without an engine: whatever a client of the SDK asks, a table has the answer, and nothing is started."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pytest
import requests

HOST: Final = "tcp://127.0.0.1:9"  # where nobody listens: a question that came through would be refused
DIGEST: Final = "sha256:" + "1" * 64
_LAYER: Final = "sha256:" + "2" * 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """An answer that is no JSON, or no success."""

    status: int = 200
    body: bytes = b""


def refusal(message: str, status: int = 500) -> Said:
    """As an engine refuses."""
    return Said(status=status, body=json.dumps({"message": message}).encode())


# Of an engine with one image; it starts no container.
SOUND: Final[Mapping[str, Any]] = {
    "GET /version": {
        "ApiVersion": "1.45",
        "Arch": "amd64",
        "Version": "27.0.1",
        "Components": [{"Name": "Engine"}],
    },
    "GET /info": {"OSType": "linux", "Driver": "overlay2", "DriverStatus": [["Backing Filesystem", "extfs"]]},
    "GET /images/json": [{"Id": DIGEST}],
    "GET /images/.+/json": {
        "Id": DIGEST,
        "Size": 10,
        "Created": "2026-01-01T00:00:00Z",
        "Architecture": "amd64",
        "RepoTags": ["app:1"],
        "RepoDigests": [f"node@{DIGEST}"],
        "RootFS": {"Layers": [_LAYER]},
        "Config": {
            "User": "node",
            "Entrypoint": ["node"],
            "Cmd": ["app.js"],
            "Env": ["PATH=/usr/bin", "NODE_VERSION=24.1.0"],
            "WorkingDir": "/app",
            "Healthcheck": {"Test": ["CMD-SHELL", "curl -f http://localhost || exit 1"]},
            "Labels": {"imagematrix.kind": "variant", "imagematrix.owner": "somebody"},
        },
    },
    "GET /images/.+/history": [
        {"CreatedBy": "ENV A=1", "Size": 0},
        {"CreatedBy": "COPY . . # buildkit", "Size": 10},
    ],
    "GET /distribution/.+/json": {"Descriptor": {"digest": DIGEST}},
    "GET /containers/json": [],
    "POST /containers/create": refusal("no containers here"),
    "GET /networks": [{"Id": "3", "Name": "bridge", "Labels": {}}],
    "GET /system/df": {"BuildCache": [{"Size": 5, "Shared": False}]},
    "POST /grpc": Said(status=101),
    "GET /images/get": refusal("no exports here"),
}


def answering(monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Any]) -> list[str]:
    """Have this table answer at `HOST`, which the environment names; what is asked is listed as it comes.

    By the method and the path, a pattern; what no row is like is not found.
    """
    asked: list[str] = []

    def send(_: object, request: requests.PreparedRequest, **__: object) -> requests.Response:
        path = re.sub(r"^/v[0-9.]+(?=/)", "", unquote(urlsplit(request.url or "").path))
        asked.append(f"{request.method} {path}")
        nothing = refusal(f"nothing is at {path}", 404)
        told = next((told for route, told in answers.items() if re.fullmatch(route, asked[-1])), nothing)
        if not isinstance(told, Said):
            told = Said(body=json.dumps(told).encode())
        response = requests.Response()
        response.status_code, response.request, response.url = told.status, request, str(request.url)
        response._content, response._content_consumed = told.body, True  # type: ignore[attr-defined]
        return response

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", send)
    for name in ("DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_HOST", HOST)
    return asked
