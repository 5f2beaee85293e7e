"""What the variants share: by diff ID, which is the same on every engine and in every registry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from imagematrix.model import Result, Share, Sharing


def sharing(results: Sequence[Result]) -> Sharing | None:
    """The set of all variants that have an image; None where none has."""
    layers = {
        result.label: {layer.diff_id: layer.bytes for layer in result.image.layers}
        for result in results
        if result.image is not None
    }
    if not layers:
        return None
    owners = Counter(diff_id for own in layers.values() for diff_id in own)
    union = {diff_id: size for own in layers.values() for diff_id, size in own.items()}
    return Sharing(
        union_bytes=sum(union.values()),
        variants=tuple(_share(label, layers, owners) for label in layers),
    )


def _share(label: str, layers: Mapping[str, Mapping[str, int]], owners: Mapping[str, int]) -> Share:
    own = layers[label]
    both = [(other, _sum(own, own.keys() & layers[other].keys())) for other in layers if other != label]
    return Share(
        label=label,
        bytes=sum(own.values()),
        shared_bytes=_sum(own, (diff_id for diff_id in own if owners[diff_id] > 1)),
        marginal_bytes=_sum(own, (diff_id for diff_id in own if owners[diff_id] == 1)),
        shared_with=tuple(sorted(((o, size) for o, size in both if size), key=lambda pair: -pair[1])),
    )


def _sum(sizes: Mapping[str, int], diff_ids: Iterable[str]) -> int:
    return sum(sizes[diff_id] for diff_id in diff_ids)
