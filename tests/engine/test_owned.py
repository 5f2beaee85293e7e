"""Orphans that several commands remove at once: what the engine says of one that is just being removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import docker
import pytest
import requests
from docker.errors import APIError, NotFound

from imagematrix.engine.owned import Owned, owned, remove_orphans, remove_owned
from imagematrix.errors import EngineError
from imagematrix.model import LABEL_KIND, LABEL_PROCESS


def answer(status: int, words: str) -> APIError:
    response = requests.Response()
    response.status_code = status
    return (NotFound if status == 404 else APIError)(words, response, words)


@dataclass(kw_only=True)
class Orphan:
    name: str
    fails: APIError | None = None
    labels: dict[str, str] = field(default_factory=lambda: {LABEL_PROCESS: "dead", LABEL_KIND: "container"})

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

    def remove(name: str) -> None:
        if name == "b":
            raise answer(500, "in use")
        removed.append(name)

    images = SimpleNamespace(remove=remove)
    engine = cast(docker.DockerClient, SimpleNamespace(images=images))
    found = [Owned(kind="variant", id=name, name=f"image {name}") for name in "abc"]
    with pytest.raises(EngineError, match="the engine does not remove variant image b: in use"):
        remove_owned(engine, found)
    assert removed == ["a", "c"]


class Images:
    """An engine's images by id, with their tags, of which a container of somebody's needs some."""

    def __init__(self, tags: dict[str, list[str]], *, needed: str = "") -> None:
        self.tags, self.needed = tags, needed

    def list(self, **_: object) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(id=one, tags=tags, labels={LABEL_KIND: "variant"})
            for one, tags in self.tags.items()
        ]

    def remove(self, name: str) -> None:
        (one,) = (one for one, tags in self.tags.items() if name in (one, *tags))
        if one == self.needed and len(self.tags[one]) < 2:
            raise answer(409, "unable to remove (must force) - container c is using its referenced image")
        if name == one or self.tags[one] == [name]:
            del self.tags[one]
        else:
            self.tags[one].remove(name)


def stock(images: Images, *containers: SimpleNamespace) -> docker.DockerClient:
    listed = SimpleNamespace(list=lambda **_: list(containers))
    networks = SimpleNamespace(list=lambda **_: [])
    return cast(docker.DockerClient, SimpleNamespace(images=images, containers=listed, networks=networks))


def test_what_was_built_or_started_from_ours_is_not_ours() -> None:
    """An image has the labels of what it was built from, and a container those of its image."""
    images = Images(
        {
            "ours": ["imagematrix.local/app:alpine", "release/app:1.0"],
            "built-from-it": ["mine:1"],
            "old": [],
        }
    )
    of_theirs = SimpleNamespace(id="c", name="theirs", labels={LABEL_KIND: "variant"})
    engine = stock(images, of_theirs)
    found = owned(engine, owner="", kinds=("container", "variant"))
    assert [(each.id, each.name) for each in found] == [
        ("ours", "imagematrix.local/app:alpine"),
        ("old", "old (no longer tagged)"),
    ]
    gone, left = remove_owned(engine, found)
    assert (gone, left) == (found, [])
    assert images.tags == {"ours": ["release/app:1.0"], "built-from-it": ["mine:1"]}


def test_an_image_that_a_container_of_theirs_needs_is_left_and_told() -> None:
    images = Images({"a": ["imagematrix.local/a:x"], "b": ["imagematrix.local/b:x"]}, needed="a")
    engine = stock(images)
    gone, left = remove_owned(engine, owned(engine, owner="", kinds=("variant",)))
    assert ([each.id for each in gone], [each.id for each in left]) == (["b"], ["a"])
    assert images.tags == {"a": ["imagematrix.local/a:x"]}
