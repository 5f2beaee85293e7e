"""Programs on an image's disk, found as the image's own shell or its engine would find them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from imagematrix.image.files import EXECUTABLE, Entry, FileSystem, Kind
from imagematrix.model import ImageConfig

# Where an engine looks when the image sets no PATH (moby, oci/defaults.go).
_DEFAULT_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MOST_FOLDERS: Final = 100  # of a PATH that are looked into
NO_NODE: Final = "no program called node is in the image"


def is_executable(entry: Entry | None) -> bool:
    """Whether it is a file that someone may run."""
    return entry is not None and entry.kind is Kind.FILE and bool(entry.mode & EXECUTABLE)


def has_node(files: FileSystem) -> bool:
    """Whether a program of Node's name is anywhere in the image, a package's own among them."""
    return any(
        is_executable(entry) for path, entry in files.entries.items() if path.endswith(("/node", "/nodejs"))
    )


def find_program(files: FileSystem, config: ImageConfig, word: str) -> str:
    """The path of the program that a command's first word names; "" where none is there."""
    return next(find_programs(files, config, word), "")


def find_programs(files: FileSystem, config: ImageConfig, word: str) -> Iterator[str]:
    """The same of all that are there, in the order in which they are looked for."""
    inside = (f"{folder}/{word}" for folder in search_path(files, config))
    paths = (place_of(config, word),) if "/" in word else inside
    return (path for path in paths if is_executable(files.resolve(path)))


def place_of(config: ImageConfig, word: str) -> str:
    """The absolute path of what a word names, from the folder that a command is started in."""
    return posixpath.normpath(posixpath.join("/", config.workdir, word))


def search_path(files: FileSystem, config: ImageConfig) -> Iterator[str]:
    """The folders of the image's PATH that are there, links followed, each once."""
    told = [value for name, _, value in (item.partition("=") for item in config.env) if name == "PATH"]
    seen = set()
    for folder in (told[-1] if told else _DEFAULT_PATH).split(":")[:_MOST_FOLDERS]:
        entry = files.resolve(posixpath.join("/", config.workdir, folder))
        if entry is not None and entry.kind is Kind.FOLDER and entry.path not in seen:
            seen.add(entry.path)
            yield entry.path
