"""An image as its engine's metadata tells it: layers, bytes, user, entrypoint, command."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import docker

from imagematrix.image.export import Export, read_export
from imagematrix.image.history import from_engine
from imagematrix.model import Engine, EngineImage, HistoryLine, ImageConfig, Layer, ReadyBase

_CACHE_VERSION = 2  # goes up when what is kept means something else


def read_image(
    engine: Engine,
    client: docker.DockerClient,
    ref: str,
    *,
    config_digest: str,
    bases: Sequence[ReadyBase],
    cache: Path,
) -> EngineImage:
    """Read one image.  `bases` are the base images it may stand on; their layers are marked as such.

    `cache` is a folder that keeps what an export has told of an image, by config digest.
    """
    told = client.images.get(ref).attrs
    diff_ids = [str(diff) for diff in (told.get("RootFS") or {}).get("Layers") or ()]
    lines = _lines(engine, client, ref, config_digest=config_digest, layers=len(diff_ids), cache=cache)
    makers = [line for line in lines if not line.empty]
    base = base_of(diff_ids, bases)
    base_layers = len(base.diff_ids) if base else 0
    base_lines = len(client.images.get(base.build_ref).history()) if base else 0
    layers = tuple(
        Layer(diff_id=diff, bytes=line.bytes, created_by=line.created_by, from_base=number < base_layers)
        for number, (diff, line) in enumerate(zip(diff_ids, makers, strict=True))
    )
    config = told.get("Config") or {}
    return EngineImage(
        ref=ref,
        config_digest=config_digest,
        unpacked_bytes=sum(layer.bytes for layer in layers),
        engine_bytes=int(told["Size"]),
        layers=layers,
        history=tuple(replace(line, from_base=number < base_lines) for number, line in enumerate(lines)),
        config=ImageConfig(
            user=str(config.get("User") or ""),
            entrypoint=tuple(config.get("Entrypoint") or ()),
            command=tuple(config.get("Cmd") or ()),
            env=tuple(config.get("Env") or ()),
            workdir=str(config.get("WorkingDir") or ""),
            healthcheck=tuple((config.get("Healthcheck") or {}).get("Test") or ()),
            architecture=str(told.get("Architecture") or ""),
        ),
    )


def base_of(diff_ids: Sequence[str], bases: Sequence[ReadyBase]) -> ReadyBase | None:
    """The base image that an image stands on: the one with most layers that is a whole prefix of it."""
    below = [base for base in bases if tuple(diff_ids)[: len(base.diff_ids)] == base.diff_ids]
    return max(below, key=lambda base: len(base.diff_ids), default=None)


def _lines(
    engine: Engine, client: docker.DockerClient, ref: str, *, config_digest: str, layers: int, cache: Path
) -> Sequence[HistoryLine]:
    # Only overlay2's figures are content bytes; the containerd store's count blocks of its disk.
    if engine.image_store == "overlay2":
        entries = [(str(e["CreatedBy"]), int(e["Size"])) for e in client.images.get(ref).history()]
        lines = from_engine(entries, layers)
        if lines is not None:
            return lines
    return _exported(client, ref, config_digest, cache).history


def _exported(client: docker.DockerClient, ref: str, config_digest: str, cache: Path) -> Export:
    """The export's word, kept by config digest: an image's content never changes under it."""
    kept = cache / f"{config_digest.removeprefix('sha256:')}.json"
    try:
        held = json.loads(kept.read_text(encoding="utf-8"))
        if held["version"] == _CACHE_VERSION:
            return Export(
                history=tuple(HistoryLine(**line) for line in held["history"]),
                layer_bytes=tuple((diff, size) for diff, size in held["layer_bytes"]),
            )
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not kept yet, or torn: read again
    export = read_export(client, ref)
    history = [{"created_by": x.created_by, "bytes": x.bytes, "empty": x.empty} for x in export.history]
    document = {"version": _CACHE_VERSION, "history": history, "layer_bytes": export.layer_bytes}
    cache.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=cache, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(document, out)
    Path(temporary).replace(kept)
    return export
