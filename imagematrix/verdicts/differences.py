"""What differs between two images, to the byte: by figure, layer, origin, package and file."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from imagematrix.model import Layer, Listing, Measurement, Result
from imagematrix.model.difference import (
    Change,
    Differences,
    FigureDifference,
    LayerDifference,
    OriginDifference,
    Sizes,
    Unknown,
)
from imagematrix.verdicts.causes import causes
from imagematrix.verdicts.files import UNSPLIT, file_differences
from imagematrix.verdicts.package_changes import package_differences
from imagematrix.verdicts.told import known, rows, told, under

_UNITS: Final = ("bytes", "layers", "files", "packages")
_NOISY: Final = "memory_"
# What image/origin.py calls the rows that are one row where the base image's files are not known.
_SPLIT: Final = ("base system", "app")


def differences(
    old: Result, new: Result, old_files: Listing | None, new_files: Listing | None
) -> Differences:
    """All that differs between the images of two results; without their listings, files as far as known.

    Where a side has no image, no layer of the other is gone or new.
    """
    both = old.image is not None and new.image is not None
    layers = layer_differences(_layers_of(old), _layers_of(new)) if both else ()
    packages, unknown = package_differences(old, new)
    listings = (old_files or old.listing, new_files or new.listing)
    files = file_differences(old, new, *listings)
    origins = _origins(old, new)
    return Differences(
        figures=tuple(_figures(old, new)),
        layers=layers,
        origins=origins,
        packages=packages,
        packages_unknown=unknown,
        files=files,
        causes=causes(old, new, layers, origins, packages, files, listings) if both else (),
    )


def _layers_of(result: Result) -> tuple[Layer, ...]:
    return result.image.layers if result.image else ()


def _figures(old: Result, new: Result) -> Iterator[FigureDifference]:
    before, after = told(old), told(new)
    for name in dict.fromkeys((*after, *before)):
        unit = (after.get(name) or before[name]).unit
        if unit in _UNITS and not name.startswith(_NOISY):
            yield FigureDifference(
                name=name, unit=unit, old=under(old, name, unit=unit), new=under(new, name, unit=unit)
            )


def layer_differences(old: Sequence[Layer], new: Sequence[Layer]) -> tuple[LayerDifference, ...]:
    """Layers paired by diff ID, then by instruction, each once: the new image's in order, then those gone.

    Their bytes add up: the sum of what they have more is what the new image has more.
    """
    pairs = _pairs(old, new)
    gone = [layer for place, layer in enumerate(old) if place not in pairs.values()]
    return (
        *(_layer(old[pairs[place]] if place in pairs else None, layer) for place, layer in enumerate(new)),
        *(_layer(layer, None) for layer in gone),
    )


def _pairs(old: Sequence[Layer], new: Sequence[Layer]) -> dict[int, int]:
    """Places in the new image with the places in the old; a layer may be in an image more than once."""
    pairs: dict[int, int] = {}
    for key in (attrgetter("diff_id"), attrgetter("created_by")):
        free: defaultdict[str, deque[int]] = defaultdict(deque)
        for place, layer in enumerate(old):
            if place not in pairs.values() and key(layer):
                free[key(layer)].append(place)
        for place, layer in enumerate(new):
            if place not in pairs and free[key(layer)]:
                pairs[place] = free[key(layer)].popleft()
    return pairs


def _layer(old: Layer | None, new: Layer | None) -> LayerDifference:
    layer = new or old
    assert layer is not None
    sizes = Sizes(old_bytes=old.bytes if old else 0, new_bytes=new.bytes if new else 0)
    rebuilt = old is not None and new is not None and old.diff_id != new.diff_id
    if old is None or new is None:
        change = Change.GONE if new is None else Change.NEW
    else:
        change = Change.MORE if sizes.more > 0 else Change.LESS if sizes.more < 0 else Change.SAME
    return LayerDifference(
        change=change,
        rebuilt=rebuilt,
        created_by=layer.created_by,
        from_base=layer.from_base,
        old_diff_id=old.diff_id if old else "",
        new_diff_id=new.diff_id if new else "",
        sizes=sizes,
    )


def _origins(old: Result, new: Result) -> tuple[OriginDifference, ...] | Unknown:
    """The origins that differ; their bytes add up to what the layers' do."""
    tables = [under(result, "bytes_by_origin") for result in (old, new)]
    for table in tables:
        if not known(table):
            return Unknown(reason=table.reason)
    before, after = (_by_origin(table) for table in tables)
    if UNSPLIT in before or UNSPLIT in after:
        before, after = _joined(before), _joined(after)
    none = (0, 0)
    found = [
        OriginDifference(
            origin=origin,
            sizes=Sizes(old_bytes=before.get(origin, none)[0], new_bytes=after.get(origin, none)[0]),
            old_files=before.get(origin, none)[1],
            new_files=after.get(origin, none)[1],
        )
        for origin in dict.fromkeys((*after, *before))
        if before.get(origin, none) != after.get(origin, none)
    ]
    return tuple(sorted(found, key=lambda each: -abs(each.sizes.more)))


def _by_origin(table: Measurement) -> dict[str, tuple[int, int]]:
    """Bytes and files; the waste has no files, and its cell says nothing."""
    return {
        str(origin): (int(count), files if isinstance(files, int) else 0)
        for origin, count, files in rows(table)
    }


def _joined(origins: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """With the base system and the app as one row, as an image has it whose base is not known."""
    parts = [origins[name] for name in (UNSPLIT, *_SPLIT) if name in origins]
    whole = (sum(count for count, _ in parts), sum(files for _, files in parts))
    rest = {name: figures for name, figures in origins.items() if name not in (UNSPLIT, *_SPLIT)}
    return {UNSPLIT: whole, **rest}
