"""Where in a Dockerfile a finding belongs, and which instruction made a layer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from imagematrix.model import Instruction, Layer, Result

_MAKES_LAYER: Final = ("RUN", "COPY", "ADD", "WORKDIR")
_SHOWN: Final = 60  # characters of an instruction in a sentence
# "RUN |1 NODE=24 /bin/sh -c npm ci # buildkit", "/bin/sh -c #(nop) COPY …": what builders put around it.
_AROUND: Final = re.compile(
    r"^/bin/sh -c (?:#\(nop\)\s*)?|^(RUN )(?:\|\d+ (?:\S+=\S* )*)?(?:/bin/sh -c )?|\s*# buildkit$"
)


def built(result: Result, *keywords: str) -> tuple[Instruction, ...]:
    """The instructions of these kinds that the image is made by, in order."""
    return tuple(each for each in result.instructions if each.built and each.keyword in keywords)


def any_stage(result: Result, keyword: str, pattern: re.Pattern[str]) -> Instruction | None:
    """The last instruction of this kind with such a text: of the image's own stages, else of any other."""
    found = [i for i in result.instructions if i.keyword == keyword and pattern.search(i.text)]
    return next((each for each in reversed(found) if each.built), found[-1] if found else None)


def start(result: Result) -> Instruction | None:
    """What says how the container is started; where nothing does, the last FROM."""
    for keyword in ("CMD", "ENTRYPOINT", "FROM"):
        if found := built(result, keyword):
            return found[-1]
    return None


def base_line(result: Result) -> Instruction | None:
    """The FROM that names the base image."""
    return next(iter(built(result, "FROM")), None)


def at(instruction: Instruction | None) -> tuple[str, int]:
    """File and line, as `Finding` has them."""
    return (instruction.file, instruction.line) if instruction else ("", 0)


def by_layer(result: Result) -> Mapping[int, Instruction]:
    """The instructions that made the image's own layers, by the layer's number from 1, as far as it is sure.

    It is where the layers are as many and of the same kinds as the instructions that make one, in order;
    else where one instruction alone has the words of a layer.
    """
    layers = result.image.layers if result.image else ()
    own = [(number, layer) for number, layer in enumerate(layers, start=1) if not layer.from_base]
    # WORKDIR / makes no layer: the folder is there.
    makers = [i for i in built(result, *_MAKES_LAYER) if (i.keyword, i.text) != ("WORKDIR", "/")]
    if [kind(layer) for _, layer in own] == [each.keyword for each in makers]:
        return {number: maker for (number, _), maker in zip(own, makers, strict=True)}
    return {number: found[0] for number, layer in own if len(found := _same(layer, makers)) == 1}


def _same(layer: Layer, makers: Sequence[Instruction]) -> list[Instruction]:
    told = " ".join(_bare(layer.created_by).split())
    return [each for each in makers if told == f"{each.keyword} {' '.join(_flagless(each.text).split())}"]


def _flagless(text: str) -> str:
    return re.sub(r"^(?:--\S+\s+)+", "", text)


def _bare(created_by: str) -> str:
    return _AROUND.sub(lambda match: match[1] or "", created_by)


def kind(layer: Layer) -> str:
    """The keyword of the instruction that made a layer."""
    return _bare(layer.created_by).partition(" ")[0]


def quoted(created_by: str) -> str:
    """An instruction for a sentence, shortened."""
    text = " ".join(_bare(created_by).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 2]} …"
