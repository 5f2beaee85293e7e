from __future__ import annotations

import re

import pytest

from imagematrix.verdicts.findings.places import any_stage, base_line, by_layer, kind, quoted, start
from tests.verdicts.findings.results import result

BASE = (("ADD rootfs.tar / # buildkit", True),)


def lines(dockerfile: str, *layers: str) -> dict[int, int]:
    known = result(dockerfile=dockerfile, layers=(*BASE, *((layer, False) for layer in layers)))
    return {number: each.line for number, each in by_layer(known).items()}


def test_layers_are_matched_in_order_where_all_agree() -> None:
    dockerfile = "FROM a\nWORKDIR /\nWORKDIR /app\nENV X=1\nCOPY . .\nRUN a $X\nUSER 1\nRUN a $X\n"
    told = (
        "WORKDIR /app",
        "COPY . . # buildkit",
        "RUN |1 X=1 /bin/sh -c a $X # buildkit",
        "RUN /bin/sh -c a",
    )
    assert lines(dockerfile, *told) == {2: 3, 3: 5, 4: 6, 5: 8}


def test_stages_that_the_image_stands_on_count_and_others_do_not() -> None:
    dockerfile = "FROM a AS b\nRUN one\nFROM x AS y\nRUN two\nFROM b\nCOPY --from=y / /\n"
    assert lines(dockerfile, "RUN /bin/sh -c one # buildkit", "COPY / / # buildkit") == {2: 2, 3: 6}


def test_where_they_do_not_agree_the_words_must_be_those_of_one_alone() -> None:
    dockerfile = "FROM a\nRUN  one  two\nRUN three\nRUN three\nCOPY --chown=1:1 x y\n"
    told = ("RUN /bin/sh -c one two # buildkit", "RUN /bin/sh -c onbuild # buildkit", "RUN /bin/sh -c three")
    assert lines(dockerfile, *told) == {2: 2}
    assert lines(dockerfile, "COPY x y # buildkit") == {2: 5}


def test_without_a_dockerfile_or_an_image_there_is_nothing() -> None:
    assert lines("", "RUN /bin/sh -c one") == {}


def test_where_a_container_starts_and_a_base_is_named() -> None:
    text = "FROM a AS b\nCMD one\nFROM c AS d\nENTRYPOINT x\nFROM b\n"
    known = result(dockerfile=text)
    found = start(known), base_line(known)
    assert [each and each.line for each in found] == [2, 1]
    entry, last = start(result(dockerfile="FROM a\nENTRYPOINT x\n")), start(result(dockerfile="FROM a\n"))
    assert entry is not None
    assert last is not None
    assert (entry.keyword, last.keyword) == ("ENTRYPOINT", "FROM")
    assert start(result()) is None


def test_an_instruction_of_the_image_goes_over_one_of_another_stage() -> None:
    known = result(dockerfile="FROM a\nRUN npm ci\nFROM b AS x\nRUN npm ci\nRUN npm ci\nFROM x\n")
    found = any_stage(known, "RUN", re.compile("npm"))
    other = any_stage(result(dockerfile="FROM a\nRUN npm ci\nFROM b\n"), "RUN", re.compile("npm"))
    assert found is not None
    assert other is not None
    assert (found.line, other.line) == (5, 2)
    assert any_stage(known, "RUN", re.compile("yarn")) is None


@pytest.mark.parametrize(
    ("created_by", "keyword", "text"),
    [
        ("RUN |2 A=1 B=x /bin/sh -c npm ci # buildkit", "RUN", "RUN npm ci"),
        ("/bin/sh -c #(nop) COPY dir:1 in / ", "COPY", "COPY dir:1 in /"),
        ("COPY a b # buildkit", "COPY", "COPY a b"),
        ("RUN /bin/sh -c " + "x" * 100, "RUN", "RUN " + "x" * 54 + " …"),
        ("", "", ""),
    ],
)
def test_what_builders_put_around_an_instruction_is_left_out(
    created_by: str, keyword: str, text: str
) -> None:
    known = result(layers=((created_by, False),)).image
    assert known is not None
    assert (kind(known.layers[0]), quoted(created_by)) == (keyword, text)
