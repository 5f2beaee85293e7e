"""How an app starts: by node alone where a script surely says so, else as npm does, else a guess called one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from imagematrix.starter.command import Start, start
from imagematrix.starter.installers import installer
from imagematrix.starter.package import read_package
from tests.starter.apps import app, place

TOOLS = {"typescript": "5", "rimraf": "6", "nodemon": "3", "ts-node": "10", "tsx": "4", "webpack": "5"}


def started(folder: Path, package: Mapping[str, object], *, built: str = "", **files: str) -> Start:
    there = app(folder, package=package, **files)
    told = read_package(there)
    return start(there, told, installer(there, ""), built or ("build" if "build" in told.scripts else ""))


def by(folder: Path, script: str, **more: object) -> Start:
    return started(folder, {"scripts": {"start": script}, **more})


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("node server.js", "server.js"),
        ("node server", "server"),
        ("node --enable-source-maps dist/main.js --port 80", "--enable-source-maps dist/main.js --port 80"),
        ("NODE_ENV=production node x.js", "x.js"),
        ("cross-env A=1 node .", "."),
        ("exec node server.js", "server.js"),
        ("node -r dotenv/config server.js", "-r dotenv/config server.js"),
        ("node --max-http-header-size 16384 server.js", "--max-http-header-size 16384 server.js"),
        ("npm run serve", "serve.js"),
        ("npx node server.js", "server.js"),
    ],
)
def test_one_file_that_node_runs_is_read(tmp_path: Path, script: str, words: str) -> None:
    found = started(tmp_path, {"scripts": {"start": script, "serve": "node serve.js"}})
    assert (found.words, found.script, found.fact.guessed) == (tuple(words.split()), "", False)
    assert found.fact.why == "script start in package.json"


def test_quotes_are_taken_off_and_what_is_in_them_stays(tmp_path: Path) -> None:
    assert by(tmp_path, "node 'my server.js' \"a b\" '$x'").words == ("my server.js", "a b", "$x")


@pytest.mark.parametrize(
    "script",
    [
        *(
            "sh start.sh",
            "./run.sh",
            "bash -c 'node s.js'",
            "node s.js | pino-pretty",
            "node $ENTRY",
            "node 'open",
        ),
        *('node "$FILE"', "node a.js & node b.js", "node a.js; node b.js", "node a.js || node b.js"),
        *(
            "node migrate.js && node server.js",
            "knex migrate:latest && node server.js",
            "cd server && node s.js",
        ),
        *(
            "PORT=${PORT:-3000} node s.js",
            "TOKEN='a $b' node s.js",
            "node -e \"require('./s')\"",
            "node",
            "node -r x",
        ),
        *("node --test", "pm2-runtime s.js", "concurrently 'node a.js' 'node b.js'", "dotenv -- node s.js"),
        *(
            "npm --prefix server start",
            "npm start -w api",
            "yarn workspace api start",
            "npm run x -- --port 80",
        ),
        *(
            "set PORT=3000 && node s.js",
            "bun s.ts",
            "next start",
            "npm-run-all build serve",
            "node s.js > log",
        ),
    ],
)
def test_whatever_else_is_run_by_npm_and_says_so(tmp_path: Path, script: str) -> None:
    found = started(tmp_path, {"scripts": {"start": script, "x": "node x.js"}, "main": "lib.js"})
    assert (found.script, found.fact.value) == ("start", "npm start")
    assert "no single `node FILE`" in found.fact.why
    assert "keep signals from the app" in found.warnings[0]
    assert found.environment == ()


def test_a_script_of_another_name_is_run_by_its_name(tmp_path: Path) -> None:
    found = started(tmp_path, {"scripts": {"start:prod": "sh x"}})
    assert (found.script, found.fact.value) == ("start:prod", "npm run start:prod")


def test_scripts_that_call_each_other_end(tmp_path: Path) -> None:
    scripts = {"start": "npm run a", "a": "npm run start"}
    assert started(tmp_path, {"scripts": scripts}).script == "start"


def test_what_is_set_before_it_is_kept(tmp_path: Path) -> None:
    found = by(tmp_path, "PORT=5000 LOG='a b' node a.js")
    assert dict(found.environment) == {"PORT": "5000", "LOG": "a b"}


@pytest.mark.parametrize("value", ["'a\"b'", "'a\\b'", "'$b'", "é"])
def test_what_a_dockerfile_would_read_otherwise_is_left_to_the_shell(tmp_path: Path, value: str) -> None:
    assert by(tmp_path, f"A={value} node a.js").script == "start"


def test_the_one_for_production_comes_first(tmp_path: Path) -> None:
    scripts = {"start": "nest start", "start:prod": "node dist/main"}
    assert started(tmp_path, {"scripts": scripts}).words == ("dist/main",)


def test_the_one_that_needs_no_shell_comes_before_the_one_that_does(tmp_path: Path) -> None:
    scripts = {"start:prod": "pm2-runtime s.js", "start": "node s.js"}
    found = started(tmp_path, {"scripts": scripts})
    assert (found.words, found.script) == (("s.js",), "")


@pytest.mark.parametrize(
    ("script", "words"),
    [("node --env-file .env s.js", "s.js"), ("node --env-file=.env -r x s.js y", "-r x s.js y")],
)
def test_an_environment_file_is_left_out_and_told(tmp_path: Path, script: str, words: str) -> None:
    found = by(tmp_path, script)
    assert found.words == tuple(words.split())
    assert found.fact.why == "script start in package.json, without --env-file"
    assert "environment file" in found.warnings[0]


class TestBuildsBefore:
    """A script that builds, and then starts."""

    def test_what_the_images_build_does_is_not_done_again(self, tmp_path: Path) -> None:
        scripts = {"start": "npm run build && node dist/x.js", "build": "tsc && cp a dist"}
        found = started(tmp_path, {"scripts": scripts})
        assert (found.words, found.built_by, found.fact.guessed) == (("dist/x.js",), (), False)

    def test_so_in_other_words(self, tmp_path: Path) -> None:
        scripts = {"start": "tsc -p . && node dist/x.js", "build": "tsc -p ."}
        found = started(tmp_path, {"scripts": scripts, "devDependencies": TOOLS})
        assert (found.words, found.built_by, found.fact.guessed) == (("dist/x.js",), (), False)

    def test_before_npm_starts_it(self, tmp_path: Path) -> None:
        scripts = {"prestart": "npm run build", "start": "node dist/x.js", "build": "tsc"}
        assert started(tmp_path, {"scripts": scripts}).words == ("dist/x.js",)

    def test_what_no_script_builds_is_built_by_the_same_commands(self, tmp_path: Path) -> None:
        script = "rimraf dist && A=1 tsc -p . && B=2 node dist/x.js"
        found = by(tmp_path, script, devDependencies=TOOLS)
        assert found.words == ("dist/x.js",)
        assert found.built_by == ("npx --no rimraf dist", "A=1 npx --no tsc -p .")
        assert dict(found.environment) == {"B": "2"}
        assert found.fact.guessed
        assert "`npx --no rimraf dist && A=1 npx --no tsc -p .`" in found.warnings[0]

    @pytest.mark.parametrize("script", ["tsc 'a b' && node x.js", "tsc --x='$(id)' && node x.js"])
    def test_words_that_a_dockerfile_would_read_otherwise_are_left_to_npm(
        self, tmp_path: Path, script: str
    ) -> None:
        assert by(tmp_path, script, devDependencies=TOOLS).script == "start"

    def test_a_file_that_nothing_builds_is_missed(self, tmp_path: Path) -> None:
        assert "dist/x.js is not here" in by(tmp_path / "a", "node dist/x.js").warnings[0]
        there = started(tmp_path / "b", {"scripts": {"start": "node dist/x"}}, dist___x__js="")
        assert there.warnings == ()


class TestPrograms:
    """Programs of packages."""

    def test_where_the_lock_file_tells_its_javascript_node_runs_it(self, tmp_path: Path) -> None:
        package = {"scripts": {"start": "next start -p 4000"}, "dependencies": {"next": "15"}}
        lock = json.dumps({"packages": {"node_modules/next": {"bin": {"next": "dist/bin/next.js"}}}})
        place(tmp_path, "package-lock.json", lock)
        found = started(tmp_path, package)
        assert found.words == ("node_modules/next/dist/bin/next.js", "start", "-p", "4000")
        assert (found.script, found.fact.guessed, found.development) == ("", False, "")
        assert found.fact.why.endswith("; package-lock.json says where next is")

    def test_of_a_file_without_an_ending_it_is_a_guess(self, tmp_path: Path) -> None:
        lock = json.dumps({"packages": {"node_modules/next": {"bin": {"next": "dist/bin/next"}}}})
        place(tmp_path, "package-lock.json", lock)
        assert by(tmp_path, "next start", dependencies={"next": "15"}).fact.guessed

    def test_where_nothing_tells_it_npm_runs_it(self, tmp_path: Path) -> None:
        place(tmp_path, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n")
        found = by(tmp_path, "next start", dependencies={"next": "15"})
        assert (found.script, found.development) == ("start", "")

    def test_of_a_development_dependency_all_of_these_stay(self, tmp_path: Path) -> None:
        found = by(tmp_path, "tsx src/a.ts", devDependencies=TOOLS)
        assert (found.script, found.development) == ("start", "tsx")
        assert any(warning.startswith("tsx is a development dependency") for warning in found.warnings)

    def test_so_of_a_module_that_is_loaded_before_the_file(self, tmp_path: Path) -> None:
        found = by(tmp_path / "a", "node --import tsx src/a.ts", devDependencies=TOOLS)
        assert (found.words, found.development) == (("--import", "tsx", "src/a.ts"), "tsx")
        assert (
            by(tmp_path / "b", "node -r ts-node/register a.ts", devDependencies=TOOLS).development
            == "ts-node"
        )
        assert by(tmp_path / "c", "node --import tsx a.ts", dependencies=TOOLS).development == ""

    @pytest.mark.parametrize(
        "script", ["ts-node src/a.ts", "nodemon --exec ts-node src/a.ts", "nodemon src/a.ts"]
    )
    def test_what_compiles_as_it_starts_gives_way_to_what_is_built(self, tmp_path: Path, script: str) -> None:
        scripts = {"start": script, "build": "tsc"}
        found = started(tmp_path, {"scripts": scripts, "main": "dist/a.js", "devDependencies": TOOLS})
        assert (found.words, found.script, found.fact.guessed) == (("dist/a.js",), "", True)
        assert "a development dependency" in found.fact.why

    def test_a_restarter_of_one_file_is_a_guess_without_it(self, tmp_path: Path) -> None:
        found = by(tmp_path, "nodemon server.js --port 80", devDependencies=TOOLS)
        assert (found.words, found.fact.guessed) == (("server.js", "--port", "80"), True)
        assert found.fact.why.endswith("without nodemon")

    @pytest.mark.parametrize(
        "script", ["nodemon", "nodemon --watch src server.js", "nodemon -x ts-node a.ts"]
    )
    def test_a_restarter_that_is_told_more_is_run_by_npm(self, tmp_path: Path, script: str) -> None:
        found = by(tmp_path, script, devDependencies=TOOLS)
        assert (found.script, found.development) == ("start", "nodemon")

    def test_a_manager_that_the_last_stage_has_not_is_told(self, tmp_path: Path) -> None:
        found = by(tmp_path, "pnpm -r start")
        assert any("calls pnpm" in warning for warning in found.warnings)


class TestWithoutAScript:
    """What is left to go by."""

    def test_main_is_a_guess(self, tmp_path: Path) -> None:
        found = started(tmp_path, {"main": "lib/app.js"}, lib___app__js="")
        assert (found.words, found.fact.guessed, found.warnings) == (("lib/app.js",), True, ())

    def test_a_file_that_is_there_else_nothing(self, tmp_path: Path) -> None:
        assert started(tmp_path / "a", {}, app__js="").words == ("app.js",)
        found = started(tmp_path / "b", {})
        assert (found.words, found.fact.guessed) == (("index.js",), True)
        assert found.fact.why == "nothing says how it starts"

    def test_a_blank_script_is_none(self, tmp_path: Path) -> None:
        assert by(tmp_path, " ").script == ""
