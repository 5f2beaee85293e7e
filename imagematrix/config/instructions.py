"""A Dockerfile's instructions, each with the line that it starts on, as findings point at them."""

from __future__ import annotations

from functools import lru_cache

from imagematrix.config.dockerfile import lines_of, parse
from imagematrix.model import Instruction


@lru_cache(maxsize=8)  # the rows of a matrix share theirs
def instructions(text: str, *, file: str, target: str) -> tuple[Instruction, ...]:
    """All instructions of a Dockerfile, in order; `target` is the stage that is built, "" the last.

    `built` are those of the target's stage and of the stages that its FROM names: the image has their layers.
    `file` goes into each as it is.  Raises `DockerfileError`, as `parse` does.
    """
    built = parse(text).standing(target)
    found = []
    stage = -1
    for line, keyword, rest in lines_of(text):
        stage += keyword == "FROM"
        found.append(
            Instruction(file=file, line=line, keyword=keyword, text=rest, stage=stage, built=stage in built)
        )
    return tuple(found)
