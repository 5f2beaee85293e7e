"""An image's metadata as measurements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imagematrix.image.metadata import base_of
from imagematrix.model import (
    Engine,
    EngineImage,
    How,
    Measurement,
    ReadyBase,
    exact,
    measured,
    not_applicable,
    unavailable,
)

# What an engine's `Size` of an image means, by image store (observed on 20.10 to 28).
_ENGINE_MEANS: Final = {
    "overlay2": "as the engine reports it; on overlay2 that is the files of all layers, and of layers that were "
    "pulled or loaded what is written in symbolic links too",
    "containerd": "as the engine reports it; on the containerd store that is compressed blobs, "
    "or those and the unpacked content's disk blocks, by engine version",
    "other": "as the engine reports it; what it means on this image store is not known",
}

_UNPACKED: Final = {
    How.EXACT: "sum of all layers' file content",
    How.ESTIMATED: "sum of all layers as the engine lists them: of those that were pulled or loaded, it counts "
    "what is written in symbolic links too, and it does not tell them from those that were built; "
    "--deep tells to the byte",
}


def measures(
    engine: Engine | None, image: EngineImage, bases: Sequence[ReadyBase]
) -> tuple[Measurement, ...]:
    """Base, sizes, layers, user, entrypoint and command of an image; `bases` as for `read_image`.

    `engine` is None where the image was read from an archive.
    """
    return (
        measured(
            image.bytes_how,
            "unpacked_bytes",
            image.unpacked_bytes,
            unit="bytes",
            method=_UNPACKED[image.bytes_how],
        ),
        _engine_bytes(engine, image),
        exact("layers", len(image.layers), unit="layers", method="diff IDs of the image's config"),
        *_split(image, bases),
        exact("user", image.config.user or "root", method="image config; none set is root"),
        _words("entrypoint", image.config.entrypoint),
        _words("command", image.config.command),
    )


def _engine_bytes(engine: Engine | None, image: EngineImage) -> Measurement:
    if engine is None or image.engine_bytes is None:
        reason = "the image was read from an archive; no engine holds it"
        return not_applicable("engine_bytes", reason, unit="bytes")
    return exact("engine_bytes", image.engine_bytes, unit="bytes", method=_ENGINE_MEANS[engine.image_store])


def _split(image: EngineImage, bases: Sequence[ReadyBase]) -> tuple[Measurement, ...]:
    """What is the base image's and what was added to it."""
    own = [layer for layer in image.layers if not layer.from_base]
    below = len(image.layers) - len(own)
    figures = (
        ("base_layers", below, "layers"),
        ("own_layers", len(own), "layers"),
        ("own_bytes", sum(layer.bytes for layer in own), "bytes"),
    )
    base = base_of([layer.diff_id for layer in image.layers], bases)
    if base is None:
        reason = "no base image of the matrix is the bottom of this image"
        return (
            unavailable("base", reason),
            *(unavailable(name, reason, unit=unit) for name, _, unit in figures),
        )
    method = "layers whose diff IDs are, or are not, the bottom of the base image"
    return (
        exact("base", base.reference, method="the base image whose diff IDs are the bottom of this image's"),
        *(exact(name, value, unit=unit, method=method) for name, value, unit in figures),
    )


def _words(name: str, words: tuple[str, ...]) -> Measurement:
    if not words:
        return not_applicable(name, f"the image's config sets no {name}")
    return exact(name, words, method="image config")
