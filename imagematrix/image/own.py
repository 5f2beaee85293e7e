"""What an image adds to its base: which layers; and how the files of packages are told apart by their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagematrix.image.subject import Subject

NODE_MODULES: Final = "/node_modules/"


def own_layers(subject: Subject) -> Iterator[int]:
    """Numbers, from 0, of the layers that are not the base image's; nothing unless measured deep."""
    for number, layer in enumerate(subject.image.layers[: len(subject.layers)]):
        if not layer.from_base:
            yield number
