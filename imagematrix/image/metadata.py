"""An image as its engine's metadata tells it: layers, bytes, user, entrypoint, command."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import docker

from imagematrix import whole
from imagematrix.errors import StepError
from imagematrix.image.deep import Exported, read_exported
from imagematrix.image.history import from_engine
from imagematrix.image.store import LayerStore
from imagematrix.model import (
    BaseSource,
    Engine,
    EngineImage,
    HistoryLine,
    How,
    ImageConfig,
    Layer,
    ReadyBase,
    Step,
)

_CACHE_VERSION = 3  # goes up when what is kept means something else


def read_image(
    engine: Engine,
    client: docker.DockerClient,
    ref: str,
    *,
    config_digest: str,
    bases: Sequence[ReadyBase],
    cache: Path,
    stop: threading.Event,
    estimate: bool = False,
) -> EngineImage:
    """Read one image.  `bases` are the base images it may stand on; their layers are marked as such.

    `config_digest` is "" where only the engine knows it.
    `cache` is the user's cache: where an export was needed, what it told is kept there in images/, and its
    layers in layers/.  With `estimate`, the engine's own figures of layers do where they come near, and no
    export is made for them: `bytes_how` of the image tells.  Raises Interrupted when `stop` is set,
    StepError where the engine contradicts itself.
    """
    told = client.images.get(ref).attrs
    diff_ids = [str(diff) for diff in told["RootFS"].get("Layers") or ()]
    base = base_of(diff_ids, bases)
    # An engine's id of an image is as good as its config digest: no two images have one.
    key = config_digest or str(told["Id"])

    def exported(ref: str, diff_ids: Sequence[str], key: str) -> Exported:
        return _exported(client, ref, diff_ids, key, cache, stop)

    lines, how = _lines(
        engine,
        client,
        ref,
        base,
        diff_ids=diff_ids,
        exported=exported,
        key=key,
        cache=cache if estimate else None,
    )
    if not config_digest:
        # On overlay2 an image's id is the digest of its config (moby, image/store.go).
        own = engine.image_store == "overlay2"
        config_digest = str(told["Id"]) if own else exported(ref, diff_ids, key).config_digest
    makers = [line for line in lines if not line.empty]
    if len(makers) != len(diff_ids):  # what is kept of its export is of an image that had the same id
        raise StepError(
            Step.MEASURE,
            f"the engine contradicts itself: {ref} has {len(diff_ids)} layers, and {len(makers)} by its export",
        )
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
        bytes_how=how,
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
    engine: Engine,
    client: docker.DockerClient,
    ref: str,
    base: ReadyBase | None,
    *,
    diff_ids: Sequence[str],
    exported: Callable[[str, Sequence[str], str], Exported],
    key: str,
    cache: Path | None,
) -> tuple[Sequence[HistoryLine], How]:
    """The history with the bytes of what each line made, and how these were got.

    `cache` is given where the engine's own figures do.
    """
    # Only overlay2's figures are content bytes; the containerd store's count blocks of its disk.  And only
    # of layers that BuildKit made: of those that were pulled or loaded, they count what is written in
    # symbolic links too (moby, daemon/graphdriver/overlay2: ApplyDiff returns directory.Size).
    if engine.image_store == "overlay2" and (base is not None or cache is not None):
        entries = [(str(e["CreatedBy"]), int(e["Size"])) for e in client.images.get(ref).history()]
        lines = from_engine(entries, len(diff_ids))
        if lines is not None and base is not None and base.source is BaseSource.STAND_IN:
            return lines, How.EXACT
        if lines is not None and base is not None:
            pulled = dict(exported(base.build_ref, base.diff_ids, base.digest).layer_bytes)
            return _with_bytes(lines, diff_ids, pulled), How.EXACT
        if lines is not None and cache is not None:
            kept = LayerStore(folder=cache / "layers").sizes(diff_ids)
            read = {diff: sizes.content_bytes for diff, sizes in kept.items()}
            how = How.EXACT if read.keys() >= set(diff_ids) else How.ESTIMATED
            return _with_bytes(lines, diff_ids, read), how
    return exported(ref, diff_ids, key).history, How.EXACT


def _with_bytes(
    lines: Sequence[HistoryLine], diff_ids: Sequence[str], known: Mapping[str, int]
) -> list[HistoryLine]:
    """The lines with these layers' bytes (by diff ID) in place of the engine's."""
    makers = iter(diff_ids)
    return [
        line if line.empty else replace(line, bytes=known.get(next(makers), line.bytes)) for line in lines
    ]


def _exported(
    client: docker.DockerClient,
    ref: str,
    diff_ids: Sequence[str],
    key: str,
    cache: Path,
    stop: threading.Event,
) -> Exported:
    """The export's word, kept by a digest of the image: its content never changes under it."""
    kept = cache / "images" / f"{key.removeprefix('sha256:')}.json"
    try:
        held = json.loads(kept.read_text(encoding="utf-8"))
        if held["version"] == _CACHE_VERSION:
            return Exported(
                config_digest=held["config_digest"],
                history=tuple(HistoryLine(**line) for line in held["history"]),
                layer_bytes=tuple((diff, size) for diff, size in held["layer_bytes"]),
            )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass  # not kept yet, or torn: read again
    export = read_exported(client, ref, diff_ids, cache=cache / "layers", stop=stop)
    history = [{"created_by": x.created_by, "bytes": x.bytes, "empty": x.empty} for x in export.history]
    document = {
        "version": _CACHE_VERSION,
        "config_digest": export.config_digest,
        "history": history,
        "layer_bytes": export.layer_bytes,
    }
    with suppress(OSError):  # as far as the disk allows: next time it is read again either way
        whole.write(kept, json.dumps(document).encode())
    return export
