"""The connection to an engine, and what the engine says of itself."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import docker
import requests
from docker.errors import APIError, DockerException, InvalidVersion

from imagematrix import answers
from imagematrix.engine.endpoint import Endpoint
from imagematrix.errors import EngineError, InputError, bottom
from imagematrix.model import Engine
from imagematrix.text import one_line

# An engine packs an image of some GB before the first byte of `docker save`; nothing of ours waits longer.
_TIMEOUT_SECONDS: Final = 300
PATIENCE: Final = "DOCKER_CLIENT_TIMEOUT"  # as Docker Compose has called it
_FIRST_ANSWER_SECONDS: Final = 10
# Named build contexts need a Dockerfile frontend of 2022; the first engine to carry it is 23.0, API 1.42.
_OLDEST_API: Final = (1, 42)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What an engine says of itself."""

    name: str  # "docker", "podman"
    version: str
    image_store: Literal["overlay2", "containerd", "other"]
    api: str  # the newest version of the API that it speaks: "1.45"
    cannot_build: str  # what it lacks to build by BuildKit; "" where it lacks nothing


class NoAnswerError(Exception):
    """Nothing that speaks the Docker API answers at an address."""

    def __init__(self, reason: str, *, denied: bool) -> None:
        super().__init__(reason)
        self.denied = denied  # something is there, but this user may not talk to it


def connect(engine: Engine) -> docker.DockerClient:
    """A new client of the engine; its caller closes it.  One a thread: a client is not shared safely."""
    return answers.client(dict(engine.env), timeout_seconds=patience_seconds(), api=engine.api)


def patience_seconds() -> int:
    """How long an engine may take for one answer.  Raises InputError where the user's own figure is none."""
    told = os.environ.get(PATIENCE) or str(_TIMEOUT_SECONDS)
    if not told.isdecimal() or not int(told):
        raise InputError(
            f"not a number of seconds: {told!r}", where=PATIENCE, next_step="use a whole number, 1 or more"
        )
    return int(told)


def ask(endpoint: Endpoint) -> Facts:
    """What the engine at this address says of itself.

    An engine that cannot build may still hold images to measure.  Raises NoAnswerError where none answers,
    EngineError where it answers but not as an engine does, or does not run Linux containers.
    """
    try:
        _knock(endpoint.host)
        timeout_seconds = min(_FIRST_ANSWER_SECONDS, patience_seconds())
        client = answers.client(dict(endpoint.env), timeout_seconds=timeout_seconds)
        try:
            version, info = client.version(), client.info()
            api = one_line(str(version.get("ApiVersion", "")))
            lack = _lack(name := _name(version), api) or _closed(client)
        finally:
            client.close()
    except InvalidVersion as error:
        raise EngineError(
            f"the engine that {endpoint.named_by} names is too old to be asked: {error}",
            where=endpoint.host,
            next_step="name a Docker engine of 23.0 or newer by DOCKER_HOST or `docker context use`",
        ) from error
    except (DockerException, requests.RequestException, OSError, ValueError) as error:
        raise NoAnswerError(_reason(error), denied=isinstance(error, PermissionError)) from error
    release = one_line(str(version.get("Version", "")))
    system = one_line(str(info.get("OSType", "linux")))
    if system != "linux":
        raise EngineError(
            f"the engine that {endpoint.named_by} names ({name} {release}) runs {system} containers, "
            "and the images are Linux ones",
            where=endpoint.host,
            next_step="name an engine of Linux containers by DOCKER_HOST or `docker context use`",
        )
    return Facts(
        name=name,
        version=release,
        api=api,
        image_store=_image_store(str(info.get("Driver", "")), info.get("DriverStatus") or []),
        cannot_build=lack,
    )


def _knock(host: str) -> None:
    """Raise OSError where nobody listens on a Unix socket; the SDK would leave its end of it open."""
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as end:
            end.settimeout(_FIRST_ANSWER_SECONDS)
            end.connect(host.removeprefix("unix://"))


def _image_store(driver: str, driver_status: list[list[str]]) -> Literal["overlay2", "containerd", "other"]:
    if any(pair[1:] and pair[1].startswith("io.containerd.snapshotter") for pair in driver_status):
        return "containerd"
    return "overlay2" if driver == "overlay2" else "other"


def _name(version: Mapping[str, object]) -> str:
    return "podman" if "podman" in str(version.get("Components")).lower() else "docker"


def _closed(client: docker.DockerClient) -> str:
    """What stands between us and the engine's BuildKit, "" for nothing.

    Where buildx does not get through to it, it starts one of its own in a container that nobody would remove.
    """
    api = client.api
    upgrade = {"Connection": "Upgrade", "Upgrade": "h2c"}
    with api.post(f"{api.base_url}/grpc", headers=upgrade, stream=True, timeout=api.timeout) as answer:
        if answer.status_code == requests.codes.switching_protocols:
            return ""
        return f"does not let us through to its BuildKit (POST /grpc is answered by {answer.status_code})"


def _lack(name: str, api: str) -> str:
    """What an engine lacks to build as this tool does, "" for nothing."""
    numbers = tuple(int(part) for part in api.split(".") if part.isdigit())
    if name == "podman":
        return "has no BuildKit"
    if numbers < _OLDEST_API:
        return f"speaks API {api}; its BuildKit lacks named build contexts (needed: 23.0, API 1.42)"
    return ""


def _reason(error: BaseException) -> str:
    """The engine's own words where it refuses, else the system's."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, APIError):
            return f"it refuses ({cause.status_code}): {cause.explanation or cause}"
        cause = cause.__cause__ or cause.__context__
    return bottom(error)
