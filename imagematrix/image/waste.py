"""What an image carries and no container of it sees: unpacked less visible, and what causes it.

A file's content counts as waste once its last name is hidden by a layer above, by a later entry of its own
layer, or by the engine, which has its own /etc/hosts and the like in every container; the copy that is seen is
none.  So the waste of all causes is the whole, to the byte.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from imagematrix.image.merge import BY_ENGINE, METHOD, Cause, Lost
from imagematrix.image.packages import shown
from imagematrix.image.subject import Subject
from imagematrix.model import How, Layer, Measurement, Table, exact, measured, unavailable

_MOST_ROWS: Final = 50
_NEEDS_LAYERS: Final = "the layers were not read; measure with --deep"
_PATHS: Final = ("path", "bytes", "cause", "layer", "hidden_by_layer", "hidden_by")
_CAUSES: Final = ("cause", "files", "bytes")
_COUNTED: Final = "layers laid over one another; content whose last name is hidden"


def waste(subject: Subject) -> tuple[Measurement, ...]:
    """`visible_bytes`, `waste_bytes`; and, where the layers were read, `waste_paths` and `waste_causes`.

    `waste_paths` names the most expensive contents, at most 50; layers are numbered from the bottom, which is 1,
    and as what hides a content the engine is 0.
    `waste_causes` covers all of them: its bytes add up to `waste_bytes`.
    """
    if subject.read_whole:
        return _from_layers(subject)
    tables = (unavailable("waste_paths", _NEEDS_LAYERS), unavailable("waste_causes", _NEEDS_LAYERS))
    if subject.files is None:
        reason = subject.files_missing
        return (_none("visible_bytes", reason), _none("waste_bytes", reason), *tables)
    visible = subject.files.visible_bytes
    wasted = subject.image.unpacked_bytes - visible
    if wasted < 0:
        reason = f"the files seen have {-wasted} bytes more than all layers: the two do not belong together"
        return (_none("visible_bytes", reason), _none("waste_bytes", reason), *tables)
    return (*_sums(visible, wasted, subject.files.method, subject.image.bytes_how), *tables)


def _from_layers(subject: Subject) -> tuple[Measurement, ...]:
    merged = subject.replayed
    visible = merged.files.visible_bytes
    wasted = sum(layer.content_bytes for layer in subject.layers) - visible
    lost = sorted((x for x in merged.lost if x.bytes), key=lambda x: (-x.bytes, x.path, x.layer))
    rows = tuple(_row(x, subject.image.layers) for x in lost[:_MOST_ROWS])
    return (
        *_sums(visible, wasted, METHOD, How.EXACT),
        exact("waste_paths", Table(columns=_PATHS, rows=rows), method=_COUNTED),
        exact("waste_causes", Table(columns=_CAUSES, rows=_by_cause(lost)), method=_COUNTED),
    )


def _sums(visible: int, wasted: int, method: str, unpacked_how: How) -> tuple[Measurement, Measurement]:
    """An estimate of the unpacked bytes is at most too large by what it counts of links; so is the waste."""
    return (
        exact("visible_bytes", visible, unit="bytes", method=f"files' content, hard links once: {method}"),
        measured(unpacked_how, "waste_bytes", wasted, unit="bytes", method="unpacked less visible bytes"),
    )


def _row(lost: Lost, layers: tuple[Layer, ...]) -> tuple[str | int, ...]:
    path = shown(lost.path, limit=len(lost.path))
    by = hidden_by(lost.by_layer, layers)
    return (path, lost.bytes, lost.cause.value, lost.layer + 1, lost.by_layer + 1, by)


def hidden_by(layer: int, layers: tuple[Layer, ...]) -> str:
    """The instruction of the layer of this number, from 0, or who else it is that hides."""
    if layer == BY_ENGINE:
        return "the engine, in every container"
    by = layers[layer].created_by
    return shown(by, limit=len(by))


def _by_cause(lost: list[Lost]) -> tuple[tuple[str | int, ...], ...]:
    files = Counter(x.cause for x in lost)
    sizes: Counter[Cause] = Counter()
    for each in lost:
        sizes[each.cause] += each.bytes
    return tuple((cause.value, files[cause], sizes[cause]) for cause in Cause)


def _none(name: str, reason: str) -> Measurement:
    return unavailable(name, reason, unit="bytes")
