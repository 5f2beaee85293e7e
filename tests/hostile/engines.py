"""The commands that read a matrix or ask an engine, and no record.

The engine's answers are those of a table; nothing is built, and nothing started.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from imagematrix.commands.doctor import doctor
from imagematrix.commands.images import some_images
from imagematrix.commands.look import history, list_variants
from imagematrix.commands.stock import base_images, clean
from imagematrix.image.walk_lines import WalkRefusedError
from imagematrix.model import Built
from tests.answering import DIGEST, SOUND, Said, answering
from tests.commands.reading import Command
from tests.image import exports

COMMANDS: Final[dict[str, tuple[Command, dict[str, object]]]] = {
    "bases": (base_images, {}),
    "clean": (clean, {"all": True}),
    "clean --keep": (clean, {"all": True, "keep": "1B"}),
    "doctor": (doctor, {}),
    "history": (history, {}),
    "list": (list_variants, {}),
    "measure --image": (some_images, {"image": ["app:1", "app:2"]}),
    "measure --image --deep": (some_images, {"image": ["app:1"], "deep": True}),
}
MATRIX: Final = """\
schema_version: 1
app: { name: app, context: app, port: 3000 }
stand_ins: { "node:24": { recipe: debian-node, node: "24" } }
variants: { slim: { dockerfile: Dockerfile } }
"""
_LAYERS: Final = [exports.layer("a")]


def table() -> dict[str, Any]:
    """The answers of a sound engine, whose one image is exported too."""
    exported = exports.since_25(_LAYERS, exports.config(_LAYERS, [("COPY . .", False)]))
    image = {**SOUND["GET /images/.+/json"], "RootFS": {"Layers": [exports.diff_id(_LAYERS[0])]}}
    return {
        **SOUND,
        "GET /images/.+/json": image,
        "GET /images/get": Said(body=exported),
        "DELETE /images/.+": [],
        "POST /build/prune": {},
        "GET /_ping": "OK",
    }


@contextmanager
def standing(folder: Path, answers: dict[str, Any]) -> Iterator[None]:
    """A matrix in the folder, and this engine; what is built is there at once, and has no node to walk it."""

    def no_node(*_: object, **__: object) -> NoReturn:
        raise WalkRefusedError("no node is in it")

    (folder / "app").mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text("FROM node:24\nCOPY . .\n", "ascii")
    (folder / "variants.yml").write_text(MATRIX, "ascii")
    built = Built(seconds=1.0, cached=False, config_digest=DIGEST, image_ref=DIGEST, log=folder / "log")
    with pytest.MonkeyPatch.context() as patch:
        answering(patch, answers)
        patch.setenv("DOCKER_CONFIG", str(folder / "docker"))
        patch.setattr("imagematrix.image.walk.tell", no_node)
        patch.setattr("imagematrix.steps.build", lambda *_, **__: built)
        patch.setattr("imagematrix.engine.buildx.find", lambda *_, **__: ("buildx",))
        patch.setattr("imagematrix.engine.conditions", lambda _: ())  # they start programs of the machine
        yield
