"""The arrows of docs/architecture.md: which part of the package may import which."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).resolve().parents[1] / "imagematrix"
GROUND: Final = {"errors", "model"}
# Part -> what else of ours it may import.
MAY: Final[dict[str, set[str]]] = {
    "errors": set(),
    "model": set(),
    "record": GROUND,
    "settings": GROUND,
    "expectations": GROUND,
    "provenance": GROUND,
    "text": set(),
    "limits": set(),
    "removal": set(),
    "scratch": {"errors"},
    "whole": {"scratch"},
    "answers": {"errors"},
    "solve": GROUND | {"text"},
    "fetch": GROUND | {"scratch", "text"},
    "config": GROUND | {"text", "units"},
    "build": GROUND | {"scratch", "solve", "text"},
    "attached": GROUND,
    "creation": GROUND | {"limits", "provenance"},
    "container": GROUND | {"attached", "creation", "removal", "text"},
    "image": GROUND | {"attached", "creation", "removal", "scratch", "text", "whole"},
    "probes": GROUND | {"container", "creation", "limits", "removal", "text"},
    "behaviour": GROUND | {"container", "probes"},
    "engine": GROUND | {"answers", "fetch", "removal", "scratch", "text"},
    "bases": GROUND | {"answers", "build", "creation", "fetch", "removal", "scratch", "text"},
    "archive": GROUND | {"record", "scratch", "text", "whole"},
    "units": set(),
    "verdicts": {"model", "text", "units"},
    "report": GROUND | {"record", "text", "units"},
    "starter": {"errors", "text"},
    "examined": GROUND | {"image", "record", "whole"},
    "masking": set(),
    "hidden": GROUND | {"masking", "text", "whole"},
    "steps": GROUND
    | {
        "examined",
        "bases",
        "build",
        "container",
        "engine",
        "expectations",
        "hidden",
        "image",
        "probes",
        "provenance",
    },
    "behaving": GROUND | {"behaviour", "container", "engine", "probes", "steps"},
    "pipeline": GROUND
    | {"bases", "behaving", "container", "engine", "image", "provenance", "scratch", "steps"},
}
TOP: Final = {"commands", "tasks"}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The parts of the package that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "imagematrix":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("imagematrix."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("imagematrix.")}
    return found


FILES: Final = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_what_lies_below_it(path: Path) -> None:
    part = part_of(path)
    if part in TOP:
        assert "tasks" not in imported(path) - {part}
    else:
        assert imported(path) - {part} <= MAY[part]


def test_every_part_is_named_above() -> None:
    assert {part_of(path) for path in FILES} == set(MAY) | TOP


def test_the_check_can_fail() -> None:
    assert imported(PACKAGE / "pipeline.py") - MAY["report"]
