"""What the readers of an image have before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from imagematrix.image.files import Entry, FileSystem, Kind, LayerFiles, LayerSizes
from imagematrix.image.merge import Merged, replay
from imagematrix.image.placed import Placed, placed_files, unchanged
from imagematrix.model import Engine, EngineImage, ReadyBase


@dataclass(frozen=True, kw_only=True)  # no slots: what several readers need is worked out once, and kept
class Subject:
    """One image and all that has been read of it; a reader says `unavailable` where its part is missing."""

    engine: Engine | None  # None: the image was read from an archive
    image: EngineImage
    bases: tuple[ReadyBase, ...]
    files: FileSystem | None
    files_missing: str  # why `files` is None; "" where it is not
    base_files: FileSystem | None  # of the base image that it stands on
    layers: tuple[LayerFiles, ...]  # () unless the image was measured deep
    sizes: Mapping[str, LayerSizes]  # by diff ID, of layers that were read, now or at some time before
    registry_bytes: Mapping[str, int]  # compressed, by diff ID, of layers that a registry's manifest lists

    @property
    def read_whole(self) -> bool:
        """Whether all layers are at hand: those of an image that has none are."""
        return len(self.layers) == len(self.image.layers)

    @cached_property
    def replayed(self) -> Merged:
        """The layers laid over one another, and what that hides; nothing unless the image was measured deep."""
        return replay(self.layers)

    @cached_property
    def own_files(self) -> list[Entry]:
        """Files of the merged view that the base image does not have just so; all, where it is not known."""
        entries = self.files.entries if self.files is not None else {}
        below = self.base_files.entries if self.base_files is not None else {}
        return [
            entry
            for path, entry in entries.items()
            if entry.kind is Kind.FILE and not unchanged(entry, below.get(path))
        ]

    @cached_property
    def placed(self) -> list[Placed]:
        """Every name of a regular file, with whose it is; nothing where the files are not known."""
        return placed_files(self.files, self.base_files) if self.files is not None else []
