"""Which file of JavaScript a package's program is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imagematrix.starter.installers import installer
from imagematrix.starter.package import read_package
from imagematrix.starter.programs import Program, programs
from tests.starter.apps import app, place

PACKAGE = {"dependencies": {"next": "15"}, "devDependencies": {"tsx": "4", "typescript": "5"}}


def found(folder: Path) -> dict[str, Program]:
    return dict(programs(folder, installer(folder, ""), read_package(folder)))


def locked(folder: Path, **packages: object) -> None:
    told = {f"node_modules/{name}": {"bin": bins} for name, bins in packages.items()}
    place(folder, "package-lock.json", json.dumps({"packages": told}))


def test_npms_lock_file_tells_it(tmp_path: Path) -> None:
    locked(app(tmp_path, package=PACKAGE), next={"next": "dist/bin/next"}, tsx={"tsx": "./dist/cli.mjs"})
    told = found(tmp_path)
    assert (told["next"].file, told["next"].sure) == ("node_modules/next/dist/bin/next", False)
    assert (told["tsx"].file, told["tsx"].sure) == ("node_modules/tsx/dist/cli.mjs", True)
    assert (told["next"].development, told["tsx"].development) == (False, True)
    assert told["tsx"].told_by == "package-lock.json"


@pytest.mark.parametrize(("first", "sure"), [("#!/usr/bin/env node\n", True), ("\x7fELF", False)])
def test_an_installed_package_tells_it_and_its_first_line(tmp_path: Path, first: str, sure: bool) -> None:
    folder = app(tmp_path, package=PACKAGE, yarn__lock="")
    place(folder, "node_modules/next/package.json", '{"bin": "bin/next"}')
    place(folder, "node_modules/next/bin/next", first)
    told = found(folder)["next"]
    assert (told.file, told.sure) == ("node_modules/next/bin/next", sure)
    assert told.told_by == "node_modules/next/package.json"


def test_nothing_tells_it(tmp_path: Path) -> None:
    told = found(app(tmp_path, package=PACKAGE, yarn__lock=""))
    assert told["next"] == Program(package="next", development=False)
    assert told["tsc"] == Program(package="typescript", development=True)
    assert "rm" not in told


@pytest.mark.parametrize("file", ["../../etc/passwd", "/etc/passwd", "a/../../b", ""])
def test_a_file_elsewhere_is_none_of_it(tmp_path: Path, file: str) -> None:
    locked(app(tmp_path, package=PACKAGE), next={"next": file})
    assert found(tmp_path)["next"].file == ""


@pytest.mark.parametrize("lock", ["", "[]", "{", '{"packages": 1}', '{"packages": {"node_modules/next": 1}}'])
def test_a_lock_file_that_is_none_tells_nothing(tmp_path: Path, lock: str) -> None:
    place(app(tmp_path, package=PACKAGE), "package-lock.json", lock)
    assert found(tmp_path)["next"].file == ""
