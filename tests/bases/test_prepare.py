"""Which way a base takes, with every way that an engine and its registries can behave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from imagematrix import bases
from imagematrix.bases.recipe import Order
from imagematrix.bases.recipes import RECIPES
from imagematrix.bases.reference import parse
from imagematrix.bases.standin import fingerprint, image_name
from imagematrix.errors import BaseImageError, EngineError
from imagematrix.model import BaseRef, BaseSource, Places, ReadyBase, StepEvent
from tests.bases.conftest import FakeEngine

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
NODE = BaseRef(reference="node:24", recipe="debian-node", node="24")
ALPINE = BaseRef(reference="node:24-alpine", recipe="alpine-node", node="24")

Prepare = Callable[..., dict[str, bases.Found]]


@pytest.fixture
def events() -> list[StepEvent]:
    return []


@pytest.fixture
def prepare(
    fake: FakeEngine, client: docker.DockerClient, tmp_path: Path, events: list[StepEvent]
) -> Prepare:
    def run(*refs: BaseRef, mode: bases.Mode = "auto", platform: str = "") -> dict[str, bases.Found]:
        return bases.prepare(
            fake.engine,
            client,
            refs,
            mode=mode,
            platform=platform,
            places=Places(cache=tmp_path / "cache", results=tmp_path / "results"),
            listener=events.append,
        )

    return run


def add_stand_in(fake: FakeEngine, ref: BaseRef, *, of_now: bool = True) -> str:
    order = Order(reference=parse(ref.reference), node=ref.node, arch="amd64")
    print_ = fingerprint(RECIPES[ref.recipe], order) if of_now else "of an older recipe"
    fake.add(image_name(order.reference), Config={"Labels": {"imagematrix.stand-in.fingerprint": print_}})
    return image_name(order.reference)


def ready(found: bases.Found) -> ReadyBase:
    assert isinstance(found, ReadyBase), found
    return found


def lost(found: bases.Found) -> BaseImageError:
    assert isinstance(found, BaseImageError), found
    return found


def test_a_registrys_image_is_pulled_by_digest(
    fake: FakeEngine, prepare: Prepare, events: list[StepEvent]
) -> None:
    fake.registries["node:24"] = (200, DIGEST)
    base = ready(prepare(NODE)["node:24"])
    assert (base.source, base.digest, base.recipe) == (BaseSource.REGISTRY, DIGEST, "")
    assert base.build_ref == f"node@{DIGEST}"
    assert fake.pulled == [f"node@{DIGEST}"]
    assert [(event.subject, event.state) for event in events] == [
        ("node:24", "started"),
        ("node:24", "note"),
        ("node:24", "done"),
    ]


def test_what_the_registry_has_and_the_engine_too_is_not_pulled(fake: FakeEngine, prepare: Prepare) -> None:
    fake.registries["node:24"] = (200, DIGEST)
    fake.add(f"node@{DIGEST}")
    assert ready(prepare(NODE)["node:24"]).digest == DIGEST
    assert fake.pulled == []


def test_a_tag_that_has_moved_on_is_pulled_anew(fake: FakeEngine, prepare: Prepare) -> None:
    fake.registries["node:24"] = (200, DIGEST)
    fake.add("node:24", f"node@{OTHER}")
    assert ready(prepare(NODE)["node:24"]).digest == DIGEST
    assert fake.pulled == [f"node@{DIGEST}"]


def test_a_digest_that_the_engine_has_needs_no_registry(fake: FakeEngine, prepare: Prepare) -> None:
    fake.add(f"node@{DIGEST}")
    text = f"node:24@{DIGEST}"
    found = prepare(BaseRef(reference=text, recipe="", node=""))
    assert ready(found[text]).build_ref == f"node@{DIGEST}"
    assert fake.asked == []


def test_a_base_is_found_once_however_often_it_is_named(fake: FakeEngine, prepare: Prepare) -> None:
    fake.registries["node:24"] = (200, DIGEST)
    assert list(prepare(NODE, NODE)) == ["node:24"]
    assert (fake.asked, fake.pulled) == (["node:24"], [f"node@{DIGEST}"])


def test_where_no_registry_answers_a_stand_in_serves_and_one_question_was_enough(
    fake: FakeEngine, prepare: Prepare, events: list[StepEvent]
) -> None:
    name = add_stand_in(fake, NODE)
    add_stand_in(fake, ALPINE)
    found = prepare(NODE, ALPINE)
    base = ready(found["node:24"])
    assert (base.source, base.recipe, base.build_ref) == (BaseSource.STAND_IN, "debian-node", name)
    assert ready(found["node:24-alpine"]).source is BaseSource.STAND_IN
    assert len(fake.asked) == 1
    notes = [event.detail for event in events if event.state == "note"]
    assert all("docker.io does not answer" in note and "a stand-in" in note for note in notes)
    assert len(notes) == 2


def test_what_was_pulled_before_comes_before_a_stand_in(fake: FakeEngine, prepare: Prepare) -> None:
    add_stand_in(fake, NODE)
    fake.add("node:24", f"node@{DIGEST}")
    base = ready(prepare(NODE)["node:24"])
    assert (base.source, base.digest) == (BaseSource.REGISTRY, DIGEST)


def test_one_refusal_costs_one_base_and_no_stand_in_hides_it(fake: FakeEngine, prepare: Prepare) -> None:
    add_stand_in(fake, NODE)
    fake.registries |= {"node:24": (404, "manifest unknown"), "node:24-alpine": (200, DIGEST)}
    found = prepare(NODE, ALPINE)
    error = lost(found["node:24"])
    assert "node:24" in error.what
    assert "manifest unknown" in error.what
    assert error.where == "docker.io"
    assert ready(found["node:24-alpine"]).digest == DIGEST


def test_without_registry_and_recipe_the_error_says_both(prepare: Prepare) -> None:
    error = lost(prepare(BaseRef(reference="ruby:3", recipe="", node=""))["ruby:3"])
    assert "ruby:3 cannot be had: docker.io does not answer" in error.what
    assert "no such host" in error.what
    assert "no stand-in recipe" in error.what
    assert "debian-node" in error.next_step


def test_mode_registry_has_no_stand_ins(fake: FakeEngine, prepare: Prepare) -> None:
    add_stand_in(fake, NODE)
    error = lost(prepare(NODE, mode="registry")["node:24"])
    assert "docker.io does not answer" in error.what
    assert "--bases auto" in error.next_step


def test_mode_local_asks_no_registry(fake: FakeEngine, prepare: Prepare) -> None:
    fake.registries["node:24"] = (200, DIGEST)
    fake.add("node:24", f"node@{DIGEST}")
    add_stand_in(fake, NODE)
    assert ready(prepare(NODE, mode="local")["node:24"]).source is BaseSource.STAND_IN
    error = lost(prepare(BaseRef(reference="ruby:3", recipe="", node=""), mode="local")["ruby:3"])
    assert "no registry is asked" in error.what
    assert fake.asked == []


def test_an_unknown_recipe_is_told_with_the_known_ones(prepare: Prepare) -> None:
    found = prepare(BaseRef(reference="node:24", recipe="debian-nod", node="24"))
    error = lost(found["node:24"])
    assert "'debian-nod'" in error.what
    assert "alpine-node" in error.next_step


def test_a_node_that_no_wheel_has_is_told_with_those_there_are(fake: FakeEngine, prepare: Prepare) -> None:
    error = lost(prepare(BaseRef(reference="node:10", recipe="debian-node", node="10"))["node:10"])
    assert fake.asked == ["node:10"]
    assert "there is no Node 10 for glibc on amd64" in error.what
    assert "8.9.4, 20.18.0, 22.20.0, 24.19.0" in error.next_step


def test_what_is_no_reference_is_an_error_value(fake: FakeEngine, prepare: Prepare) -> None:
    error = lost(prepare(BaseRef(reference="node::24", recipe="debian-node", node="24"))["node::24"])
    assert "'node::24' is not an image reference" in error.what
    assert fake.asked == []


def test_the_platform_is_pulled_that_is_asked_for(fake: FakeEngine, prepare: Prepare) -> None:
    fake.registries["node:24"] = (200, DIGEST)
    fake.add(f"node@{DIGEST}")  # the engine's own architecture
    prepare(NODE, platform="linux/arm64/v8")
    assert fake.pulled == [f"node@{DIGEST}"]


def test_an_engine_that_is_gone_ends_the_command(fake: FakeEngine, prepare: Prepare) -> None:
    fake.gone = True
    with pytest.raises(EngineError, match="the engine stopped answering"):
        prepare(NODE)
