from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix.config import load_matrix
from imagematrix.errors import InputError
from imagematrix.model import Matrix

# Line numbers are counted by hand in the tests: keep them when you edit this.
MATRIX = """\
schema_version: 1
app:
  name: hello
  context: app
  port: 3000
smoke:
  path: /
  body: Hello
axes:
  node: ["22", "24"]
build_args:
  NODE: "{node}"
stand_ins:
  "node:{node}": {recipe: debian-node, node: "{node}"}
variants:
  vanilla:
    dockerfile: vanilla.Dockerfile
    bases: ["node:{node}"]
  alpine:
    dockerfile: alpine.Dockerfile
    bases: ["node:{node}", "node:{node}-alpine"]
    target: final
"""
VANILLA = """\
ARG NODE=24
FROM node:${NODE}
"""
ALPINE = """\
ARG NODE=24
FROM node:${NODE} AS build
FROM node:${NODE}-alpine AS final
COPY --from=build /app /
"""


class Project:
    """A folder with a matrix file, an app and two Dockerfiles."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "variants.yml"
        (folder / "app").mkdir()
        (folder / "vanilla.Dockerfile").write_text(VANILLA)
        (folder / "alpine.Dockerfile").write_text(ALPINE)

    def load(self, text: str = MATRIX) -> Matrix:
        self.file.write_text(text, "utf-8")
        return load_matrix(self.file)

    def refusal(self, text: str | bytes) -> tuple[str, str, str]:
        """Place (from the file's name on), message and next step of the error that this text ends in."""
        self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(InputError) as caught:
            load_matrix(self.file)
        error = caught.value
        return error.where.removeprefix(f"{self.folder}/"), error.what, error.next_step


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def line(number: int, text: str) -> str:
    """MATRIX with one line, counted from 1, replaced; the replacement may be several lines, or none."""
    lines = MATRIX.splitlines()
    lines[number - 1 : number] = text.splitlines()
    return "\n".join(lines) + "\n"
