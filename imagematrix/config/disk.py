"""Files and folders that a matrix names, found on disk or refused at the key that names them."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from imagematrix.config.wording import shortened
from imagematrix.errors import InputError

_LONGEST: Final = 300  # characters of a path in a message


def found(folder: Path, name: str, kind: Literal["Dockerfile", "folder"], *, where: str) -> Path:
    """The absolute path of `name`, which starts from `folder`.  Raises `InputError` at `where`."""
    path = folder / name
    try:
        if path.is_dir() if kind == "folder" else path.is_file():
            return path.resolve()
        what = f"there is no {kind} {shortened(str(path), _LONGEST)}"
    except OSError as error:  # not allowed to look, or a name that is too long to be one
        what = f"the {kind} {shortened(name, _LONGEST)} cannot be used: {error.strerror}"
    raise InputError(
        what,
        where=where,
        next_step="create it, or correct the path: it starts from the folder of the matrix file",
    )
