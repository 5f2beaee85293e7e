"""Tiny apps that behave, or misbehave, as a test needs; built on the Alpine base without any package."""

from __future__ import annotations

from pathlib import Path

MATRIX = """\
schema_version: 1
app: {{ name: tiny, context: app, port: 3000 }}
smoke: {{ body: "Hello World!", timeout_seconds: {timeout} }}
axes: {{ node: ["24"] }}
stand_ins:
  "{base}": {{ recipe: alpine-node, node: "{{node}}" }}
variants:
  tiny:
    dockerfile: Dockerfile
    bases: ["{base}"]
"""
DOCKERFILE = """\
FROM {base}
WORKDIR /app
COPY index.js ./
{more}
CMD ["node", "index.js"]
"""
SERVES = "require('http').createServer((q, r) => r.end('Hello World!')).listen(3000)"
STOPS = f"{SERVES}; process.on('SIGTERM', () => process.exit(0))"  # at once: nobody waits ten seconds for it


def tiny(
    folder: Path,
    *,
    index: str = STOPS,
    more: str = "",
    timeout: float = 4,
    matrix: str = "",
    base: str = "node:24-alpine",
) -> Path:
    """A matrix of one variant in `folder`; `more` are lines of its Dockerfile, `matrix` of its matrix file."""
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "index.js").write_text(index, encoding="utf-8")
    (folder / "Dockerfile").write_text(DOCKERFILE.format(more=more, base=base), encoding="utf-8")
    (folder / "variants.yml").write_text(MATRIX.format(timeout=timeout, base=base) + matrix, encoding="utf-8")
    (folder / "tasks.py").write_text(
        "from imagematrix.tasks import ns\n\n__all__ = ['ns']\n", encoding="utf-8"
    )
    return folder
