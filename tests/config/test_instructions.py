from __future__ import annotations

import pytest

from imagematrix.config.dockerfile import DockerfileError
from imagematrix.config.instructions import instructions
from imagematrix.model import Instruction

TEXT = """\
# syntax=docker/dockerfile:1
ARG NODE=24
ARG FROM_STAGE=tools

FROM node:${NODE} AS tools
RUN apt-get update \\
 && apt-get install -y \\
    # a comment between
    vim

FROM node:${NODE} AS build
workdir /app
COPY . .
RUN <<EOF
FROM nothing
EOF

FROM $FROM_STAGE AS final
COPY --from=build /app /app
CMD ["node", "index.js"]
"""


def of(text: str, target: str = "") -> list[tuple[int, str, str, int, bool]]:
    found = instructions(text, file="d/Dockerfile", target=target)
    assert {each.file for each in found} <= {"d/Dockerfile"}
    return [(each.line, each.keyword, each.text, each.stage, each.built) for each in found]


def test_each_with_its_line_its_stage_and_whether_the_image_has_it() -> None:
    assert of(TEXT) == [
        (2, "ARG", "NODE=24", -1, False),
        (3, "ARG", "FROM_STAGE=tools", -1, False),
        (5, "FROM", "node:${NODE} AS tools", 0, True),
        (6, "RUN", "apt-get update && apt-get install -y vim", 0, True),
        (11, "FROM", "node:${NODE} AS build", 1, False),
        (12, "WORKDIR", "/app", 1, False),
        (13, "COPY", ". .", 1, False),
        (14, "RUN", "<<EOF", 1, False),
        (18, "FROM", "$FROM_STAGE AS final", 2, True),
        (19, "COPY", "--from=build /app /app", 2, True),
        (20, "CMD", '["node", "index.js"]', 2, True),
    ]


def test_a_target_leaves_the_stages_after_it_out() -> None:
    assert {stage for _, _, _, stage, built in of(TEXT, "Build") if built} == {1}


def test_a_from_that_no_default_settles_stands_on_no_stage() -> None:
    told = of("ARG X\nFROM a AS b\nFROM ${X} AS c\nUSER 1\n")
    assert [built for *_, built in told] == [False, False, True, True]


def test_they_are_nouns_of_the_model() -> None:
    (one,) = instructions("FROM scratch", file="Dockerfile", target="")
    assert one == Instruction(file="Dockerfile", line=1, keyword="FROM", text="scratch", stage=0, built=True)


def test_what_is_no_dockerfile_is_refused() -> None:
    with pytest.raises(DockerfileError, match="no FROM line"):
        instructions("RUN true", file="Dockerfile", target="")
