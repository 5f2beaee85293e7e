"""package.json of other people, the broken ones above all."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix.errors import InputError
from imagematrix.starter.package import read_package
from tests.starter.apps import app


def broken(folder: Path, raw: bytes) -> InputError:
    (folder / "package.json").write_bytes(raw)
    with pytest.raises(InputError) as caught:
        read_package(folder)
    return caught.value


def test_all_that_is_read(tmp_path: Path) -> None:
    package = read_package(
        app(
            tmp_path,
            package={
                "name": "@me/shop",
                "main": "lib/index.js",
                "packageManager": "pnpm@9.1.0",
                "engines": {"node": ">=20", "npm": ">=9"},
                "scripts": {"start": "node ."},
                "dependencies": {"fastify": "5"},
                "optionalDependencies": {"fsevents": "2"},
                "devDependencies": {"typescript": "5"},
                "workspaces": ["packages/*"],
            },
        )
    )
    assert (package.name, package.main, package.manager) == ("@me/shop", "lib/index.js", "pnpm@9.1.0")
    assert (package.node, package.scripts) == (">=20", {"start": "node ."})
    assert package.dependencies == {"fastify", "fsevents"}
    assert package.dev_dependencies == {"typescript"}
    assert package.workspaces


def test_what_is_missing_or_of_another_kind_is_empty(tmp_path: Path) -> None:
    package = read_package(app(tmp_path, package={"name": 7, "scripts": {"start": 1, "build": "tsc"}}))
    assert (package.name, package.main, package.node) == ("", "", "")
    assert package.scripts == {"build": "tsc"}
    assert not package.workspaces


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_bytes(b'\xef\xbb\xbf{"name": "shop"}')
    assert read_package(tmp_path).name == "shop"


def test_none_is_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_package(tmp_path)
    assert caught.value.where == str(tmp_path)
    assert caught.value.what == "there is no package.json here"
    assert "--context" in caught.value.next_step


def test_broken_json_is_told_with_line_and_column(tmp_path: Path) -> None:
    error = broken(tmp_path, b'{\n  "name": "shop",\n}')
    assert error.where == f"{tmp_path}/package.json:3:1"


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"[]", "no JSON object"),
        (b'{"scripts": ["start"]}', "'scripts' is no mapping"),
        (b"\xff\xfe{", "not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b" " * (1024 * 1024 + 1), "larger than 1 MiB"),
    ],
)
def test_other_ways_to_be_broken(tmp_path: Path, raw: bytes, what: str) -> None:
    error = broken(tmp_path, raw)
    assert what in error.what
    assert error.where == f"{tmp_path}/package.json"
