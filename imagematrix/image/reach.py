"""The shared objects that an ELF file's own RPATH leads its loader to, and those that lie under node_modules."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from imagematrix.image.files import Elf, FileSystem

_ADDON: Final = ".node"
_MODULES: Final = "/node_modules/"
_ORIGIN: Final = re.compile(r"\$(?:ORIGIN\b|\{ORIGIN\})")  # ld.so(8), "Dynamic string tokens"
_MOST_FOLDERS: Final = 20  # of an RPATH that are looked into; real ones have some ten


@dataclass(frozen=True, slots=True)
class Reach:
    """Which libraries under node_modules, and wherever else an RPATH leads, a file may be loaded with."""

    files: FileSystem
    shared: Mapping[str, frozenset[str]]  # by folder, the names of the shared objects in it
    carried: frozenset[str]  # of those under node_modules
    loaded: frozenset[str]  # of the carried, what another file may have had loaded already

    def finds(self, path: str, elf: Elf, name: str) -> bool:
        """Whether a needed library is found for the file of this path, or may be."""
        known = _names(self.files, self.shared, path, elf)
        if known is not None and name in known:
            return True
        # What is no addon is loaded by one, whose own RPATH may count for it too.
        sure = known is not None and path.endswith(_ADDON)
        return posixpath.basename(name) in (self.loaded if sure else self.carried)


def reach(files: FileSystem) -> Reach:
    """What lies where, and what the files under node_modules have loaded."""
    lying: dict[str, list[str]] = {}
    for path in files.entries:
        folder, _, name = path.rpartition("/")
        if ".so" in name:
            lying.setdefault(folder, []).append(name)
    shared = {folder: frozenset(names) for folder, names in lying.items()}
    carried = frozenset[str]().union(*(names for folder, names in shared.items() if _MODULES in f"{folder}/"))
    loaded: set[str] = set()
    for path, elf in files.elves.items():
        needed = carried.intersection(elf.needed)
        if needed and path.endswith(_ADDON):
            found = _names(files, shared, path, elf)
            needed = needed if found is None else needed & found
        loaded |= needed
    return Reach(files, shared, carried, frozenset(loaded))


def _names(
    files: FileSystem, shared: Mapping[str, frozenset[str]], path: str, elf: Elf
) -> frozenset[str] | None:
    """The shared objects in the folders of the file's RPATH; None where those are not known."""
    if len(elf.searched) > _MOST_FOLDERS:
        return None
    found = frozenset[str]()
    for told in elf.searched:
        folder = _ORIGIN.sub(lambda _: posixpath.dirname(path), told)
        if not folder.startswith("/") or "$" in folder:
            return None
        entry = files.resolve(folder)
        found |= shared.get(entry.path, frozenset()) if entry else frozenset()
    return found
