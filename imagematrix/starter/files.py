"""`App` -> the text of the starter files, by the templates beside this file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal

import jinja2

from imagematrix.starter.app import STAND_IN_NODES, App
from imagematrix.text import one_line

IGNORE: Final = ".dockerignore"
TASKS: Final = "tasks.py"
_DOCKERFILES: Final = "dockerfiles"
# Where the Debian release of a distroless image changed; older Node never came to the newer one.
_DISTROLESS_DEBIAN: Final = {"16": "11", "18": "12"}
_DISTROLESS_NOW: Final = "13"


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A file to write."""

    place: Literal["matrix", "context"]  # the folder that `path` starts from
    path: PurePosixPath
    text: str


def starter_files(app: App, *, matrix: str, context: str, dockerfile: bool) -> tuple[Placed, ...]:
    """All files of a starter.

    `matrix` is the matrix file's name, `context` the app's folder as seen from there; `dockerfile` tells
    whether the app has a Dockerfile of its own, which the matrix file then offers to compare.
    """
    values = {
        "app": app,
        "context": context,
        "by": app.installer,
        "debian": _DISTROLESS_DEBIAN.get(app.node, _DISTROLESS_NOW),
        "own": str(PurePosixPath(context) / "Dockerfile") if dockerfile else "",
        "guess": next((fact.why for fact in app.facts if fact.name == "start" and fact.guessed), ""),
        # Folders of this app's that have the file which is started.
        "kept": {PurePosixPath(word).parts[0] for word in app.command if PurePosixPath(word).parts},
        "here": PurePosixPath(context) == PurePosixPath("."),
        "matrix": matrix,
        "more_nodes": [node for node in STAND_IN_NODES if node != app.node],
        "stand_ins": app.node in STAND_IN_NODES,
        "why": {fact.name: f"{fact.why}{' (a guess)' if fact.guessed else ''}" for fact in app.facts},
    }
    made = [
        ("matrix", matrix, "variants.yml"),
        *(
            ("matrix", f"{_DOCKERFILES}/{name}.Dockerfile", f"{name}.Dockerfile")
            for name in ("debian", "distroless", "alpine")
        ),
        ("context", IGNORE, "dockerignore"),
        ("matrix", TASKS, "tasks.py"),
    ]
    templates = _templates()
    return tuple(
        Placed(
            place="context" if place == "context" else "matrix",
            path=PurePosixPath(path),
            text=templates.get_template(f"{template}.j2").render(values),
        )
        for place, path, template in made
    )


def _templates() -> jinja2.Environment:
    # What comes out is no HTML.  Words from package.json go through `json` or `comment`.
    environment = jinja2.Environment(  # noqa: S701
        loader=jinja2.PackageLoader("imagematrix.starter"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # JSON in ASCII is a text in YAML, and an exec form in a Dockerfile, whatever is in it.
    environment.filters["json"] = json.dumps
    environment.filters["comment"] = lambda text: one_line(" ".join(str(text).split()))
    return environment
