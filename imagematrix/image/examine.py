"""All that is read of one image: what is needed is gathered, then every reader has its say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import docker

from imagematrix.image.addons import addons
from imagematrix.image.deep import Layers
from imagematrix.image.download import download
from imagematrix.image.files import FileSystem, LayerSizes
from imagematrix.image.inside import inside
from imagematrix.image.leftovers import context_leftovers
from imagematrix.image.manifest import registry_bytes
from imagematrix.image.merge import merge
from imagematrix.image.metadata import base_of
from imagematrix.image.origin import origin
from imagematrix.image.packages import packages
from imagematrix.image.secrets import secret_files
from imagematrix.image.store import LayerStore
from imagematrix.image.subject import Subject
from imagematrix.image.walk import NoWalk, walk, walk_base
from imagematrix.image.waste import waste
from imagematrix.image.waste_by import waste_by_layer
from imagematrix.model import Engine, EngineImage, Measurement, ReadyBase

# To add a measurement of an image is a function and a line here.
READERS: Final[tuple[Callable[[Subject], tuple[Measurement, ...]], ...]] = (
    waste,
    waste_by_layer,
    download,
    origin,
    inside,
    packages,
    addons,
    secret_files,
    context_leftovers,
)


def subject(
    engine: Engine,
    client: docker.DockerClient,
    image: EngineImage,
    bases: Sequence[ReadyBase],
    *,
    layers: Layers | None,
    labels: Mapping[str, str],
    cache: Path,
    stop: threading.Event,
) -> Subject:
    """Gather what the readers need of an image on an engine.

    Where `layers` have been read, its files are theirs, merged; else the image's own node walks them.
    `cache` is the folder of everything that is kept.  Raises Interrupted, MachineError.
    """
    base = base_of([layer.diff_id for layer in image.layers], bases)
    known: Mapping[str, int] = {}
    if base is not None:
        known = registry_bytes(
            engine, base, architecture=image.config.architecture, cache=cache / "manifests"
        )
    if not image.layers:
        layers = Layers(files={}, read=())  # no file is in it, and that is known without looking
    if layers is not None:
        return _deep(engine, image, bases, base, layers, known)
    walked = walk(client, image, labels=labels, cache=cache / "walks", stop=stop)
    of_base: FileSystem | NoWalk | None = None
    if base is not None and isinstance(walked, FileSystem):
        of_base = walk_base(client, base, image, labels=labels, cache=cache / "walks", stop=stop)
    return Subject(
        engine=engine,
        image=image,
        bases=tuple(bases),
        files=walked if isinstance(walked, FileSystem) else None,
        files_missing=f"{walked.reason}; --deep reads the layers" if isinstance(walked, NoWalk) else "",
        base_files=of_base if isinstance(of_base, FileSystem) else None,
        layers=(),
        sizes=kept_sizes(image, cache),
        registry_bytes=known,
    )


def kept_sizes(image: EngineImage, cache: Path) -> dict[str, LayerSizes]:
    """By diff ID, of those of an image's layers that were read before; `cache` is as for `subject`."""
    return LayerStore(folder=cache / "layers").sizes(layer.diff_id for layer in image.layers)


def of_layers(
    engine: Engine | None, image: EngineImage, layers: Layers, *, walked: FileSystem | None = None
) -> Subject:
    """What the readers need of an image by itself; `engine` is None where it was read from an archive.

    `walked` are its files as its own node has told them, which tells its version on the way.
    """
    read = _deep(engine, layers.sized(image), (), None, layers, {})
    if walked is None or read.files is None:
        return read
    return replace(read, files=replace(read.files, node_version=walked.node_version))


def _deep(
    engine: Engine | None,
    image: EngineImage,
    bases: Sequence[ReadyBase],
    base: ReadyBase | None,
    layers: Layers,
    known: Mapping[str, int],
) -> Subject:
    own = layers.of(image)
    of_base: FileSystem | None = merge(own[: len(base.diff_ids)]) if base else None
    return Subject(
        engine=engine,
        image=image,
        bases=tuple(bases),
        files=merge(own),
        files_missing="",
        base_files=of_base,
        layers=own,
        sizes={layer.diff_id: layer.sizes for layer in own},
        registry_bytes=known,
    )


def examine(subject: Subject) -> tuple[Measurement, ...]:
    """What every reader finds."""
    return tuple(measurement for reader in READERS for measurement in reader(subject))
