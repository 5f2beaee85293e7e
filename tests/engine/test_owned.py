"""Orphans that several commands remove at once: what the engine says of one that is just being removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import docker
import pytest
import requests
from docker.errors import APIError, NotFound

from imagematrix.engine.owned import remove_orphans
from imagematrix.model import LABEL_PROCESS


def answer(status: int, words: str) -> APIError:
    response = requests.Response()
    response.status_code = status
    return (NotFound if status == 404 else APIError)(words, response, words)


@dataclass(kw_only=True)
class Orphan:
    name: str
    fails: APIError | None = None
    labels: dict[str, str] = field(default_factory=lambda: {LABEL_PROCESS: "dead"})

    def remove(self, *, force: bool, v: bool) -> None:
        assert force
        assert v
        if self.fails is not None:
            raise self.fails


def client(*orphans: Orphan) -> docker.DockerClient:
    containers = SimpleNamespace(list=lambda **_: orphans)
    networks = SimpleNamespace(list=lambda **_: ())
    return cast(docker.DockerClient, SimpleNamespace(containers=containers, networks=networks))


def test_what_another_command_is_removing_or_has_removed_is_passed_over() -> None:
    going = answer(409, "removal of container a is already in progress")
    orphans = (
        Orphan(name="a", fails=going),
        Orphan(name="b", fails=answer(404, "No such container")),
        Orphan(name="c"),
    )
    assert remove_orphans(client(*orphans), lambda process: process == "dead") == ["c"]


def test_what_the_engine_does_not_do_is_told() -> None:
    with pytest.raises(APIError, match="device or resource busy"):
        remove_orphans(client(Orphan(name="a", fails=answer(500, "device or resource busy"))), lambda _: True)
