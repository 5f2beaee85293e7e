"""What an engine of our own needs, and how its lack is told."""

from __future__ import annotations

import os
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix.engine import requirements
from imagematrix.engine.requirements import Condition, cgroup_controllers, conditions, file_system_of, require
from imagematrix.errors import EngineError, MachineError
from imagematrix.model import Places


def condition(name: str, *, ok: bool) -> Condition:
    return Condition(name=name, ok=ok, detail=f"{name} as found", remedy=f"mend {name}")


@pytest.mark.usefixtures("bare")
def test_all_is_told(places: Places) -> None:
    found = conditions(places)
    assert [each.name for each in found][-4:] == ["cache", "dns", "docker client", "buildx"]
    assert all(each.detail for each in found)
    assert all(each.remedy for each in found if not each.ok)


@pytest.mark.usefixtures("bare")
def test_a_cache_below_a_file_is_no_place(places: Places) -> None:
    (told,) = (each for each in conditions(places) if each.name == "cache")
    assert (told.ok, told.detail) == (True, str(places.cache))
    file = places.cache.parent / "file"
    file.write_text("")
    (told,) = (
        each for each in conditions(replace(places, cache=file / "imagematrix")) if each.name == "cache"
    )
    assert (told.ok, told.detail) == (False, f"{file} is no folder")
    assert "XDG_CACHE_HOME" in told.remedy


def test_every_lack_is_named_with_its_remedy(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = (condition("root", ok=False), condition("apt", ok=True), condition("disk", ok=False))
    monkeypatch.setattr(requirements, "_for_own_engine", lambda _: lacking)
    with pytest.raises(EngineError) as caught:
        require(places)
    assert "(root: root as found; disk: disk as found)" in caught.value.what
    assert "DOCKER_HOST" in caught.value.next_step
    assert caught.value.next_step.endswith("mend root, mend disk")


def test_a_full_disk_is_the_machines_failure(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(9, 9, 10**9))
    disk = requirements._disk(places)
    monkeypatch.setattr(requirements, "_for_own_engine", lambda _: (condition("linux", ok=True), disk))
    with pytest.raises(MachineError, match=r"1\.0 GB free for the cache, 6 GB are needed") as caught:
        require(places)
    assert caught.value.where == str(places.cache)


def test_another_user_than_root(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(EngineError, match="root: user id 1000"):
        require(places)


def test_another_system_than_linux(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    with pytest.raises(EngineError, match=r"\(linux: Darwin on "):
        require(places)


def test_controllers_of_both_hierarchies() -> None:
    mounts = (
        "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
    )
    assert cgroup_controllers(mounts, "") >= {"memory"}
    assert "pids" not in cgroup_controllers(mounts, "")
    assert {"memory", "pids"} <= cgroup_controllers("", "cpu memory pids\n")


def test_the_file_system_of_the_cache() -> None:
    mounts = "overlay / overlay rw 0 0\n/dev/a /home ext4 rw 0 0\n/dev/b /home/u xfs rw 0 0\n"
    assert file_system_of(Path("/home/u/.cache"), mounts) == "xfs"
    assert file_system_of(Path("/home/v/.cache"), mounts) == "ext4"
    assert file_system_of(Path("/root/.cache"), mounts) == "overlay"
