"""What is ours on an engine's disk, in bytes, and which of it goes first where that is to be less."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import docker
from docker.errors import ImageNotFound

from imagematrix.engine.owned import Owned
from imagematrix.model import HistoryLine

_BUILT: Final = "variant"

# An engine's listing of an image's history and its count of layers -> which line made which, or None.
Lines = Callable[[Sequence[tuple[str, int]], int], Sequence[HistoryLine] | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """One image that is ours, and the layers that it keeps on the disk."""

    owned: Owned
    created: str  # when it was built, as the engine has it: ISO 8601, so that texts sort as times
    layers: Mapping[str, int]  # by chain ID: bytes as the engine's history counts them

    @property
    def tagged(self) -> bool:
        return bool(self.owned.tags)


def held(client: docker.DockerClient, found: Sequence[Owned], lines: Lines) -> list[Held]:
    """Those of them that are images, and are still there."""
    known = []
    for each in found:
        if each.kind in ("container", "network"):
            continue
        try:
            image = client.images.get(each.id)
            history = [(str(line["CreatedBy"]), int(line["Size"])) for line in image.history()]
        except ImageNotFound:
            continue  # someone else's clean-up was here
        known.append(
            Held(
                owned=each,
                created=image.attrs.get("Created") or "",
                layers=_layers(image.attrs["RootFS"].get("Layers") or (), history, lines),
            )
        )
    return known


def _layers(diff_ids: Sequence[str], history: Sequence[tuple[str, int]], lines: Lines) -> dict[str, int]:
    """Bytes by chain ID (OCI image specification, "Layer ChainID"): what is stored once is counted once."""
    made = lines(history, len(diff_ids))
    if made is None:  # which line made which layer cannot be told: what they come to still can
        sizes = [0] * (len(diff_ids) - 1) + [sum(size for _, size in history)]
    else:
        sizes = [line.bytes for line in made if not line.empty]
    chain, known = "", {}
    for diff_id, size in zip(diff_ids, sizes, strict=False):
        chain = f"sha256:{sha256(f'{chain} {diff_id}'.encode()).hexdigest()}" if chain else diff_id
        known[chain] = size
    return known


def union_bytes(images: Sequence[Held]) -> int:
    """What these images take together; layers that they share are counted once."""
    return sum({chain: size for image in images for chain, size in image.layers.items()}.values())


def build_cache_bytes(client: docker.DockerClient) -> int:
    """What only the engine's build cache holds, by the engine's own count; no layers of images."""
    return sum(int(each["Size"]) for each in client.df().get("BuildCache") or () if not each["Shared"])


def going(images: Sequence[Held], *, cache_bytes: int, limit_bytes: int) -> tuple[list[Held], int]:
    """Which images go so that all that is left takes no more than the limit, and what the cache may keep.

    First go those whose tag a newer build has taken, then the build cache, then variants, then stand-ins; of
    each the oldest first.
    """
    stay = sorted(images, key=lambda each: (each.tagged, each.owned.kind != _BUILT, each.created))
    go = []
    while stay and not stay[0].tagged and union_bytes(stay) + cache_bytes > limit_bytes:
        go.append(stay.pop(0))
    cache_left = min(cache_bytes, max(0, limit_bytes - union_bytes(stay)))
    while stay and union_bytes(stay) + cache_left > limit_bytes:
        go.append(stay.pop(0))
    return go, cache_left


def prune_build_cache(client: docker.DockerClient, keep_bytes: int) -> None:
    """Let the engine drop what it used longest ago of its build cache, down to so much."""
    client.api.prune_builds(keep_storage=keep_bytes, all=True)
