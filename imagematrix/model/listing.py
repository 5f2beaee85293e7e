"""The files of one image, as an archive keeps them beside its records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class ListedFile(NamedTuple):
    """A regular file that a container of the image sees."""

    path: str  # undecodable bytes as escapes
    bytes: int  # a file with several names has them at the first
    origin: str  # "base system", "node", "node_modules", "app", …: see image/origin.py


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """All of them, by path."""

    config_digest: str
    files: tuple[ListedFile, ...]
