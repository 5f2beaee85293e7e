"""What a set of images takes on one host, where a layer is kept once however many of them have it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One variant's part in the set.  Bytes are those of `Layer`, each layer counted once."""

    label: str
    bytes: int  # of its layers
    shared_bytes: int  # of those that another variant has too
    marginal_bytes: int  # of those that it alone has: what adding it last costs, and removing it saves
    shared_with: tuple[tuple[str, int], ...]  # (label, bytes in both), most first; none with nothing in both


@dataclass(frozen=True, kw_only=True, slots=True)
class Sharing:
    """The whole set."""

    union_bytes: int  # of all variants' layers: what the set takes on one host
    variants: tuple[Share, ...]  # those that have an image
