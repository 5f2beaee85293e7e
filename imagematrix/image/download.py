"""What an image costs to download: its layers, compressed, each once.

A registry's manifest says it to the byte, and so does a blob that is sent as it is.  A layer that is kept
unpacked is compressed when it is pushed; what that comes to is worked out when its bytes are read anyway
(`sampling`), of all of it or of a sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from imagematrix.image.sampling import SMALL_BOUND_PERCENT, WHOLE_BOUND_PERCENT
from imagematrix.image.strata import CONFIDENCE_PERCENT
from imagematrix.image.subject import Subject
from imagematrix.model import Measurement, Table, estimated, exact, unavailable

_MANIFEST: Final = "registry's manifest"
_BLOBS: Final = {"gzip": "gzip blob", "zstd": "zstd blob"}  # as a push sends it; no registry takes others
_WHOLE: Final = "compressed whole"
_SAMPLED: Final = "sampled"
_AGAIN: Final = "again"  # the layer is in the image already, and is not sent twice
_UNKNOWN: Final = "not known"
_COLUMNS: Final = ("layer", "diff_id", "bytes", "how")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Download:
    """One layer's."""

    bytes: int
    how: str
    bound_bytes: int = 0


def download(subject: Subject) -> tuple[Measurement, ...]:
    """`download_bytes` of the image, and `download_by_layer`: number (the bottom is 1), diff ID, bytes, how.

    Layers alone: a manifest and a config come with them, of some kilobytes.
    """
    layers = _layers(subject)
    unknown = sum(layer.how == _UNKNOWN for layer in layers)
    if unknown:
        reason = (
            f"{unknown} of {len(layers)} layers are listed by no registry and have not been compressed "
            "here; deep measuring (--deep) does"
        )
        return (
            unavailable("download_bytes", reason, unit="bytes"),
            unavailable("download_by_layer", reason),
        )
    make = estimated if any(layer.how == _SAMPLED for layer in layers) else exact
    method = f"sum over the layers, each once: {'; '.join(_means(layers)) or 'there is none'}"
    table = Table(
        columns=_COLUMNS,
        rows=tuple(
            (number, _short(layer.diff_id), one.bytes, one.how)
            for number, (layer, one) in enumerate(zip(subject.image.layers, layers, strict=True), 1)
        ),
    )
    return (
        make("download_bytes", sum(layer.bytes for layer in layers), unit="bytes", method=method),
        make("download_by_layer", table, method=method),
    )


def _means(layers: list[_Download]) -> list[str]:
    """How many layers' bytes were got in each way, and what that means."""
    sampled = [layer for layer in layers if layer.how == _SAMPLED]
    means = {
        _MANIFEST: "of the registry's manifest, to the byte",
        **{how: f"of the {how} that a push sends as it is, to the byte" for how in _BLOBS.values()},
        _WHOLE: "compressed whole as gzip of level 6, to which a push by an engine comes within "
        f"{WHOLE_BOUND_PERCENT} %, or {SMALL_BOUND_PERCENT} % for a layer below 1 MB",
        _SAMPLED: f"by a sample compressed so, within {_percent(sampled)}",
    }
    hows = [layer.how for layer in layers]
    return [f"{hows.count(how)} {words}" for how, words in means.items() if how in hows]


def _percent(sampled: list[_Download]) -> str:
    """How far these layers together may be off a push, in tenths of a percent that are rounded up."""
    off = sum(layer.bound_bytes for layer in sampled) / max(1, sum(layer.bytes for layer in sampled))
    tenths = math.ceil(10 * (100 * off + WHOLE_BOUND_PERCENT))
    return f"{tenths / 10:g} % of a push in {CONFIDENCE_PERCENT} of 100 cases"


def _layers(subject: Subject) -> list[_Download]:
    """Every layer of the image in its order."""
    seen: set[str] = set()
    layers = []
    for layer in subject.image.layers:
        layers.append(
            _Download(bytes=0, how=_AGAIN) if layer.diff_id in seen else _layer(subject, layer.diff_id)
        )
        seen.add(layer.diff_id)
    return layers


def _layer(subject: Subject, diff_id: str) -> _Download:
    if diff_id in subject.registry_bytes:
        return _Download(bytes=subject.registry_bytes[diff_id], how=_MANIFEST)
    sizes = subject.sizes.get(diff_id)
    if sizes is None:
        return _Download(bytes=0, how=_UNKNOWN)
    # An engine that unpacks its layers compresses them anew for a push, whatever blob they once came in.
    kept_packed = subject.engine is None or subject.engine.image_store == "containerd"
    sent = {(packed.compression, packed.bytes) for packed in sizes.packed if kept_packed}
    if len(sent) == 1 and (blob := sent.pop())[0] in _BLOBS:
        return _Download(bytes=blob[1], how=_BLOBS[blob[0]])
    if sizes.compressed.whole:
        return _Download(bytes=sizes.compressed.bytes, how=_WHOLE)
    return _Download(bytes=sizes.compressed.bytes, how=_SAMPLED, bound_bytes=sizes.compressed.bound_bytes)


def _short(diff_id: str) -> str:
    """As `docker images` shortens a digest."""
    return diff_id.removeprefix("sha256:")[:12]
