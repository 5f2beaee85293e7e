"""An engine's answers: of the API's form, or refused in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import docker
import pytest

from imagematrix import answers
from imagematrix.answers import Every, Maybe, Shape, amiss
from imagematrix.bases.asking import connected
from imagematrix.engine import client as engine_client
from imagematrix.engine.endpoint import Endpoint
from imagematrix.engine.guard import guard
from imagematrix.engine.owned import owned
from imagematrix.errors import EngineError
from imagematrix.model import Engine, Step
from tests.answering import HOST, SOUND, Said, answering

ENGINE: Final = Engine(
    host=HOST,
    name="docker",
    version="27.0.1",
    image_store="overlay2",
    embedded=False,
    buildx=(),
    env=(("DOCKER_HOST", HOST),),
    api="1.45",
)
CONTAINER: Final = {
    "Id": "4",
    "Name": "/a",
    "State": {"Status": "exited", "Running": False, "ExitCode": 0, "OOMKilled": False, "Pid": 0},
    "Config": {"Labels": None},
    "NetworkSettings": {
        "Networks": {"bridge": {"IPAddress": "", "IPPrefixLen": 0}},
        "Ports": {"1/tcp": None},
    },
}
# Each route with a right answer, and the SDK's call that asks for it.
Call = Callable[[docker.DockerClient], object]
ASKED: Final[dict[str, tuple[Any, Call]]] = {
    "GET /version": (SOUND["GET /version"], lambda c: c.version()),
    "GET /info": (SOUND["GET /info"], lambda c: c.info()),
    "GET /images/json": ([], lambda c: c.images.list()),
    "GET /images/.+/json": (SOUND["GET /images/.+/json"], lambda c: c.images.get("a/json:1").labels),
    "GET /images/.+/history": (SOUND["GET /images/.+/history"], lambda c: c.images.get("a").history()),
    "GET /distribution/.+/json": (
        SOUND["GET /distribution/.+/json"],
        lambda c: c.images.get_registry_data("a"),
    ),
    "POST /containers/create": ({"Id": "4"}, lambda c: c.containers.create("a")),
    "GET /containers/json": ([{"Id": "4"}], lambda c: c.containers.list(all=True)),
    "GET /containers/[^/]+/json": (CONTAINER, lambda c: c.containers.get("4").labels),
    "GET /containers/[^/]+/top": ({"Titles": ["PID"], "Processes": [["1"]]}, lambda c: c.api.top("4")),
    "GET /containers/[^/]+/stats": (
        {"memory_stats": {"usage": 1, "stats": {"anon": 1}}},
        lambda c: c.api.stats("4", stream=False, one_shot=True),
    ),
    "POST /containers/[^/]+/wait": ({"StatusCode": 0}, lambda c: c.api.wait("4")),
    "POST /containers/[^/]+/exec": ({"Id": "5"}, lambda c: c.api.exec_create("4", "x")),
    "GET /exec/[^/]+/json": ({"ExitCode": None}, lambda c: c.api.exec_inspect("5")),
    "POST /networks/create": ({"Id": "3"}, lambda c: c.networks.create("n")),
    "GET /networks": (SOUND["GET /networks"], lambda c: c.networks.list()),
    "GET /networks/[^/]+": (SOUND["GET /networks"][0], lambda c: c.networks.get("3")),
    "GET /system/df": (SOUND["GET /system/df"], lambda c: c.df()),
}
TABLE: Final = {**SOUND, **{route: told for route, (told, _) in ASKED.items()}}


def test_every_form_is_tried_here() -> None:
    assert set(ASKED) == set(answers._ANSWERS)


@pytest.mark.parametrize("route", ASKED)
def test_an_answer_of_its_form_is_taken(monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    answering(monkeypatch, TABLE)
    with guard(ENGINE), connected(ENGINE, timeout_seconds=5) as client:
        ASKED[route][1](client)


@pytest.mark.parametrize(
    "told",
    [[], {}, None, 1, "a", True, [1], [None], [[]], {"Id": 1}, {"Id": None}],
    ids=["list", "object", "null", "number", "text", "truth", "numbers", "nulls", "lists", "Id", "no Id"],
)
@pytest.mark.parametrize("route", ASKED)
def test_another_is_told_once_and_the_same_wherever_it_is_met(
    monkeypatch: pytest.MonkeyPatch, route: str, told: object
) -> None:
    if amiss(told, answers._ANSWERS[route]) == "":
        return  # an empty list is an answer, to some questions
    answering(monkeypatch, {**TABLE, route: told})
    with (
        pytest.raises(EngineError, match="the engine's answer has not the form of one: ") as caught,
        guard(ENGINE, Step.MEASURE),
        connected(ENGINE, timeout_seconds=5) as client,
    ):
        ASKED[route][1](client)
    assert caught.value.where == HOST
    assert "see that a Docker engine listens there" in caught.value.next_step
    assert caught.value.exit_code == 3


def test_what_answers_first_is_told_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {**SOUND, "GET /version": []})
    with pytest.raises(EngineError) as caught:
        engine_client.ask(Endpoint(host=HOST, named_by="DOCKER_HOST"))
    assert caught.value.what == "the engine's answer has not the form of one: GET /version: it is no object"


@pytest.mark.parametrize("body", [b"[" * 100_000, b"9" * 10_000], ids=["deep", "long"])
def test_what_json_cannot_hold_here_is_told(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    answering(monkeypatch, {**SOUND, "GET /info": Said(body=body)})
    with (
        pytest.raises(EngineError, match="GET /info: it is nested too deep"),
        connected(ENGINE, timeout_seconds=5) as client,
    ):
        client.info()


def test_an_image_without_a_config_has_no_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {**SOUND, "GET /images/.+/json": {**SOUND["GET /images/.+/json"], "Config": None}})
    with connected(ENGINE, timeout_seconds=5) as client:
        assert client.images.get("a").labels == {}


def test_what_an_engine_lists_without_our_label_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = {**SOUND["GET /images/.+/json"], "Config": {}}
    listed = {"GET /containers/json": [{"Id": "4"}], "GET /containers/[^/]+/json": CONTAINER}
    answering(monkeypatch, {**SOUND, **listed, "GET /images/.+/json": bare})
    with connected(ENGINE, timeout_seconds=5) as client:
        assert owned(client, owner="", kinds=("container", "network", "variant", "stand-in")) == []


@pytest.mark.parametrize(
    ("told", "shape", "says"),
    [
        ({"a": 1, "more": 2}, {"a": int}, ""),
        ({"a": True}, {"a": int}, "'a' is no whole number"),
        ({"a": 1}, {"a": bool}, "'a' is no truth value"),
        ({"a": 1.5}, {"a": int}, "'a' is no whole number"),
        ({}, {"a": {"b": str}}, "'a' is not there"),
        ({"a": {"b": []}}, {"a": {"b": str}}, "'a.b' is no text"),
        ({"a": ["x", 1]}, {"a": [str]}, "'a[1]' is no text"),
        ([{"a": "x"}, {}], [{"a": str}], "'[1].a' is not there"),
        ({"a": None}, {"a": Maybe([str])}, ""),
        ({"a": {}}, {"a": Maybe([str])}, "'a' is no list"),
        ({"x": "1", "y": 2}, Every(str), "'y' is no text"),
        (None, {"a": str}, "it is not there"),
        ("text", {"a": str}, "it is no object"),
    ],
)
def test_what_is_amiss(told: object, shape: Shape, says: str) -> None:
    assert amiss(told, shape) == says
