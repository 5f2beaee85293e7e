from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from imagematrix.bases import buildpack_deps, debian_node
from imagematrix.bases.recipe import Layout, Order, Recipe
from imagematrix.bases.recipes import RECIPES
from imagematrix.bases.reference import parse
from imagematrix.bases.standin import Site, find_stand_in, fingerprint, image_name, make_stand_in
from imagematrix.config.declared import RECIPES as DECLARED
from imagematrix.errors import Interrupted, MachineError
from tests.bases.conftest import FakeEngine

ORDER = Order(reference=parse("node:24"), node="24", arch="amd64")


def test_a_matrix_may_name_just_the_recipes_there_are() -> None:
    assert set(RECIPES) == set(DECLARED)
    assert all(name == recipe.name for name, recipe in RECIPES.items())


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("node:24-alpine", "imagematrix.local/stand-in/node:24-alpine"),
        ("node", "imagematrix.local/stand-in/node:latest"),
        (f"node:24@sha256:{'a' * 64}", "imagematrix.local/stand-in/node:24"),
        ("gcr.io/distroless/nodejs24", "imagematrix.local/stand-in/gcr.io/distroless/nodejs24:latest"),
        ("127.0.0.1:5000/node:24", "imagematrix.local/stand-in/127.0.0.1/5000/node:24"),
        (f"localhost:5000/node@sha256:{'a' * 64}", "imagematrix.local/stand-in/localhost/5000/node:pinned"),
    ],
)  # fmt: skip
def test_a_stand_ins_name_tells_what_it_stands_in_for(reference: str, name: str) -> None:
    assert image_name(parse(reference)) == name


def test_the_fingerprint_is_the_same_for_the_same() -> None:
    recipe = RECIPES["debian-node"]
    again = replace(ORDER, reference=parse(f"node:24@sha256:{'a' * 64}"))
    assert fingerprint(recipe, ORDER) == fingerprint(recipe, again)


@pytest.mark.parametrize(
    ("recipe", "order"),
    [
        (replace(debian_node.RECIPE, version=99), ORDER),
        (debian_node.RECIPE, replace(ORDER, node="22")),
        (debian_node.RECIPE, replace(ORDER, arch="arm64")),
        (debian_node.RECIPE, replace(ORDER, reference=parse("node:24-bookworm"))),
        (RECIPES["alpine-node"], ORDER),
        (replace(debian_node.RECIPE, pins=lambda _: ()), ORDER),
        (replace(debian_node.RECIPE, parent=replace(buildpack_deps.RECIPE, version=99)), ORDER),
    ],
)
def test_the_fingerprint_changes_with_whatever_changes_the_image(recipe: Recipe, order: Order) -> None:
    assert fingerprint(recipe, order) != fingerprint(debian_node.RECIPE, ORDER)


def test_a_stand_in_of_an_older_recipe_is_not_found(fake: FakeEngine, client: docker.DockerClient) -> None:
    labels = {"imagematrix.stand-in.fingerprint": fingerprint(debian_node.RECIPE, ORDER)}
    fake.add(image_name(ORDER.reference), Config={"Labels": labels})
    assert find_stand_in(client, debian_node.RECIPE, ORDER) is not None
    assert find_stand_in(client, replace(debian_node.RECIPE, version=99), ORDER) is None


@pytest.fixture
def site(fake: FakeEngine, client: docker.DockerClient, tmp_path: Path) -> Site:
    return Site(
        engine=fake.engine, client=client, cache=tmp_path, note=lambda _: None, stop=threading.Event()
    )


def test_who_comes_second_is_told_and_waits_and_finds_it_made(fake: FakeEngine, site: Site) -> None:
    started, go_on, notes = threading.Event(), threading.Event(), list[str]()
    recipe = replace(debian_node.RECIPE, parent=None)

    def make(order: Order, _: object) -> Layout:
        started.set()
        assert go_on.wait(timeout=10)
        labels = {"imagematrix.stand-in.fingerprint": fingerprint(recipe, order)}
        fake.add(image_name(order.reference), Config={"Labels": labels})
        raise Interrupted  # what comes next would be a build

    def first() -> None:
        with pytest.raises(Interrupted):
            make_stand_in(site, replace(recipe, lay_out=make), ORDER)

    def note(text: str) -> None:
        notes.append(text)
        go_on.set()

    thread = threading.Thread(target=first)
    thread.start()
    assert started.wait(timeout=10)
    second = make_stand_in(replace(site, note=note), recipe, ORDER)
    thread.join()
    assert second.build_ref == image_name(ORDER.reference)
    assert notes == ["this stand-in is being made already: waiting for it"]
    assert [
        path for path in site.cache.glob("*/*") if path.suffix != ".lock"
    ] == []  # what was laid out is gone


def test_who_waits_can_be_stopped(site: Site) -> None:
    started, go_on = threading.Event(), threading.Event()

    def make(*_: object) -> Layout:
        started.set()
        assert go_on.wait(timeout=10)
        raise Interrupted

    def first() -> None:
        with pytest.raises(Interrupted):
            make_stand_in(site, replace(debian_node.RECIPE, parent=None, lay_out=make), ORDER)

    thread = threading.Thread(target=first)
    thread.start()
    assert started.wait(timeout=10)
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Interrupted):
        make_stand_in(replace(site, stop=stopped), debian_node.RECIPE, ORDER)
    go_on.set()
    thread.join()


def test_a_full_disk_is_the_machines_fault_and_leaves_nothing(site: Site) -> None:
    def fill(*_: object) -> Layout:
        raise OSError(28, "No space left on device", "/cache/stand-in-x/rootfs.tar")

    with pytest.raises(MachineError, match="No space left on device") as caught:
        make_stand_in(site, replace(debian_node.RECIPE, parent=None, lay_out=fill), ORDER)
    assert caught.value.where == "/cache/stand-in-x/rootfs.tar"
    assert [path for path in site.cache.glob("*/*") if path.suffix != ".lock"] == []
