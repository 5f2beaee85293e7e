"""The SDK's client of an engine, which takes no answer but one that has the form of the engine's API.

All that is read of an answer is named here, and held against the answer as it comes: so everywhere else
`attrs["Id"]` is there, and is a text; what is `Maybe` is got by `.get`.
https://docs.docker.com/reference/api/engine/version/v1.45/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import docker
import requests
from docker.errors import DockerException
from docker.utils import kwargs_from_env

from imagematrix.errors import EngineError


@dataclass(frozen=True, slots=True)
class Maybe:
    """It, or nothing."""

    it: Shape


@dataclass(frozen=True, slots=True)
class Every:
    """An object of names that are not known, and these values."""

    value: Shape


Shape: TypeAlias = "type | Maybe | Every | list[Any] | dict[str, Any]"

_LABELS: Final = Maybe(Every(str))
_TEXTS: Final = Maybe([str])
_ID: Final[Shape] = {"Id": str}
_NETWORK: Final[Shape] = {"Id": str, "Name": str, "Labels": _LABELS}
_IMAGE: Final[Shape] = {
    "Id": str,
    "Size": int,
    "Created": Maybe(str),
    "Architecture": str,
    "RepoTags": _TEXTS,
    "RepoDigests": _TEXTS,
    "RootFS": {"Layers": _TEXTS},
    "Config": Maybe(
        {
            "Cmd": _TEXTS,
            "Entrypoint": _TEXTS,
            "Env": _TEXTS,
            "Healthcheck": Maybe({"Test": _TEXTS}),
            "Labels": _LABELS,
            "User": Maybe(str),
            "WorkingDir": Maybe(str),
        }
    ),
}
_CONTAINER: Final[Shape] = {
    "Id": str,
    "Name": str,
    "State": {"Status": str, "Running": bool, "ExitCode": int, "OOMKilled": bool, "Pid": int},
    "Config": {"Labels": _LABELS, "StopSignal": Maybe(str)},
    "Mounts": Maybe([{"Destination": str}]),
    "NetworkSettings": {
        "Networks": Maybe(Every({"IPAddress": Maybe(str), "IPPrefixLen": Maybe(int)})),
        "Ports": Maybe(Every(Maybe([{"HostPort": str}]))),
    },
}
# By the request: its method, and its path without the version of the API.
_ANSWERS: Final[Mapping[str, Shape]] = {
    "GET /version": {
        "ApiVersion": str,
        "Arch": str,
        "Version": Maybe(str),
        "Components": Maybe([{"Name": Maybe(str)}]),
    },
    "GET /info": {"Driver": Maybe(str), "DriverStatus": Maybe([[str]]), "OSType": Maybe(str)},
    "GET /images/json": [_ID],
    "GET /images/.+/json": _IMAGE,
    "GET /images/.+/history": [{"CreatedBy": str, "Size": int}],
    "GET /distribution/.+/json": {"Descriptor": {"digest": str}},
    "POST /containers/create": _ID,
    "GET /containers/json": [_ID],
    "GET /containers/[^/]+/json": _CONTAINER,
    "GET /containers/[^/]+/top": {"Titles": [str], "Processes": Maybe([[str]])},
    "GET /containers/[^/]+/stats": {
        "memory_stats": Maybe({"usage": Maybe(int), "stats": Maybe(Every(int))}),
    },
    "POST /containers/[^/]+/wait": {"StatusCode": int},
    "POST /containers/[^/]+/exec": _ID,
    "GET /exec/[^/]+/json": {"ExitCode": Maybe(int)},
    "POST /networks/create": _ID,
    "GET /networks": [_NETWORK],
    "GET /networks/[^/]+": _NETWORK,
    "GET /system/df": {"BuildCache": Maybe([{"Size": int, "Shared": bool}])},
}
_VERSION: Final = re.compile(r"^/v[0-9.]+(?=/)")
_NAMES: Final[Mapping[type, str]] = {str: "text", int: "whole number", bool: "truth value"}


def client(env: Mapping[str, str], *, timeout_seconds: int, api: str = "") -> docker.DockerClient:
    """A client of the engine that these variables name; it speaks this version of its API, or the newest.

    Every question to it raises EngineError where the answer has not the form of one.
    """
    settings = kwargs_from_env(environment=dict(env))
    try:
        return _Client(
            env.get("DOCKER_HOST", ""),
            **settings,
            version=api or None,
            timeout=timeout_seconds,
            use_ssh_client=True,
        )
    except DockerException as error:
        if isinstance(
            error.__cause__, EngineError
        ):  # the SDK wraps whatever comes while it asks for the version
            raise error.__cause__ from None
        raise


def amiss(told: object, shape: Shape, at: str = "") -> str:
    """What of an answer has another form: "'State.Pid' is no whole number"; "" for nothing."""
    name = f"'{at}'" if at else "it"
    if isinstance(shape, Maybe):
        return "" if told is None else amiss(told, shape.it, at)
    if told is None:
        return f"{name} is not there"
    if isinstance(shape, list):
        if not isinstance(told, list):
            return f"{name} is no list"
        return _first(amiss(each, shape[0], f"{at}[{number}]") for number, each in enumerate(told))
    if isinstance(shape, type):
        right = isinstance(told, shape) and (shape is bool or not isinstance(told, bool))
        return "" if right else f"{name} is no {_NAMES[shape]}"
    if not isinstance(told, dict):
        return f"{name} is no object"
    if isinstance(shape, Every):
        return _first(amiss(each, shape.value, f"{at}.{key}".lstrip(".")) for key, each in told.items())
    return _first(amiss(told.get(key), inner, f"{at}.{key}".lstrip(".")) for key, inner in shape.items())


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


class _Client(docker.DockerClient):
    """The SDK's, over a door of our own."""

    def __init__(self, host: str, **settings: Any) -> None:
        self.api = _Door(host, **settings)


class _Door(docker.APIClient):
    """Where the SDK reads every answer that is JSON, streams but for."""

    def __init__(self, host: str, **settings: Any) -> None:
        self._host = host
        super().__init__(**settings)

    def inspect_image(self, image: str) -> Any:
        """The SDK takes the labels out of the config, also where there is none."""
        told = super().inspect_image(image)  # type: ignore[no-untyped-call]
        told["Config"] = told.get("Config") or {}
        return told

    def _result(self, response: requests.Response, json: bool = False, binary: bool = False) -> Any:
        path = _VERSION.sub("", urlsplit(response.request.url or "").path)
        asked = f"{response.request.method} {path}"
        shape = next((shape for route, shape in _ANSWERS.items() if re.fullmatch(route, asked)), None)
        try:
            told = super()._result(response, json, binary)  # type: ignore[misc]
            wrong = amiss(told, shape) if json and shape is not None else ""
        except requests.RequestException:  # no JSON at all, which is a ValueError too
            raise
        except (RecursionError, ValueError):
            wrong = "it is nested too deep, or has a number that is too long"
        if wrong:
            raise EngineError(
                f"the engine's answer has not the form of one: {asked}: {wrong}",
                where=self._host,
                next_step="see that a Docker engine listens there, and that nothing on the way changes its answers",
            )
        return told
