"""One image with many apps in it, each of them a variant of one matrix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MATRIX = """\
schema_version: 1
app: {{ name: faulty, context: app, port: 3000 }}
smoke: {{ body: "Hello World!", timeout_seconds: {timeout} }}
stand_ins:
  "node:24-alpine": {{ recipe: alpine-node, node: "24" }}
variants:
"""
DOCKERFILE = "FROM node:24-alpine\nWORKDIR /app\nCOPY . ./\n"


def faulty(folder: Path, programs: Mapping[str, str], *, timeout: float) -> Path:
    """A matrix with a variant for each of these programs of node, or of sh where the name ends so."""
    app = folder / "app"
    app.mkdir(parents=True)
    rows = []
    for name, program in programs.items():
        (app / name).write_text(program, encoding="utf-8")
        command = "sh" if name.endswith("-sh") else "node"
        rows.append(f"  {name}: {{ dockerfile: Dockerfile, command: [{command}, ./{name}] }}\n")
    (folder / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    (folder / "variants.yml").write_text(MATRIX.format(timeout=timeout) + "".join(rows), encoding="utf-8")
    (folder / "tasks.py").write_text(
        "from imagematrix.tasks import ns\n\n__all__ = ['ns']\n", encoding="utf-8"
    )
    return folder
