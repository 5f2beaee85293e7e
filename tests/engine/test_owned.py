"""Orphans that several commands remove at once: what the engine says of one that is just being removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import docker
import pytest
import requests
from docker.errors import APIError, NotFound

from imagematrix.engine.owned import Owned, remove_orphans, remove_owned
from imagematrix.errors import EngineError
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
    assert remove_orphans(client(*orphans), lambda process: process == "dead", notify=pytest.fail) == ["c"]


def test_what_the_engine_does_not_remove_is_told_once_and_the_others_go() -> None:
    orphans = (
        Orphan(name="a", fails=answer(500, "device or\nresource busy")),
        Orphan(name="b"),
        Orphan(name="c", fails=answer(403, "not yours")),
    )
    told: list[str] = []
    assert remove_orphans(client(*orphans), lambda _: True, notify=told.append) == ["b"]
    assert told == [
        "left behind by a run that was killed, and the engine does not remove "
        "a: device or\\nresource busy, c: not yours"
    ]


def test_clean_removes_the_others_and_tells_what_stays() -> None:
    removed: list[str] = []

    def remove(name: str, *, force: bool) -> None:
        assert force
        if name == "b":
            raise answer(500, "in use")
        removed.append(name)

    images = SimpleNamespace(remove=remove)
    engine = cast(docker.DockerClient, SimpleNamespace(images=images))
    found = [Owned(kind="variant", id=name, name=f"image {name}") for name in "abc"]
    with pytest.raises(EngineError, match="the engine does not remove variant image b: in use"):
        remove_owned(engine, found)
    assert removed == ["a", "c"]
