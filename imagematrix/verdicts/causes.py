"""What brought the bytes by which two images differ, as sentences; no byte in two of them.

Bytes of node_modules are told by package, all others by file, or by origin where not all files are known.
What these do not explain no container sees: a file that a layer copies is there twice; it is told by layer,
with the files behind it.  Where nothing is known of files at all, all bytes are told by layer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from imagematrix.model import Listing, Result
from imagematrix.model.difference import (
    Cause,
    Change,
    FileDifference,
    FileDifferences,
    LayerDifference,
    OriginDifference,
    PackageDifference,
    Sizes,
    Unknown,
)
from imagematrix.units import size
from imagematrix.verdicts.cached import cache_folder, told_path
from imagematrix.verdicts.files import called, whose
from imagematrix.verdicts.layer_files import carried, files_behind
from imagematrix.verdicts.package_changes import NPM
from imagematrix.verdicts.renamed import renamed, renamed_causes

_NODE_MODULES: Final = "node_modules"
_WASTE: Final = "waste"
_NO_PACKAGE: Final = "(no package)"
# A file is named by itself when it is this part of what its origin brought; the others are counted.
_NAMED: Final = 0.2
_NEAR: Final = 0.1  # by how much a layer's bytes may differ from the waste that is laid to it
_INSTRUCTION_LENGTH: Final = 72
_BETWEEN: Final = " to "


def causes(
    old: Result,
    new: Result,
    layers: Sequence[LayerDifference],
    origins: Sequence[OriginDifference] | Unknown,
    packages: Sequence[PackageDifference],
    files: FileDifferences | Unknown,
    listings: tuple[Listing | None, Listing | None] = (None, None),
) -> tuple[Cause, ...]:
    """All causes, weightiest first, whichever way they go; those of no bytes last.

    `listings` are all files of the old and of the new image, where they are kept.
    """
    sized = [
        (each, each.sizes.more) for each in packages if each.system == NPM and isinstance(each.sizes, Sizes)
    ]
    found = [Cause(text=_package(package), bytes=more) for package, more in sized if more]
    told = _NODE_MODULES if found else ""  # the origin that the packages tell of
    known = () if isinstance(files, Unknown) else files.files
    seen = True  # whether what a container sees is known
    if isinstance(files, FileDifferences) and files.complete:
        found += file_causes([file for file in known if file.origin != told])
    elif not isinstance(origins, Unknown):
        found += origin_causes([each for each in origins if each.origin not in (told, _WASTE)], known)
    else:
        seen = bool(found)
    if seen:
        left = sum(layer.sizes.more for layer in layers) - sum(cause.bytes for cause in found)
        found += _waste(
            old=_Side(result=old, listing=listings[0], is_new=False),
            new=_Side(result=new, listing=listings[1], is_new=True),
            layers=layers,
            left=left,
        )
    else:
        found = [_layer(layer, layer.sizes.more) for layer in layers if layer.sizes.more]
    return tuple(sorted(found, key=lambda cause: (-abs(cause.bytes), cause.text)))


def file_causes(files: Sequence[FileDifference]) -> tuple[Cause, ...]:
    """Of files that differ; no cause has files of two origins, so those of one origin are among those of all."""
    churn, rest = renamed(files)
    return (*_files(rest), *renamed_causes(churn))


def origin_causes(origins: Iterable[OriginDifference], files: Sequence[FileDifference]) -> tuple[Cause, ...]:
    """Of origins as a whole; `files` are those that are known to differ."""
    return tuple(_origin(each, files) for each in origins if each.sizes.more)


def change_words(change: Change, more: int) -> str:
    """ "30.0 MB new", "1.4 MB less"; of a thing that is not in the other image's list, what is sure of it."""
    if change in (Change.NEW_OR_MORE, Change.GONE_OR_LESS):
        return f"at least {size(abs(more))} {'more' if more > 0 else 'less'}"
    word = change if change in (Change.NEW, Change.GONE) else "more" if more > 0 else "less"
    return f"{size(abs(more))} {word}"


def versions(package: PackageDifference) -> str:
    """ "4.17.21", or "4.17.20 to 4.17.21"; those that are on both sides are left out of a change."""
    old, new = package.old_versions, package.new_versions
    if old == new or not old or not new:
        return ", ".join(new or old)
    left = [version for version in old if version not in new]
    came = [version for version in new if version not in old]
    if not left or not came:
        return f"{', '.join(came or left)} {'besides' if came else 'gone, beside'} {', '.join(old if came else new)}"
    return ", ".join(left) + _BETWEEN + ", ".join(came)


def instruction(created_by: str) -> str:
    """An instruction as the Dockerfile has it, shortened: "RUN chmod -R …"."""
    text = " ".join(created_by.removesuffix("# buildkit").split()).replace("RUN /bin/sh -c ", "RUN ", 1)
    return text if len(text) <= _INSTRUCTION_LENGTH else f"{text[: _INSTRUCTION_LENGTH - 1]}…"


def _package(package: PackageDifference) -> str:
    assert isinstance(package.sizes, Sizes)
    words = change_words(package.change, package.sizes.more)
    if package.name == _NO_PACKAGE:
        return f"files of node_modules that belong to no package: {words}"
    return f"package {package.name} {versions(package)}".rstrip() + f": {words}"


def _files(files: Iterable[FileDifference]) -> Iterator[Cause]:
    """The large ones by name, the others of an origin together; what came and what went apart."""
    groups: defaultdict[tuple[str, bool], list[FileDifference]] = defaultdict(list)
    caches: defaultdict[tuple[str, str, bool], list[FileDifference]] = defaultdict(list)
    for file in files:
        up = file.sizes.more > 0
        if folder := cache_folder(file.path):
            caches[file.origin, folder, up].append(file)
        else:
            groups[file.origin, up].append(file)
    for (origin, folder, up), group in caches.items():
        more = sum(file.sizes.more for file in group)
        text = f"{called(len(group), origin)} in {folder}: {change_words(_change(group, up=up), more)}"
        yield Cause(text=text, bytes=more)
    for (origin, up), group in groups.items():
        whole = sum(file.sizes.more for file in group)
        named = [file for file in group if file.sizes.more / whole >= _NAMED] if whole else []
        rest = [file for file in group if file not in named] if len(named) < len(group) else []
        if len(rest) == 1:
            named, rest = [*named, *rest], []
        for file in named:
            more = file.sizes.more
            text = f"{whose(origin)}file {file.path}: {change_words(file.change, more)}"
            yield Cause(text=text, bytes=more)
        if rest:
            more = sum(file.sizes.more for file in rest)
            change = _change(rest, up=up)
            text = f"{called(len(rest), origin, other=bool(named))}: {change_words(change, more)}"
            yield Cause(text=text, bytes=more)


def _change(files: Iterable[FileDifference], *, up: bool) -> Change:
    """What all of them are; where they are not alike, more or less."""
    kinds = {file.change for file in files}
    return kinds.pop() if len(kinds) == 1 else Change.MORE if up else Change.LESS


def _origin(origin: OriginDifference, files: Iterable[FileDifference]) -> Cause:
    """An origin as a whole, with the one file that is known to be a good part of it."""
    more = origin.sizes.more
    word = (
        "new" if not origin.old_files else "gone" if not origin.new_files else "more" if more > 0 else "less"
    )
    text = f"{origin.origin}: {size(abs(more))} {word}"
    part = next(
        (f for f in files if f.origin == origin.origin and f.sizes.more * more > 0), None
    )  # they are sorted: the largest
    if part is not None and 1 >= part.sizes.more / more >= _NAMED:
        text += f" ({told_path(part.path)}: {change_words(part.change, part.sizes.more)})"
    return Cause(text=text, bytes=more)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Side:
    """One of the two images, with the list of its files where that is kept."""

    result: Result
    listing: Listing | None
    is_new: bool

    def diff_id(self, layer: LayerDifference) -> str:
        return layer.new_diff_id if self.is_new else layer.old_diff_id

    def files_behind(self, layer: LayerDifference) -> str:
        return files_behind(self.result, self.diff_id(layer), self.listing)


def _waste(*, old: _Side, new: _Side, layers: Sequence[LayerDifference], left: int) -> Iterator[Cause]:
    """What no container sees: by the layers that are known to hide it, what came and what went apart.

    The rest by a layer that just has its bytes, or as a whole: no layer is named that was told of before.
    """
    before, after = (carried(side.result, side.listing) for side in (old, new))
    unknown = []
    for layer in layers:
        was, now = _taken(before, old.diff_id(layer)), _taken(after, new.diff_id(layer))
        if was is None or now is None:
            unknown.append(layer)
        elif more := now - was:
            left -= more
            yield _hiding(layer, more, new if more > 0 else old)
    for layer in sorted(unknown, key=lambda each: abs(each.sizes.more - left)):
        if left and _near(layer.sizes.more, left):
            weight = min(left, layer.sizes.more, key=abs)
            yield _layer(layer, weight, (new if left > 0 else old).files_behind(layer))
            left -= weight
    if left:
        yield Cause(text=_more_waste(left), bytes=left)


def _taken(known: dict[str, int], diff_id: str) -> int | None:
    """What a layer hides, told once though it may be in an image twice; None where that is not known."""
    return known.pop(diff_id, None) if diff_id else 0


def _near(of_layer: int, wasted: int) -> bool:
    return abs(of_layer - wasted) <= _NEAR * abs(wasted)


def _hiding(layer: LayerDifference, more: int, side: _Side) -> Cause:
    """A layer that is known to hide so much more, or less; by its own bytes where these are what it hides."""
    files = side.files_behind(layer)
    if _near(layer.sizes.more, more):
        return _layer(layer, more, files)
    where = f"hidden by layer `{instruction(layer.created_by)}`"
    return Cause(text=f"{_more_waste(more)}, {where}{_behind(files)}", bytes=more)


def _more_waste(more: int) -> str:
    return f"waste: {size(abs(more))} {'more' if more > 0 else 'less'}"


def _layer(layer: LayerDifference, weight: int, files: str = "") -> Cause:
    words = change_words(layer.change, layer.sizes.more)
    return Cause(text=f"layer `{instruction(layer.created_by)}`: {words}{_behind(files)}", bytes=weight)


def _behind(files: str) -> str:
    return f" ({files})" if files else ""
