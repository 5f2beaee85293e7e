"""Which files stand behind the bytes of a layer that no container sees: those that it copied, wrote over, deleted.

Where the layers were read, the record tells.  Where they were not, there is the layer's sum alone: where it is to
the byte that of all files in a folder, these are named.  So it is after a `chmod -R`: overlayfs copies a file up
whatever is changed of it (overlayfs.rst, "Non-directories").
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from imagematrix.model import Layer, ListedFile, Listing, Result
from imagematrix.units import size
from imagematrix.verdicts.cached import told_path
from imagematrix.verdicts.unseen import DELETED, OVERWRITTEN, REPLACED, SAME_SIZE, Hidden, hidden, layers_read

_NAMED: Final = 3  # files, in a sentence
_PART: Final = 0.2  # of what a layer hides: a cause of less is not told
# Of fewer bytes a sum may be the same by chance.
_SURE_BYTES: Final = 100_000
_DOES: Final = {
    SAME_SIZE: "copied again",
    OVERWRITTEN: "written over",
    DELETED: "deleted and carried all the same",
    REPLACED: "hidden with their folder",
}
_PATH: Final = re.compile(r"(?<!\S)/[^\s;&|<>()'\"]*")
_SHELL: Final = "/bin/sh"  # the word before a RUN's own
# An instruction that does nothing but this makes no file: all its bytes are those of files that it copied.
_CHANGES_ALONE: Final = re.compile(r"(?:RUN )?(?:/bin/sh -c )?ch(?:mod|own|grp) [^;&|\n]*")
_UNREAD: Final = "measuring with --deep tells its files"


def hidden_by(result: Result) -> dict[str, int]:
    """Bytes below that a layer hides, by its diff ID; empty where the layers were not read."""
    sums: dict[str, int] = {}
    layers = _layers(result)
    for each in hidden(result) or ():
        if 1 <= each.by <= len(layers):
            diff_id = layers[each.by - 1].diff_id
            sums[diff_id] = sums.get(diff_id, 0) + each.bytes
    return sums


def carried(result: Result, listing: Listing | None) -> dict[str, int]:
    """Bytes below that each layer hides, by its diff ID, of those of which that is known.

    Of all, where the layers were read; else of a `chmod -R` whose bytes are to the byte those of the files that
    it names.
    """
    if layers_read(result):
        return {layer.diff_id: 0 for layer in _layers(result)} | hidden_by(result)
    files = _listed(listing)
    return {
        layer.diff_id: layer.bytes
        for layer in _layers(result)
        if layer.bytes >= _SURE_BYTES
        and _CHANGES_ALONE.fullmatch(layer.created_by)
        and _of_bytes(layer.bytes, _named_in(layer), files)
    }


def files_behind(result: Result, diff_id: str, listing: Listing | None) -> str:
    """ "12 files copied again, 40.0 MB: /usr/bin/node 39.9 MB, …"; "" where nothing is known of them."""
    places = [
        (number, each) for number, each in enumerate(_layers(result), start=1) if each.diff_id == diff_id
    ]
    found = hidden(result)
    if found is not None:
        numbers = {number for number, _ in places}
        return _told([each for each in found if each.by in numbers])
    if not places or places[0][1].bytes < _SURE_BYTES:
        return ""
    return _by_sum(places[0][1], listing) or _UNREAD


def _layers(result: Result) -> tuple[Layer, ...]:
    return result.image.layers if result.image else ()


def _told(parts: Sequence[Hidden]) -> str:
    """By cause, the weightiest first."""
    whole = sum(each.bytes for each in parts)
    sentences = []
    for cause in dict.fromkeys(each.cause for each in sorted(parts, key=lambda each: -each.bytes)):
        of_cause = [each for each in parts if each.cause == cause]
        taken = sum(each.bytes for each in of_cause)
        if taken >= _PART * whole:
            files = sum(each.files for each in of_cause)
            paths = sorted((path for each in of_cause for path in each.paths), key=lambda path: -path[1])
            sentences.append(
                f"{_count(files)} {_DOES.get(cause, cause)}, {size(taken)}{_named(paths, files)}"
            )
    return "; ".join(sentences)


def _by_sum(layer: Layer, listing: Listing | None) -> str:
    """The files of the folders that its instruction names, or of one folder, that have the layer's bytes."""
    named, every = _named_in(layer), _listed(listing)
    files = _of_bytes(layer.bytes, named, every)
    if not files:
        named = _folders(every, layer.bytes)
        files = [file for file in every if _within(file, named)]
    if not files:
        return ""
    paths = sorted(((file.path, file.bytes) for file in files), key=lambda path: -path[1])
    where = " and ".join(dict.fromkeys(named))
    return f"as many bytes as the {_count(len(files))} of {where}{_named(paths, len(files))}"


def _named_in(layer: Layer) -> list[str]:
    return [path for path in _PATH.findall(layer.created_by) if path != _SHELL]


def _listed(listing: Listing | None) -> list[ListedFile]:
    """Those that are in a sum: an empty one is in none."""
    return [file for file in listing.files if file.bytes] if listing else []


def _of_bytes(taken: int, named: Sequence[str], files: Iterable[ListedFile]) -> list[ListedFile]:
    """All files of these folders, where they have so many bytes together; else []."""
    found = [file for file in files if _within(file, named)]
    return found if sum(file.bytes for file in found) == taken else []


def _folders(files: Iterable[ListedFile], taken: int) -> list[str]:
    """The innermost folder whose files have so many bytes; [] where there is none."""
    sums: Counter[str] = Counter()
    for file in files:
        folder = posixpath.dirname(file.path)
        while folder != "/":
            sums[folder] += file.bytes
            folder = posixpath.dirname(folder)
    return sorted((folder for folder, count in sums.items() if count == taken), key=len)[-1:]


def _within(file: ListedFile, named: Iterable[str]) -> bool:
    return any(file.path == path or file.path.startswith(f"{path.rstrip('/')}/") for path in named)


def _named(paths: Iterable[tuple[str, int]], files: int) -> str:
    """The largest, by name; "" where no name is known."""
    shown = [f"{told_path(path)} {size(count)}" for path, count in islice(paths, _NAMED)]
    rest = files - len(shown)
    return f": {', '.join(shown)}{f' and {rest:,} more' if rest > 0 else ''}" if shown else ""


def _count(files: int) -> str:
    return f"{files:,} file{'' if files == 1 else 's'}"
