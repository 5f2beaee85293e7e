"""The matrix, the app and the Dockerfiles of this repository are what they teach."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from imagematrix.config import load_matrix
from imagematrix.model import Expectation, Smoke

REPOSITORY = Path(__file__).parents[2]
INSTALL = "RUN --mount=type=secret,id=ca NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci"
BUILD_STAGE = [
    "ARG NODE=24",
    "FROM node:${NODE} AS build",
    "WORKDIR /app",
    "COPY package.json package-lock.json index.js ./",
    INSTALL,
]


def test_the_matrix_is_the_article_s_four_variants() -> None:
    matrix = load_matrix(REPOSITORY / "variants.yml")
    assert [row.label for row in matrix.variants] == ["vanilla", "multi-stage", "distroless", "alpine"]
    assert matrix.app.port == 3000
    assert all(
        isinstance(row.smoke, Smoke) and row.smoke.body.text == "Hello World!" for row in matrix.variants
    )
    assert all(base.recipe and base.node == "24" for row in matrix.variants for base in row.bases)


EXAMPLES = sorted(path.parent for path in (REPOSITORY / "examples").glob("*/variants.yml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_a_matrix_and_says_what_it_shows(example: Path) -> None:
    assert load_matrix(example / "variants.yml").variants
    # A repository of someone else's has the tasks under a name of its own.
    assert re.search(r"invoke (images\.)?matrix", (example / "README.md").read_text())
    assert (example / "tasks.py").is_file()


def test_what_each_variant_expects() -> None:
    expected = {row.name: row.expect for row in load_matrix(REPOSITORY / "variants.yml").variants}
    full = (
        Expectation(measurement="shells", value=("bash", "sh")),
        Expectation(measurement="libc", value="glibc"),
    )
    assert expected == {
        "vanilla": full,
        "multi-stage": full,
        "distroless": (Expectation(measurement="shells", value=()), full[1]),
        "alpine": (
            Expectation(measurement="shells", value=("sh",)),
            Expectation(measurement="libc", value="musl"),
        ),
    }


def test_editors_find_the_schema() -> None:
    first = (REPOSITORY / "variants.yml").read_text().splitlines()[0]
    assert (REPOSITORY / first.removeprefix("# yaml-language-server: $schema=")).is_file()


@pytest.mark.parametrize(
    ("name", "instructions"),
    [
        (
            "vanilla",
            [
                "ARG NODE=24",
                "FROM node:${NODE}",
                "EXPOSE 3000",
                "WORKDIR /app",
                "COPY package.json package-lock.json index.js ./",
                INSTALL,
            ],
        ),
        ("multi-stage", [*BUILD_STAGE, "FROM node:${NODE}", "COPY --from=build /app /", "EXPOSE 3000"]),
        (
            "distroless",
            [
                *BUILD_STAGE,
                "FROM gcr.io/distroless/nodejs${NODE}-debian13",
                "COPY --from=build /app /",
                "EXPOSE 3000",
            ],
        ),
        ("alpine", [*BUILD_STAGE, "FROM node:${NODE}-alpine", "COPY --from=build /app /", "EXPOSE 3000"]),
    ],
)
def test_the_dockerfiles_follow_the_article(name: str, instructions: list[str]) -> None:
    command = 'CMD ["index.js"]' if name == "distroless" else 'CMD ["npm", "start"]'
    lines = (REPOSITORY / "dockerfiles" / f"{name}.Dockerfile").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == [*instructions, command]
    assert not any(line.startswith("# syntax=") for line in lines), "it would need a registry"


def test_the_lock_file_pins_every_package_and_names_no_download_address() -> None:
    lock = json.loads((REPOSITORY / "app" / "package-lock.json").read_text())
    manifest = json.loads((REPOSITORY / "app" / "package.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert lock["packages"][""]["dependencies"] == manifest["dependencies"] == {"express": "^4.16.2"}
    assert packages["node_modules/express"]["version"].startswith("4.")
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())
