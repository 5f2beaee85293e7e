"""What all images with Node under /usr/local have in common: how they start."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

_STAGE = """\
ENV NODE_VERSION={version}
COPY --chmod=755 docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
"""


def write_node_stage(folder: Path, dockerfile: str, *, version: str) -> None:
    """Write `folder`'s Dockerfile, ended by the original's entrypoint and command, and the entrypoint."""
    script = resources.files("imagematrix.bases").joinpath("docker-entrypoint.sh").read_bytes()
    (folder / "docker-entrypoint.sh").write_bytes(script)
    (folder / "Dockerfile").write_text(dockerfile + _STAGE.format(version=version), encoding="utf-8")
