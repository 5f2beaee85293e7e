"""What a Dockerfile takes from elsewhere."""

from __future__ import annotations

import pytest

from imagematrix.config.dockerfile import DockerfileError, parse


def images(text: str, *, target: str = "", platform: str = "", **build_args: str) -> list[str]:
    found = parse(text).images(target=target, build_args=build_args, platform=platform)
    return [image.text for image in found]


MANY = """\
FROM node:24 AS build
FROM debian AS unused
COPY --from=redis:8 /a /a
FROM build AS test
FROM alpine AS final
COPY --from=build /app /
COPY --chown=1:1 --from=busybox:1 /bin/sh /bin/
RUN --mount=type=bind,from=golang:1,target=/go --mount=type=cache,target=/c --network=none true
FROM scratch AS empty
COPY --from=0 /app /
"""


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("", ["node:24"]),
        ("build", ["node:24"]),
        ("test", ["node:24"]),
        ("TEST", ["node:24"]),
        ("unused", ["debian", "redis:8"]),
        ("final", ["node:24", "alpine", "busybox:1", "golang:1"]),
        ("empty", ["node:24"]),
    ],
)
def test_only_what_the_target_needs(target: str, expected: list[str]) -> None:
    assert images(MANY, target=target) == expected


def test_targets() -> None:
    dockerfile = parse(MANY)
    assert dockerfile.stage_names() == ("build", "unused", "test", "final", "empty")
    assert all(dockerfile.has_target(target) for target in ("build", "Final"))
    assert not any(dockerfile.has_target(target) for target in ("", "0", "1", "finale"))


def test_from_knows_only_the_stages_above_it() -> None:
    assert images("FROM late\nFROM node AS late\nFROM 0") == ["0"]
    assert images("FROM late AS early\nFROM node AS late", target="early") == ["late"]


@pytest.mark.parametrize(
    ("text", "build_args", "expected"),
    [
        ("ARG V=24\nFROM node:$V", {}, "node:24"),
        ("ARG V=24\nFROM node:${V}-slim", {"V": "22"}, "node:22-slim"),
        ("ARG V\nFROM node:$V", {"V": "22"}, "node:22"),
        ("ARG V=24 T=alpine\nFROM node:$V-$T", {}, "node:24-alpine"),
        ("ARG V='24'\nARG B=\"node:${V}\"\nFROM $B", {}, "node:24"),
        ("ARG V=24\nARG B=node:$V\nFROM $B", {"V": "20"}, "node:20"),
        ("ARG V=\nFROM node${V}", {}, "node"),
        ("FROM node:${V:-24}", {}, "node:24"),
        ("FROM node:${V-24}", {"V": "22"}, "node:24"),  # not declared, so the argument does not reach it
        ("ARG V=\nFROM node:${V:-24}", {}, "node:24"),
        ("ARG V=\nFROM node${V-:24}", {}, "node"),
        ("ARG V=24\nFROM node${V:+:$V}", {}, "node:24"),
        ("ARG V=\nFROM node${V:+:x}", {}, "node"),
        ("ARG V=\nFROM node${V+:x}", {}, "node:x"),
        ('ARG V=24\nFROM "node":"$V"', {}, "node:24"),
        ("ARG UNUSED=$TARGETARCH\nFROM node", {}, "node"),
        ("FROM --platform=$BUILDPLATFORM node:24 AS build", {}, "node:24"),
        ("from node:24 as Build", {}, "node:24"),
        ("FROM node:24@sha256:abc", {}, "node:24@sha256:abc"),
    ],
)
def test_arguments_in_from(text: str, build_args: dict[str, str], expected: str) -> None:
    assert images(text, **build_args) == [expected]


def test_copy_knows_numbers_of_stages_above_it() -> None:
    assert images("FROM a\nFROM b\nCOPY --from=0 / /\nCOPY --from='1' / /\nCOPY --from=007 / /") == [
        "a",
        "b",
        "1",
        "007",
    ]


def test_an_argument_below_from_is_the_stage_s_own() -> None:
    with pytest.raises(DockerfileError, match="node:\\$V uses V, which has no value here"):
        images("FROM debian\nARG V=24\nFROM node:$V")


def test_lines() -> None:
    text = """\
# escape=\\

ARG \\
  # a comment between
  V=24

FROM \\
    node:$V \\

    AS build
\tRUN echo a && \\
    # FROM comment
    echo FROM b
RUN <<EOF cat <<-'END'
FROM heredoc
EOF
FROM heredoc2
\tEND
COPY <<a.txt <<b.txt /
FROM a
a.txt
COPY --from=b /b /b
b.txt
RUN echo $((1<<2)) "<<NOT" \\
FROM continued
FROM alpine AS last
COPY\t--from=build /a \\
"""
    dockerfile = parse(text)
    assert [(stage.name, stage.base.text, stage.base.line) for stage in dockerfile.stages] == [
        ("build", "node:$V", 7),
        ("last", "alpine", 26),
    ]
    assert [copy.text for copy in dockerfile.stages[1].copies] == ["build"]
    assert images(text) == ["node:24", "alpine"]


def test_a_byte_order_mark_and_windows_line_ends() -> None:
    assert images("\ufeffFROM node:24 \\\r\n  AS x\r\nFROM x\r\n") == ["node:24"]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "no FROM line"),
        ("# FROM node\nARG A=1\n", 1, "no FROM line"),
        ("ARG A=1\nFROM\n", 2, "FROM '' cannot be read"),
        ("FROM node AS\n", 1, "cannot be read"),
        ("FROM node:24 build\n", 1, "cannot be read"),
        ("ARG A='x\nFROM node\n", 1, "cannot be read"),
        ("FROM a\nFROM node:$TARGETARCH", 2, "node:$TARGETARCH uses TARGETARCH, which has no value here"),
        ("ARG V\nFROM a\nCOPY --from=$V / /", 3, "from=$V: BuildKit replaces variables in FROM lines only"),
        ("FROM a\nRUN --mount=from=b:${V},target=/b true", 2, "from=b:${V}: BuildKit replaces"),
        ("ARG V=24\nFROM node:${V#2}", 2, "node:${V#2} uses a variable in a way"),
    ],
)
def test_what_cannot_be_followed(text: str, line: int, what: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        images(text)
    assert what in caught.value.what
    assert caught.value.line == line
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("text", "build_args", "expected"),
    [
        ("FROM a-$TARGETARCH", {}, "a-arm"),
        ("FROM a-${TARGETVARIANT}", {}, "a-v7"),
        ("FROM a-$TARGETOS", {}, "a-linux"),
        ("ARG TARGETARCH\nFROM a-$TARGETARCH", {}, "a-arm"),
        ("ARG TARGETARCH=x\nFROM a-$TARGETARCH", {}, "a-x"),
        ("ARG B=a-$TARGETARCH\nFROM $B", {}, "a-arm"),
        ("FROM a-$TARGETARCH", {"TARGETARCH": "own"}, "a-own"),
        ("FROM a-$BUILDARCH", {"BUILDARCH": "own"}, "a-own"),
        ("FROM a-$TARGETSTAGE", {}, "a-default"),
        ("FROM x AS stage-arm\nFROM stage-$TARGETARCH", {}, "x"),
    ],
)
def test_predefined_arguments_are_those_of_the_platform(
    text: str, build_args: dict[str, str], expected: str
) -> None:
    assert images(text, platform="linux/arm/v7", **build_args) == [expected]


def test_a_platform_without_a_variant_has_an_empty_one() -> None:
    assert images("FROM a${TARGETVARIANT}", platform="linux/amd64") == ["a"]


@pytest.mark.parametrize(
    ("name", "platform", "advice"),
    [
        ("TARGETARCH", "", "'platform'"),
        ("BUILDARCH", "linux/amd64", "only the engine knows it"),
        ("OTHER", "linux/amd64", "declare ARG OTHER"),
    ],
)
def test_an_argument_without_a_value_says_where_it_comes_from(name: str, platform: str, advice: str) -> None:
    with pytest.raises(DockerfileError, match=f"uses {name}, which has no value") as caught:
        images(f"FROM a-${name}", platform=platform)
    assert advice in caught.value.next_step


def test_another_escape_character_continues_lines_in_place_of_the_backslash() -> None:
    text = "# check=skip=all\n# Escape = `\nFROM a `\n  AS b\nRUN dir C:\\\nFROM c\nCOPY `\n  --from=b x y\n"
    dockerfile = parse(text)
    assert [(stage.base.text, stage.name, stage.base.line) for stage in dockerfile.stages] == [
        ("a", "b", 3),
        ("c", "", 6),
    ]
    assert images(text) == ["a", "c"]


@pytest.mark.parametrize("before", ["# a comment\n", "\n", "ARG A=1\n", "# other=1\n"])
def test_a_directive_counts_at_the_top_alone(before: str) -> None:
    assert images(f"{before}# escape=`\nFROM a \\\n AS b\n") == ["a"]


def test_an_escape_that_is_escaped_continues_nothing() -> None:
    assert [stage.base.text for stage in parse("FROM a\nRUN echo \\\\\nFROM b\n").stages] == ["a", "b"]


def test_an_escape_character_that_is_none_is_refused() -> None:
    with pytest.raises(DockerfileError, match="cannot be the escape character") as caught:
        images("# syntax=x\n# escape=!\nFROM a\n")
    assert caught.value.line == 2
