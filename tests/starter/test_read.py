"""A whole app, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix.errors import InputError
from imagematrix.starter import App, read_app
from tests.starter.apps import app, place

SERVER = "const port = process.env.PORT || 8123\napp.get('/healthz', f)\napp.listen(port)\n"


def guessed(found: App) -> set[str]:
    return {fact.name for fact in found.facts if fact.guessed}


def test_an_app_that_tells_all(tmp_path: Path) -> None:
    package = {"name": "@me/Shop API", "scripts": {"start": "node server.js"}, "engines": {"node": "22"}}
    found = read_app(app(tmp_path, package=package, server__js=SERVER, package_lock__json="{}"))
    assert (found.name, found.node, found.command) == ("shop-api", "22", ("server.js",))
    assert (found.port, found.path) == (8123, "/healthz")
    assert found.environment == (("NODE_ENV", "production"), ("PORT", "8123"))
    assert (found.build_script, found.whole_because, found.addons) == ("", "", ())


def test_lock_file_and_settings_are_copied_first(tmp_path: Path) -> None:
    folder = app(tmp_path, package={}, __npmrc="x")
    (folder / "package-lock.json").write_text("{}")
    found = read_app(folder)
    assert found.copied_first == ("package.json", "package-lock.json", ".npmrc")
    assert found.private == (".npmrc",)
    assert "install" not in guessed(found)


def test_an_empty_app_is_guessed_and_says_so(tmp_path: Path) -> None:
    found = read_app(app(tmp_path / "My App", package={}))
    assert guessed(found) == {"node", "install", "start", "port", "smoke test", "native addons"}
    assert (found.name, found.port, found.path) == ("my-app", 3000, "/")
    assert any("no lock file" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("package", "why"),
    [
        ({"scripts": {"postinstall": "patch-package"}}, "'postinstall'"),
        ({"scripts": {"prepare": "husky"}}, "'prepare'"),
        ({"workspaces": ["a"]}, "workspaces"),
    ],
)
def test_an_installation_that_needs_the_whole_folder(tmp_path: Path, package: object, why: str) -> None:
    found = read_app(app(tmp_path, package=package))
    assert why in found.whole_because
    assert found.copied_first == ()


def test_patches_are_read_by_the_installation(tmp_path: Path) -> None:
    assert "patches/" in read_app(app(tmp_path, package={}, patches___x__patch="")).whole_because


@pytest.mark.parametrize(
    ("script", "port"), [("PORT=5000 node a.js", 5000), ("next start -p 4000", 4000), ("x --port=4001", 4001)]
)
def test_the_port_of_the_start_script(tmp_path: Path, script: str, port: int) -> None:
    found = read_app(app(tmp_path, package={"scripts": {"start": script}}))
    assert found.port == port
    assert "port" not in guessed(found)


def test_what_the_start_script_sets_is_set(tmp_path: Path) -> None:
    package = {"scripts": {"start": "NODE_ENV=staging LEVEL='a b' node a.js"}}
    found = read_app(app(tmp_path, package=package))
    assert dict(found.environment) == {"NODE_ENV": "staging", "LEVEL": "a b"}


def test_what_npm_runs_sets_for_itself(tmp_path: Path) -> None:
    found = read_app(app(tmp_path, package={"scripts": {"start": "LEVEL=info TOKEN='a $b' node a.js"}}))
    assert (found.start_script, dict(found.environment)) == ("start", {"NODE_ENV": "production"})


def test_what_builds_before_the_start_is_told_as_the_build(tmp_path: Path) -> None:
    package = {"scripts": {"start": "tsc && node d.js"}, "devDependencies": {"typescript": "5"}}
    found = read_app(app(tmp_path, package=package))
    assert (found.build_script, found.built_by, found.keeps_development) == ("", ("npx --no tsc",), False)
    (build,) = [fact for fact in found.facts if fact.name == "build"]
    assert (build.value, build.guessed) == ("npx --no tsc", True)


def test_warnings(tmp_path: Path) -> None:
    package = {"dependencies": {"fastify": "5"}, "main": "a.js", "engines": {"node": "18"}}
    folder = app(tmp_path, package=package, a__js="f.listen({ port: 80 })")
    (folder / ".npmrc").write_text("//x/:_authToken=${NPM_TOKEN}\n")
    told = "\n".join(read_app(folder).warnings)
    assert "a.js:1 listens on loopback alone" in told
    assert "no stand-in holds Node 18" in told
    assert ".npmrc takes a token" in told


def test_environment_files_that_are_here_stay_out_and_are_told(tmp_path: Path) -> None:
    folder = app(tmp_path, package={}, __env="A=1", __env__local="", __env__example="")
    assert ".env, .env.local stays out of the images" in "\n".join(read_app(folder).warnings)
    (folder / ".env").unlink()
    (folder / ".env.local").unlink()
    assert "stays out" not in "\n".join(read_app(folder).warnings)


@pytest.mark.parametrize("root", ["package.json", "pnpm-workspace.yaml"])
def test_a_workspace_of_a_folder_above_is_told(tmp_path: Path, root: str) -> None:
    place(tmp_path, root, '{"workspaces": ["packages/*"]}')
    folder = app(tmp_path / "packages" / "api", package={})
    assert any(f"{tmp_path} has this app as a workspace" in each for each in read_app(folder).warnings)
    place(folder, "package-lock.json", "{}")
    assert not any("workspace" in each for each in read_app(folder).warnings)


def test_a_folder_above_that_is_another_checkout_is_not_looked_at(tmp_path: Path) -> None:
    place(tmp_path, "package.json", '{"workspaces": ["*"]}')
    place(tmp_path / "repo", ".git/HEAD", "")
    place(tmp_path / "broken", "package.json", "{")
    for folder in (tmp_path / "repo" / "api", tmp_path / "broken" / "api"):
        assert not any("workspace" in each for each in read_app(app(folder, package={})).warnings)


@pytest.mark.parametrize("name", ["", "@/", "日本", "..."])
def test_a_name_that_no_image_can_have(tmp_path: Path, name: str) -> None:
    assert read_app(app(tmp_path / "shop", package={"name": name})).name == "shop"


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder") as caught:
        read_app(tmp_path / "gone")
    assert caught.value.where == str(tmp_path / "gone")


def fact(found: App, name: str) -> tuple[str, str, bool]:
    return next((each.value, each.why, each.guessed) for each in found.facts if each.name == name)


@pytest.mark.parametrize("lock", ["bun.lock", "bun.lockb"])
def test_a_lock_file_of_bun_is_said_not_to_be_read(tmp_path: Path, lock: str) -> None:
    folder = app(tmp_path, package={"main": "a.js"}, a__js="x.listen(80)")
    place(folder, lock, "")
    found = read_app(folder)
    assert fact(found, "install") == ("npm", f"{lock} is not read, and no other lock file is here", True)
    assert any(each.startswith(f"{lock} is not read, since npm installs") for each in found.warnings)
    assert not any("there is no lock file" in each for each in found.warnings)
    place(folder, "package-lock.json", "{}")
    assert read_app(folder).warnings == ()


def test_without_a_lock_file_addons_are_not_said_to_be_none(tmp_path: Path) -> None:
    package = {"main": "a.js", "dependencies": {"bcrypt": "6", "express": "5"}}
    found = read_app(app(tmp_path / "native", package=package))
    why = "no lock file is here; such packages usually have one"
    assert (found.addons, fact(found, "native addons")) == (("bcrypt",), ("bcrypt", why, True))
    other = read_app(app(tmp_path / "plain", package={"dependencies": {"express": "5"}}))
    assert (other.addons, fact(other, "native addons")[0]) == ((), "not known")


def test_the_port_of_another_workspace_is_a_guess_that_names_it(tmp_path: Path) -> None:
    folder = app(tmp_path, package={"workspaces": ["packages/*"]})
    place(folder, "packages/api/package.json", "{}")
    place(folder, "packages/api/server.js", "x.listen(8080)")
    found = read_app(folder)
    assert fact(found, "port") == (
        "8080",
        "packages/api/server.js:1, which is of packages/api: not of what is started",
        True,
    )
    assert any(
        each.startswith("index.js is not here, so the images cannot start: this is the root of workspaces")
        for each in found.warnings
    )
    started = app(tmp_path, package={"scripts": {"start": "node packages/api/server.js"}})
    assert fact(read_app(started), "port") == ("8080", "packages/api/server.js:1", False)


def test_a_main_that_is_not_here_is_warned_of_unless_a_build_may_make_it(tmp_path: Path) -> None:
    def told(**package: object) -> bool:
        warnings = read_app(app(tmp_path, package={"main": "dist/x.js", **package})).warnings
        return any("dist/x.js is not here, so the images cannot start" in each for each in warnings)

    assert told()
    assert not told(scripts={"build": "tsc"})
    place(tmp_path, "dist/x.js", "")
    assert not told()


@pytest.mark.parametrize(
    ("engines", "contrary"), [(">=22", True), (">=18", False), ("whatever", False), ("", False)]
)
def test_a_file_that_contradicts_engines_is_told(tmp_path: Path, engines: str, contrary: bool) -> None:
    folder = app(tmp_path, package={"engines": {"node": engines}}, __nvmrc="20\n")
    told = f".nvmrc says 20, which engines in package.json does not allow ({engines}): the images take 20"
    assert (told in read_app(folder).warnings) is contrary
