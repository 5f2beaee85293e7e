"""Engines whose answers are of no engine, asked by the very commands that a user gives."""

from __future__ import annotations

import copy
import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from imagematrix import settings
from imagematrix.commands.outcome import Show
from imagematrix.report.console import Look
from imagematrix.report.progress import PlainProgress
from tests.answering import Said
from tests.hostile import jsons
from tests.hostile.bounds import refused
from tests.hostile.engines import COMMANDS, standing, table
from tests.hostile.tried import kept, tried

pytestmark = pytest.mark.filterwarnings(
    "ignore:Generating overly large repr"
)  # a failure shows it, all the same

FORM: Final = "the engine's answer has not the form of one"
ROUTES: Final = sorted(route for route, told in table().items() if not isinstance(told, Said))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all answers: hypothesis runs a test many times in one go."""
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture
def answers(folder: Path) -> Iterator[dict[str, Any]]:
    """What the engine answers, to be changed."""
    told = table()
    with standing(folder, told):
        yield told


def done(folder: Path, name: str, *, as_json: bool = False, **more: str) -> str:
    """One command: what it says and ends with, or the message of its refusal."""
    command, flags = COMMANDS[name]
    given = {**flags, "file": str(folder / "variants.yml"), "cache": str(folder / "cache"), **more}
    resolved = settings.resolve({}, given, {})
    progress = PlainProgress(Console(file=io.StringIO(), width=100))
    show = Show(look=Look(width=100, color=False), json=as_json, dry=False, progress=lambda: progress)
    told: list[str] = []

    def run() -> None:
        outcome = command(resolved, show)
        assert not as_json or outcome.text == "" or json.loads(outcome.text) is not None
        told.append(f"{outcome.exit_code} {outcome.text}")

    return refused(run, folder=folder) or told[0]


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize("name", COMMANDS)
def test_the_engine_that_all_others_are_made_of_is_sound(folder: Path, name: str) -> None:
    for as_json in (False, True):
        assert done(folder, name, as_json=as_json).startswith("0 ")


@tried(100, 3000)
@given(data=st.data(), name=st.sampled_from(sorted(COMMANDS)), as_json=st.booleans())
def test_an_answer_of_any_form_is_taken_or_told(
    folder: Path, answers: dict[str, Any], data: st.DataObject, name: str, as_json: bool
) -> None:
    sound = table()
    answers |= sound
    for route in data.draw(st.lists(st.sampled_from(ROUTES), min_size=1, max_size=3)):
        changed = data.draw(st.one_of(jsons.texts(sound[route], 2), jsons.strange.map(encoded)))
        answers[route] = Said(body=changed)
    assert done(folder, name, as_json=as_json)


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("told", [{}, [], None, 1, "a"], ids=["object", "list", "null", "number", "text"])
@pytest.mark.parametrize("name", COMMANDS)
def test_another_answer_about_an_image_is_told(
    folder: Path, answers: dict[str, Any], name: str, told: object
) -> None:
    answers |= {**copy.deepcopy(table()), "GET /images/.+/json": told}
    said = done(folder, name, as_json=True)
    if name == "list":
        assert said.startswith("0 ")  # it asks no engine
    elif name == "doctor":
        assert FORM in said  # which is no reason to say nothing of all else
    else:
        assert said.startswith(FORM), said


def test_an_engine_that_contradicts_itself_is_told(folder: Path, answers: dict[str, Any]) -> None:
    assert done(folder, "history").startswith("0 ")  # what it exports is known now
    answers["GET /images/.+/json"] = {**table()["GET /images/.+/json"], "RootFS": {}}
    assert "the engine contradicts itself: " in done(folder, "history")


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize("name", COMMANDS)
def test_records_that_are_damaged_are_nothing_to_them(folder: Path, name: str, tmp_path: Path) -> None:
    bare = done(folder, name, as_json=True)
    results = tmp_path / "results"
    for number, path in enumerate(kept("records")):
        place = results / f"20260101T000000Z-{number:06x}"
        place.mkdir(parents=True)
        shutil.copy(path, place / "run.json")
    (results / "latest").symlink_to("latest")
    os.mkfifo(results / "20260102T000000Z-aaaaaa")
    assert done(folder, name, as_json=True, results=str(results)) == bare
