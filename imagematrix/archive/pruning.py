"""Old runs, removed; and the listings that no run refers to any more."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.archive import listings
from imagematrix.archive.folder import in_progress
from imagematrix.archive.names import RECORD, ids, is_id
from imagematrix.archive.outlining import outline
from imagematrix.errors import MachineError
from imagematrix.model import RunStatus, UnreadableRun
from imagematrix.model.outline import Outline

_GOING: Final = ".removed-"  # before the id, of a folder that is being removed: no name of a run
_REFERENCE: Final = re.compile(rb"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pruned:
    """What went, or would go; and of the older runs, what did not, and why."""

    runs: tuple[str, ...]  # ids, newest first
    stayed: tuple[tuple[str, str], ...]  # (id, reason)
    listings: tuple[str, ...]  # config digests
    listings_stayed: str  # why none was looked at; "" where they were


def prune(results: Path, *, keep: int, dry: bool) -> Pruned:
    """Remove all runs but the `keep` newest, those with a tag, those in progress and those unreadable.

    With `dry` nothing is touched.  A folder is renamed before it is removed, so that no half of a run is
    taken for one.  Raises MachineError when something cannot be removed.
    """
    known = ids(results)
    stayed = [(name, reason) for name in known[keep:] if (reason := _stays(results / name))]
    old = [name for name in known[keep:] if name not in dict(stayed)]
    left = [name for name in known if name not in set(old)]
    why = next((reason for name in left if (reason := _may_run(results / name))), "")
    unused = () if why else tuple(_unused(results, left))
    if not dry:
        _remove(results, old, unused)
    return Pruned(runs=tuple(old), stayed=tuple(stayed), listings=unused, listings_stayed=why)


def _stays(folder: Path) -> str:
    """Why a run is not removed; "" where it is."""
    running = in_progress(folder)
    if running:
        return "it is running"
    if not (folder / RECORD).exists():
        return ""  # its process ended before anything was reached
    told = outline(folder)
    if isinstance(told, UnreadableRun):
        return "its record cannot be read, so it may have a tag"
    if told.tag:
        return f"it has the tag {told.tag}"
    if running is None and told.status is RunStatus.INTERRUPTED:
        return "it may be running: the file system keeps no locks"
    return ""


def _may_run(folder: Path) -> str:
    """Why a run may yet come to refer to any image; "" where it has ended."""
    running = in_progress(folder)
    if running is False:
        return ""
    told = outline(folder)
    if isinstance(told, Outline) and told.status is not RunStatus.INTERRUPTED:
        return ""
    is_it = "is running" if running else "may be running"
    return f"run {folder.name} {is_it}, and may refer to any of them"


def _unused(results: Path, left: Collection[str]) -> Iterator[str]:
    """Config digests of listings that no record names, be it one that this version reads or not."""
    suffix = listings.SUFFIX
    found = {path.name.removesuffix(suffix) for path in (results / listings.FOLDER).glob(f"*{suffix}")}
    found = {name for name in found if listings.path_of(results, f"sha256:{name}")}
    for name in left:
        if not found:
            return
        try:
            raw = (results / name / RECORD).read_bytes()
        except FileNotFoundError:
            continue
        except OSError:
            return  # what it refers to is not known, so nothing is unused for certain
        found -= {match[1].decode() for match in _REFERENCE.finditer(raw)}
    yield from (f"sha256:{name}" for name in sorted(found))


def _remove(results: Path, runs: Collection[str], unused: Collection[str]) -> None:
    try:
        for name in runs:
            (results / name).rename(results / f"{_GOING}{name}")
        for path in results.glob(f"{_GOING}*") if results.is_dir() else ():  # of an earlier time too
            if is_id(path.name.removeprefix(_GOING)):
                shutil.rmtree(path)
        for digest in unused:
            kept = listings.path_of(results, digest)
            if kept is not None:
                kept.unlink(missing_ok=True)
    except OSError as error:
        raise MachineError(
            f"cannot be removed: {error.strerror or error}",
            where=str(error.filename or results),
            next_step="make the folder writable, and prune again",
        ) from error
