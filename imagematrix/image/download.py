"""What an image costs to download: its layers, compressed, each once.

A registry's manifest says it to the byte; a layer that no registry has listed is compressed here, all of it
or a sample (`sampling`), when its bytes are read anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from imagematrix.image.sampling import SAMPLED_BOUND_PERCENT, WHOLE_BOUND_PERCENT
from imagematrix.image.subject import Subject
from imagematrix.model import Measurement, Table, estimated, exact, unavailable

_MANIFEST: Final = "registry's manifest"
_WHOLE: Final = "compressed whole"
_SAMPLED: Final = "sampled"
_AGAIN: Final = "again"  # the layer is in the image already, and is not sent twice
_UNKNOWN: Final = "not known"
_MEANS: Final = {
    _MANIFEST: "of the registry's manifest, to the byte",
    _WHOLE: f"compressed whole, by the engine or here, within {WHOLE_BOUND_PERCENT} % of what is pushed",
    _SAMPLED: f"of which a fixed sample was compressed, within {SAMPLED_BOUND_PERCENT} %",
}
_COLUMNS: Final = ("layer", "diff_id", "bytes", "how")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Download:
    """One layer's."""

    bytes: int
    how: str


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
    hows = [layer.how for layer in layers]
    parts = [f"{hows.count(how)} {means}" for how, means in _MEANS.items() if how in hows]
    make = estimated if _SAMPLED in hows else exact
    method = f"sum over the layers, each once: {'; '.join(parts) or 'there is none'}"
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


def _layers(subject: Subject) -> list[_Download]:
    """Every layer of the image in its order."""
    seen: set[str] = set()
    layers = []
    for diff_id in (layer.diff_id for layer in subject.image.layers):
        if diff_id in seen:
            layers.append(_Download(bytes=0, how=_AGAIN))
        elif diff_id in subject.registry_bytes:
            layers.append(_Download(bytes=subject.registry_bytes[diff_id], how=_MANIFEST))
        elif diff_id in subject.sizes:
            known = subject.sizes[diff_id]
            how = _WHOLE if known.compressed_exact else _SAMPLED
            layers.append(_Download(bytes=known.compressed_bytes, how=how))
        else:
            layers.append(_Download(bytes=0, how=_UNKNOWN))
        seen.add(diff_id)
    return layers


def _short(diff_id: str) -> str:
    """As `docker images` shortens a digest."""
    return diff_id.removeprefix("sha256:")[:12]
