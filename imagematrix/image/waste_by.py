"""Which instruction hides what of which layer: all of an image's waste, with nothing cut off."""

from __future__ import annotations

from collections import Counter
from typing import Final

from imagematrix.image.merge import Cause
from imagematrix.image.subject import Subject
from imagematrix.image.waste import hidden_by
from imagematrix.model import Measurement, Table, exact, unavailable

NAME: Final = "waste_by_layer"
_COLUMNS: Final = ("layer", "hidden_by_layer", "hidden_by", "cause", "files", "bytes")


def waste_by_layer(subject: Subject) -> tuple[Measurement, ...]:
    """`waste_by_layer`: its bytes add up to `waste_bytes`; layers are numbered as in `waste_paths`."""
    if not subject.read_whole:
        return (unavailable(NAME, "the layers were not read; measure with --deep"),)
    files: Counter[tuple[int, int, Cause]] = Counter()
    sizes: Counter[tuple[int, int, Cause]] = Counter()
    for lost in subject.replayed.lost:
        if lost.bytes:
            key = (lost.layer, lost.by_layer, lost.cause)
            files[key] += 1
            sizes[key] += lost.bytes
    rows = tuple(
        (layer + 1, by + 1, hidden_by(by, subject.image.layers), cause.value, files[layer, by, cause], size)
        for (layer, by, cause), size in sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    )
    method = "layers laid over one another; content whose last name is hidden"
    return (exact(NAME, Table(columns=_COLUMNS, rows=rows), method=method),)
