"""The files that an image adds to its base; those of packages are told apart by their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagematrix.image.files import Entry, Kind
from imagematrix.image.placed import unchanged
from imagematrix.image.subject import Subject

NODE_MODULES: Final = "/node_modules/"


def own_files(subject: Subject) -> Iterator[Entry]:
    """Files of the merged view that the base image does not have just so; all, where it is not known."""
    if subject.files is None:
        return
    below = subject.base_files.entries if subject.base_files is not None else {}
    for path, entry in subject.files.entries.items():
        if entry.kind is Kind.FILE and not unchanged(entry, below.get(path)):
            yield entry


def own_layers(subject: Subject) -> Iterator[int]:
    """Numbers, from 0, of the layers that are not the base image's; nothing unless measured deep."""
    for number, layer in enumerate(subject.image.layers[: len(subject.layers)]):
        if not layer.from_base:
            yield number
