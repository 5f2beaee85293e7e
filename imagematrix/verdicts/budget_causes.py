"""What brought a figure over its limit: layers, packages and files, the weightiest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from imagematrix.model import BaseSource, Layer, Listing, Result
from imagematrix.model.difference import Change, Differences, Sizes, Unknown
from imagematrix.units import size
from imagematrix.verdicts.behaves_otherwise import bearing
from imagematrix.verdicts.cached import cache_folder, told_path
from imagematrix.verdicts.causes import change_words, instruction, versions
from imagematrix.verdicts.differences import differences, layer_differences
from imagematrix.verdicts.package_changes import NPM
from imagematrix.verdicts.told import rows, under

Files = Callable[[Result], Listing | None]
_Weighed = tuple[int, str]  # bytes, and the sentence that tells of them

_MOST: Final = 5
_TELLING: Final = 0.001  # of the weightiest: what brought less explains nothing
_EACH: Final = 3  # layers, packages, files: none of the three is to crowd out the others
# Whose files are named: those that are there because of this Dockerfile, not because of its base image.
_OURS: Final = frozenset({"app", "caches", "base system and app"})
_BEHAVIOUR: Final = frozenset(
    {"start_seconds", "stop_seconds", "memory_idle_bytes", "memory_after_burst_bytes"}
)


def brought(old: Result, new: Result, measurement: str, *, files: Files) -> tuple[str, ...]:
    """Of two images: what the new one has more, as far as it bears on the measurement.

    What an image has more does not prove why it is slower or takes more memory; there it is told as what
    changed.
    """
    if measurement == "waste_bytes":
        return _weightiest(_more_waste(old, new))
    if measurement == "download_bytes":
        return _weightiest(_more_to_download(old, new))
    differ = differences(old, new, files(old), files(new))
    if measurement == "layers":
        return tuple(
            f"layer `{instruction(layer.created_by)}`: new"
            for layer in differ.layers
            if layer.change is Change.NEW
        )[:_MOST]
    found = _more_packages(differ) if measurement == "node_modules_bytes" else ()
    found = _more_app_files(differ) if measurement == "app_bytes" else found
    if measurement in _BEHAVIOUR:
        return tuple(f"changed in the image: {cause}" for cause in bearing(differ)[:_MOST])
    # Where no package or file is known, what is known of the whole image.
    return found or _weightiest((cause.bytes, cause.text) for cause in differ.causes)


def _more_packages(differ: Differences) -> tuple[str, ...]:
    return _weightiest(
        (
            each.sizes.more,
            f"package {each.name} {versions(each)}: {change_words(each.change, each.sizes.more)}",
        )
        for each in differ.packages
        if each.system == NPM and isinstance(each.sizes, Sizes)
    )


def _more_app_files(differ: Differences) -> tuple[str, ...]:
    if isinstance(differ.files, Unknown):
        return ()
    return _weightiest(
        (each.sizes.more, f"app file {told_path(each.path)}: {change_words(each.change, each.sizes.more)}")
        for each in differ.files.files
        if each.origin == "app"
    )


def largest(result: Result, measurement: str, *, files: Files) -> tuple[str, ...]:
    """Of one image by itself: the largest of what its figure is made of; () for a figure that is no sum."""
    match measurement:
        case "waste_bytes":
            return _weightiest((each.bytes, _waste_words(each, each.bytes)) for each in _waste(result))
        case "download_bytes":
            return _weightiest(_downloads(result))
        case "app_bytes":
            return _weightiest(_files(result, files, frozenset({"app"})))
        case "node_modules_bytes":
            return _weightiest(_packages(result))
        case "layers":
            own = [layer for layer in _layers(result) if not layer.from_base]
            base = len(_layers(result)) - len(own)
            return (f"base image {_base(result)}: {base} layers", f"this Dockerfile: {len(own)} layers")
        case "unpacked_bytes" | "visible_bytes" | "own_bytes":
            own_parts = (_own_layers(result), _packages(result), _files(result, files, _OURS))
            parts = [each for part in own_parts for each in sorted(part, reverse=True)[:_EACH]]
            if measurement != "own_bytes":
                parts += _base_bytes(result)
            return _weightiest(parts)
    return ()


def _weightiest(weighed: Iterable[_Weighed]) -> tuple[str, ...]:
    ordered = sorted((each for each in weighed if each[0] > 0), key=lambda each: (-each[0], each[1]))
    return tuple(text for count, text in ordered[:_MOST] if count >= _TELLING * ordered[0][0])


def _layers(result: Result) -> tuple[Layer, ...]:
    return result.image.layers if result.image else ()


def _base(result: Result) -> str:
    """Its name, and whether it is the registry's."""
    base = under(result, "base")
    if not base.measured:
        return "of unknown name"
    sources = {each.reference: each.source for each in result.bases}
    stand_in = sources.get(str(base.value)) is BaseSource.STAND_IN
    return f"{base.value} (stand-in)" if stand_in else str(base.value)


def _own_layers(result: Result) -> Iterator[_Weighed]:
    for layer in _layers(result):
        if not layer.from_base:
            yield layer.bytes, f"layer `{instruction(layer.created_by)}`: {size(layer.bytes)}"


def _base_bytes(result: Result) -> Iterator[_Weighed]:
    count = sum(layer.bytes for layer in _layers(result) if layer.from_base)
    yield count, f"base image {_base(result)}: {size(count)}"


def _compressed(result: Result) -> Mapping[int, int]:
    """Bytes to download by a layer's place from the bottom, which is 0."""
    layers = len(_layers(result))
    table = rows(under(result, "download_by_layer"))
    return {int(number) - 1: int(count) for number, _, count, _ in table if 0 < int(number) <= layers}


def _downloads(result: Result) -> Iterator[_Weighed]:
    """The layers, compressed; those of the base image together."""
    base = 0
    layers = _layers(result)
    for place, count in _compressed(result).items():
        if layers[place].from_base:
            base += count
        else:
            yield count, f"layer `{instruction(layers[place].created_by)}`: {size(count)} to download"
    yield base, f"base image {_base(result)}: {size(base)} to download"


def _more_to_download(old: Result, new: Result) -> list[_Weighed]:
    """What layers have more than those of the same instruction before; the base image's together.

    A layer that is made anew over one that has changed has the same content in other bytes: an estimate of it
    is another one.  It is told of where nothing else is.
    """
    before, after = _layers(old), _layers(new)
    sizes, counts = _compressed(old), _compressed(new)
    was = {before[place].diff_id: count for place, count in sizes.items() if count}
    base = _base_without(after, counts, before) - _base_without(before, sizes, after)
    grown = [(base, f"base image {_base(new)}: {size(max(0, base))} more to download")]
    alike: list[_Weighed] = []
    for place, layer in enumerate(layer_differences(before, after)[: len(after)]):
        if layer.from_base or place not in counts or layer.old_diff_id == layer.new_diff_id:
            continue
        known = was.get(layer.old_diff_id, 0)
        more = counts[place] - known
        words = f"layer `{instruction(layer.created_by)}`: {size(max(0, more))}{' more' if known else ''} to download"
        (grown if layer.sizes.more or not known else alike).append((more, words))
    return grown if any(more > 0 for more, _ in grown) else alike


def _base_without(layers: Sequence[Layer], counts: Mapping[int, int], others: Sequence[Layer]) -> int:
    """Bytes to download of the base's layers that are not among the others."""
    kept = {layer.diff_id for layer in others}
    return sum(
        n for place, n in counts.items() if layers[place].from_base and layers[place].diff_id not in kept
    )


def _packages(result: Result) -> Iterator[_Weighed]:
    for name, version, count, _ in rows(under(result, "node_modules_packages")):
        yield int(count), f"package {name} {version}".rstrip() + f": {size(int(count))}"


def _files(result: Result, files: Files, origins: frozenset[str]) -> Iterator[_Weighed]:
    """From the image's listing; where none is kept, of its largest files alone."""
    listing = files(result)
    listed = listing.files if listing is not None else rows(under(result, "largest_files"))
    caches: Counter[tuple[str, str]] = Counter()
    for path, count, origin in listed:
        if origin not in origins:
            continue
        if folder := cache_folder(str(path)):
            caches[str(origin), folder] += int(count)
        else:
            yield int(count), f"{origin} file {path}: {size(int(count))}"
    for (origin, folder), count in caches.items():
        yield count, f"{origin} files in {folder}: {size(count)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wasted:
    """Contents that a later layer hides."""

    path: str
    bytes: int
    cause: str
    by: str  # " by layer `RUN …`", that layer; "" where it is not known


def _waste(result: Result) -> Iterator[_Wasted]:
    """Where no layers were read, nothing."""
    layers = _layers(result)
    for path, count, cause, _, number, _ in rows(under(result, "waste_paths")):
        place = int(number) - 1
        by = f" by layer `{instruction(layers[place].created_by)}`" if 0 <= place < len(layers) else ""
        yield _Wasted(path=str(path), bytes=int(count), cause=str(cause), by=by)


def _waste_words(wasted: _Wasted, count: int, more: str = "") -> str:
    return f"file {told_path(wasted.path)}: {size(count)}{more} {wasted.cause}{wasted.by}"


def _more_waste(old: Result, new: Result) -> Iterator[_Weighed]:
    """What is hidden now and was not, or was less of."""
    before: Counter[tuple[str, str, str]] = Counter()
    for each in _waste(old):
        before[each.path, each.cause, each.by] += each.bytes
    for each in _waste(new):
        key = (each.path, each.cause, each.by)
        hidden = min(each.bytes, before[key])
        before[key] -= hidden
        yield each.bytes - hidden, _waste_words(each, each.bytes - hidden, " more" if hidden else "")
