"""How an app starts, in words that need no shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix.starter.command import Start, start
from imagematrix.starter.package import read_package
from tests.starter.apps import app


def started(folder: Path, package: object, **files: str) -> Start:
    return start(folder, read_package(app(folder, package=package, **files)))


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("node server.js", ("server.js",)),
        (
            "node --enable-source-maps dist/main.js --port 80",
            ("--enable-source-maps", "dist/main.js", "--port", "80"),
        ),
        ("NODE_ENV=production node 'my server.js'", ("my server.js",)),
        ("cross-env A=1 node .", (".",)),
        ("npm run build && node dist/server.js", ("dist/server.js",)),
        ("nodemon server.js", ("server.js",)),
        ("next start -p 4000", ("node_modules/.bin/next", "start", "-p", "4000")),
        ("exec node server.js", ("server.js",)),
    ],
)
def test_start_scripts(tmp_path: Path, script: str, words: tuple[str, ...]) -> None:
    found = started(tmp_path, {"scripts": {"start": script}})
    assert found.words == words
    assert not found.fact.guessed
    assert found.warning == ""


def test_what_is_set_before_it_is_kept(tmp_path: Path) -> None:
    found = started(tmp_path, {"scripts": {"start": "PORT=5000 LOG=x node a.js"}})
    assert found.environment == {"PORT": "5000", "LOG": "x"}


def test_a_script_that_calls_another_is_followed(tmp_path: Path) -> None:
    scripts = {"start": "npm run serve", "serve": "yarn server", "server": "node s.js"}
    assert started(tmp_path, {"scripts": scripts}).words == ("s.js",)


def test_scripts_that_call_each_other_end(tmp_path: Path) -> None:
    found = started(tmp_path, {"scripts": {"start": "npm run a", "a": "npm run start"}, "main": "m.js"})
    assert found.words == ("m.js",)
    assert found.fact.guessed


def test_the_one_for_production_comes_first(tmp_path: Path) -> None:
    scripts = {"start": "nest start", "start:prod": "node dist/main"}
    assert started(tmp_path, {"scripts": scripts}).words == ("dist/main",)


@pytest.mark.parametrize("script", ["node server.js | pino-pretty", "node $ENTRY", "./run.sh", "node 'open"])
def test_what_needs_a_shell_is_told_and_main_taken(tmp_path: Path, script: str) -> None:
    found = started(tmp_path, {"scripts": {"start": script}, "main": "m.js"})
    assert (found.words, found.fact.guessed) == (("m.js",), True)
    assert "needs a shell" in found.warning


def test_an_environment_file_is_left_out_and_told(tmp_path: Path) -> None:
    found = started(tmp_path, {"scripts": {"start": "node --env-file=.env server.js"}})
    assert found.words == ("server.js",)
    assert "environment file" in found.warning


def test_a_program_that_the_images_leave_out_is_told(tmp_path: Path) -> None:
    package = {"scripts": {"start": "tsx src/a.ts"}, "devDependencies": {"tsx": "4"}}
    assert "tsx is a development dependency" in started(tmp_path, package).warning


def test_main_without_a_script(tmp_path: Path) -> None:
    found = started(tmp_path, {"main": "lib/app.js"})
    assert (found.words, found.fact.guessed, found.warning) == (("lib/app.js",), False, "")


def test_a_file_that_is_there_else_a_guess(tmp_path: Path) -> None:
    assert started(tmp_path / "a", {}, app__js="").words == ("app.js",)
    found = started(tmp_path / "b", {})
    assert (found.words, found.fact.guessed) == (("index.js",), True)
