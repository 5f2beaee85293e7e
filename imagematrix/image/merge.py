"""The layers of an image laid over one another, as a container sees them, and what is lost on the way.

Each layer first hides what its whiteouts name in the layers below, then lays its own entries (OCI image
specification, layer.md).  A folder over a folder keeps what is in it; whatever else comes over a folder,
or a folder over whatever else, takes its place (overlayfs.rst, "Upper and Lower").  At the top of all there is
the engine, which puts its own in some places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from imagematrix.image.files import ENGINE_PLACES, Elf, Entry, FileSystem, Kind, LayerFiles
from imagematrix.image.layers import BELOW

METHOD: Final = "the image's layers, read one by one and laid over one another"
BY_ENGINE: Final = -1  # instead of a layer's number


class Cause(StrEnum):
    """Why a file's content in a layer is seen no more."""

    OVERWRITTEN = "overwritten"
    SAME_SIZE = "copied at the same size"  # as chmod, chown and touch do; contents are not compared
    DELETED = "deleted"
    REPLACED = "folder replaced"  # a folder gave way to something else, or something else to a folder
    ENGINE = "covered by the engine's own"  # in every container


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """Content that an image carries and no container of it sees."""

    path: str  # the last name that it had
    bytes: int
    cause: Cause
    layer: int  # that carries it, from 0
    by_layer: int  # that hid it, or BY_ENGINE


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """An image's merged view, and what is in its layers beside it."""

    files: FileSystem
    lost: tuple[Lost, ...]  # their bytes are those of all layers less the visible ones, exactly


def merge(layers: Sequence[LayerFiles]) -> FileSystem:
    """What a container of these layers, bottom first, sees."""
    return replay(layers).files


def replay(layers: Sequence[LayerFiles]) -> Merged:
    """Lay the layers, bottom first, over one another, and keep account of what that hides."""
    view = _View()
    for number, layer in enumerate(layers):
        view.lay(number, layer)
    view.leave_places()
    files = FileSystem(entries=view.entries, texts=view.texts, elves=view.elves, method=METHOD)
    return Merged(files=files, lost=tuple(view.lost))


class _View:
    """A merged view while layers are laid on it."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.texts: dict[str, bytes] = {}
        self.elves: dict[str, Elf] = {}
        self.lost: list[Lost] = []
        self._layer = 0
        self._owner: dict[str, int] = {}  # of each path in `entries`: the layer that holds its content
        self._inside: dict[str, dict[str, None]] = {"": {}}  # by folder ("": the root), what is right in it
        self._names: dict[str, int] = {}  # of each content with several names: those that are left
        self._hidden: dict[str, int] = {}  # paths that this layer's whiteouts hid: their place in `lost`

    def lay(self, number: int, layer: LayerFiles) -> None:
        self._layer = number
        self._hidden = {}
        for entry in layer.entries:
            if entry.kind is Kind.WHITEOUT:
                self._remove(entry.path, Cause.DELETED)
            elif entry.kind is Kind.OPAQUE:
                self._empty("" if entry.path == "/" else entry.path, Cause.REPLACED)
        # Contents with several names; all others are named by their one path, here and in the view.
        shared = {e.content for e in layer.entries if e.content != e.path and e.kind is Kind.FILE}
        folder: str | None = None  # the last that was seen to be there
        for entry in layer.entries:
            path, kind = entry.path, entry.kind
            if kind is Kind.WHITEOUT or kind is Kind.OPAQUE:
                continue
            parent = path.rpartition("/")[0]
            if parent != folder:
                self._make_folder(parent)
                folder = parent
            holder = number
            if shared and entry.content in shared:
                if entry.content.startswith(BELOW):
                    found = self._link_below(entry)
                    if found is None:
                        continue
                    entry, holder = found
                else:
                    entry = entry._replace(content=f"{number}:{entry.content}")
                self._names[entry.content] = self._names.get(entry.content, 0) + 1
            self._place(entry, parent, holder)
        for path, text in layer.texts.items():
            if self._owner.get(path) == number:
                self.texts[path] = text
        for path, elf in layer.elves.items():
            if self._owner.get(path) == number:
                self.elves[path] = elf

    def leave_places(self) -> None:
        """Hide what is where an engine puts its own."""
        self._layer = BY_ENGINE
        for path in ENGINE_PLACES:
            self._remove(path, Cause.ENGINE)

    def _place(self, entry: Entry, parent: str, holder: int) -> None:
        path = entry.path
        old = self.entries.get(path)
        if old is not None and (old.kind is not Kind.FOLDER or entry.kind is not Kind.FOLDER):
            self._give_way(old, entry)
        elif self._hidden and path in self._hidden:
            place = self._hidden.pop(path)
            self.lost[place] = replace(self.lost[place], cause=_by(self.lost[place].bytes, entry))
        self.entries[path] = entry
        self._owner[path] = holder
        self._inside[parent][path] = None
        if entry.kind is Kind.FOLDER:
            self._inside.setdefault(path, {})

    def _give_way(self, old: Entry, new: Entry) -> None:
        """Let something else take an entry's place; what is in a folder goes with it."""
        if old.kind is Kind.FOLDER:
            self._empty(old.path, Cause.REPLACED)
            del self._inside[old.path]
        else:
            self._lose(old, Cause.REPLACED if new.kind is Kind.FOLDER else _by(old.bytes, new))

    def _link_below(self, entry: Entry) -> tuple[Entry, int] | None:
        """A hard link to a file of a layer below: its entry, and the layer that holds the content."""
        target = entry.content.removeprefix(BELOW)
        first = self.entries.get(target)
        if first is None or first.kind is not Kind.FILE or target == entry.path:
            return None  # no engine can lay it
        holder = self._owner[target]
        if first.content not in self._names:
            first = first._replace(content=f"{holder}:{first.content}")
            self.entries[target] = first
            self._names[first.content] = 1
        return first._replace(path=entry.path), holder

    def _make_folder(self, path: str) -> None:
        """Make sure of a folder and those above it; an archive need not name them."""
        missing = []
        while path and ((there := self.entries.get(path)) is None or there.kind is not Kind.FOLDER):
            missing.append(path)
            path = path.rpartition("/")[0]
        for folder in reversed(missing):
            entry = Entry(folder, Kind.FOLDER, 0, 0o755, 0, "", "")
            self._place(entry, folder.rpartition("/")[0], self._layer)

    def _remove(self, path: str, cause: Cause) -> None:
        entry = self.entries.get(path)
        if entry is None:
            return
        if entry.kind is Kind.FOLDER:
            self._empty(path, cause)
            del self._inside[path]
        del self._inside[path.rpartition("/")[0]][path]
        self._drop(entry, cause)

    def _empty(self, folder: str, cause: Cause) -> None:
        """Hide all that is in a folder; the folder stays."""
        left = list(self._inside.get(folder, ()))
        while left:
            path = left.pop()
            left += self._inside.pop(path, ())
            self._drop(self.entries[path], cause)
        if folder in self._inside:
            self._inside[folder] = {}

    def _drop(self, entry: Entry, cause: Cause) -> None:
        self._lose(entry, cause)
        del self.entries[entry.path], self._owner[entry.path]

    def _lose(self, entry: Entry, cause: Cause) -> None:
        """Take account of a name that is seen no more, and of its content where no other name has it."""
        path = entry.path
        self.texts.pop(path, None)
        self.elves.pop(path, None)
        if entry.kind is not Kind.FILE:
            return
        names = self._names.get(entry.content, 1) - 1
        if names:
            self._names[entry.content] = names
            return
        self._names.pop(entry.content, None)
        if cause is Cause.DELETED or cause is Cause.REPLACED:
            self._hidden[path] = len(self.lost)
        layer = self._owner[path]
        self.lost.append(Lost(path=path, bytes=entry.bytes, cause=cause, layer=layer, by_layer=self._layer))


def _by(size: int, new: Entry) -> Cause:
    """Why a file's content of this size is lost when an entry comes in its place."""
    return Cause.SAME_SIZE if new.kind is Kind.FILE and new.bytes == size else Cause.OVERWRITTEN
