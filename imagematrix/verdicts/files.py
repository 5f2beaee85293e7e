"""Which files two images differ in: from their listings, or from what their records tell of the largest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from imagematrix.model import Listing, Result
from imagematrix.model.difference import Change, FileDifference, FileDifferences, Sizes, Unknown
from imagematrix.verdicts.told import known, rows, under

_LISTED: Final = "all files of both images, by path and bytes; another content of the same bytes is not seen"
# The origin of files where the base image's are not known, as image/placed.py calls it: of one of the two.
UNSPLIT: Final = "base system and app"


def whose(origin: str) -> str:
    """What stands before the word for a file of this origin: "app "; "" where origins are not told apart."""
    return "" if origin == UNSPLIT else f"{origin} "


def called(count: int, origin: str, *, other: bool = False) -> str:
    """Files in a sentence: "2 app files", "10 other app files"."""
    return f"{count:,} {'other ' if other else ''}{whose(origin)}file{'' if count == 1 else 's'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Side:
    """The files of one image, as far as they are known."""

    files: Mapping[str, tuple[int, str]]  # bytes and origin by path
    complete: bool
    most_bytes: int  # that a file which is not among them can have; 0 where all are


def file_differences(
    old: Result, new: Result, old_files: Listing | None, new_files: Listing | None
) -> FileDifferences | Unknown:
    """The files that differ, most changed first."""
    before, after = _side(old, old_files), _side(new, new_files)
    for side in (before, after):
        if isinstance(side, Unknown):
            return side
    assert isinstance(before, _Side)
    assert isinstance(after, _Side)
    paths = before.files.keys() | after.files.keys()
    found = [each for path in paths if (each := _difference(path, before, after)) is not None]
    found.sort(key=lambda each: (-abs(each.sizes.more), each.path))
    return FileDifferences(
        files=tuple(found), complete=before.complete and after.complete, method=_method(before, after)
    )


def _side(result: Result, listing: Listing | None) -> _Side | Unknown:
    if listing is not None:
        files = {file.path: (file.bytes, file.origin) for file in listing.files}
        return _Side(files=files, complete=True, most_bytes=0)
    table = under(result, "largest_files")
    if not known(table):
        return Unknown(reason=table.reason)
    files = {str(path): (int(count), str(origin)) for path, count, origin in rows(table)}
    origins = rows(under(result, "bytes_by_origin"))
    every = sum(count for *_, count in origins if isinstance(count, int))
    complete = bool(origins) and len(files) == every
    most = 0 if complete else min((count for count, _ in files.values()), default=0)
    return _Side(files=files, complete=complete, most_bytes=most)


def _difference(path: str, before: _Side, after: _Side) -> FileDifference | None:
    """None where the file is the same, or where nothing sure can be said of it."""
    old, new = before.files.get(path), after.files.get(path)
    if old is not None and new is not None:
        if old[0] == new[0]:
            return None
        change = Change.MORE if new[0] > old[0] else Change.LESS
        sizes = Sizes(old_bytes=old[0], new_bytes=new[0])
        return FileDifference(path=path, origin=new[1], change=change, sizes=sizes)
    if new is not None:
        if not before.complete and new[0] <= before.most_bytes:
            return None
        change = Change.NEW if before.complete else Change.NEW_OR_MORE
        sizes = Sizes(old_bytes=before.most_bytes, new_bytes=new[0])
        return FileDifference(path=path, origin=new[1], change=change, sizes=sizes)
    assert old is not None
    if not after.complete and old[0] <= after.most_bytes:
        return None
    change = Change.GONE if after.complete else Change.GONE_OR_LESS
    sizes = Sizes(old_bytes=old[0], new_bytes=after.most_bytes)
    return FileDifference(path=path, origin=old[1], change=change, sizes=sizes)


def _method(before: _Side, after: _Side) -> str:
    short = [
        f"{len(side.files)} largest of the {name}"
        for name, side in (("old", before), ("new", after))
        if not side.complete
    ]
    if not short:
        return _LISTED
    return f"no list of all files is kept: only the {' and the '.join(short)} image are known"
