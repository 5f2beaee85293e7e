"""Fuzz target: a matrix file, and the Dockerfile that it names, by coverage (libFuzzer, through atheris).

    python -m tests.fuzz.fuzz_matrix -max_total_time=60 FOLDER

The input is a matrix file; what follows on the first NUL is the Dockerfile.  Whatever it says comes to a matrix
or to a refusal; anything else that is raised ends the run, and the input is left in `crash-…`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["imagematrix.config"]):
    from imagematrix import config

from imagematrix.errors import InputError
from imagematrix.text import one_line

_FOLDER: Final = tempfile.TemporaryDirectory(prefix="imagematrix-fuzz-")
_MATRIX: Final = Path(_FOLDER.name) / "variants.yml"
_DOCKERFILE: Final = Path(_FOLDER.name) / "Dockerfile"


def one(data: bytes) -> None:
    """Try one input."""
    text, _, dockerfile = data.partition(b"\0")
    _MATRIX.write_bytes(text)
    _DOCKERFILE.write_bytes(dockerfile)
    try:
        matrix = config.load_matrix(_MATRIX)
    except InputError as refusal:
        said = (refusal.what, refusal.where, refusal.next_step)
        assert all(text == one_line(text) and len(text) < 5000 for text in said), said
        return
    assert matrix.variants, "a matrix without a row"


def main() -> None:
    """As libFuzzer's own main: flags that begin with `-`, then folders of inputs."""
    (Path(_FOLDER.name) / "app").mkdir()
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
