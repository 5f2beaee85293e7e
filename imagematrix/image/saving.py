"""One image, saved as `docker save` does, known by its config digest and not by a name that may have moved."""

from __future__ import annotations

import tarfile
from pathlib import Path

import docker
from docker.errors import ImageNotFound

from imagematrix.model import Engine

_CHUNK_BYTES = 1 << 20


def save_image(engine: Engine, client: docker.DockerClient, config_digest: str, ref: str, out: Path) -> bool:
    """Write the image to a file; False where the engine does not have it any more.

    `ref` is the name that it was built under: the containerd store finds no image by its config digest, so
    there the one of that name is saved, and kept if its config is the one that is looked for.
    Raises what the engine's client raises, and OSError.
    """
    by_config = engine.image_store == "overlay2"
    try:
        found = client.images.get(config_digest if by_config else ref)
    except ImageNotFound:
        return False
    with out.open("wb") as file:
        for chunk in found.save(chunk_size=_CHUNK_BYTES, named=bool(found.tags)):
            file.write(chunk)
    return by_config or _has_config(out, config_digest.removeprefix("sha256:"))


def _has_config(path: Path, digest: str) -> bool:
    """Whether an archive has this config: `blobs/sha256/<digest>` in an OCI layout, `<digest>.json` before."""
    with tarfile.open(path, "r:") as saved:
        return any(entry.name in (f"blobs/sha256/{digest}", f"{digest}.json") for entry in saved)
