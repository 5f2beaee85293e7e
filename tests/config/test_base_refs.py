"""The bases that a matrix declares and the images that its Dockerfiles name must be the same."""

from __future__ import annotations

import pytest

from imagematrix.model import BaseRef

from .conftest import MATRIX, Project, line


def test_bases_carry_their_recipe(project: Project) -> None:
    vanilla, _, alpine, _ = project.load().variants
    assert vanilla.bases == (BaseRef(reference="node:22", recipe="debian-node", node="22"),)
    assert alpine.bases[1] == BaseRef(reference="node:22-alpine", recipe="", node="")


@pytest.mark.parametrize("number", [18, 21])
def test_bases_left_out_are_read_from_the_dockerfile(project: Project, number: int) -> None:
    assert [row.bases for row in project.load(line(number, "")).variants] == [
        row.bases for row in project.load().variants
    ]


@pytest.mark.parametrize(
    ("number", "replacement", "place", "what", "next_step"),
    [
        (
            18,
            '    bases: ["node:{node}", "node:{node}-alpin"]',
            "18:28",
            "vanilla.Dockerfile does not build from this: unknown base 'node:22-alpin': did you mean 'node:22'?",
            "known images: node:22 (from its FROM lines, with build arguments filled in)",
        ),
        (
            21,
            '    bases: ["node:{node}"]',
            "21:5",
            "line 3 of alpine.Dockerfile builds from 'node:22-alpine', which is not among the bases",
            "add it, or leave 'bases' out to have them read from the Dockerfile",
        ),
        (
            12,
            '  NODE: "23"',
            "18:13",
            "unknown base 'node:22': did you mean 'node:23'?",
            "known images: node:23",
        ),
        (
            22,
            "    target: finale",
            "22:13",
            "unknown build stage 'finale': did you mean 'final'?",
            "build, final",
        ),
        (22, '    target: "1"', "22:13", "unknown build stage '1'", "build, final (of alpine.Dockerfile)"),
        (18, "    target: x", "18:13", "unknown build stage 'x'", "there are no build stages"),
        (
            14,
            '  "node:{node}": {recipe: debian-node, node: "24"}\n'
            '  "node:22": {recipe: debian-node, node: "22"}',
            "15:3",
            "two stand-ins are declared for 'node:22'",
            "delete one of the two",
        ),
        (
            14,
            '  "n:{nod}": {recipe: debian-node, node: "24"}',
            "14:3",
            "unknown axis 'nod'",
            "known axes: node",
        ),
        (
            14,
            '  "n": {recipe: debian-node, node: "{nod}"}',
            "14:36",
            "unknown axis 'nod'",
            "known axes: node",
        ),
    ],
)
def test_typos(
    project: Project, number: int, replacement: str, place: str, what: str, next_step: str
) -> None:
    where, message, step = project.refusal(line(number, replacement))
    assert where == f"variants.yml:{place}"
    assert what in message
    assert next_step in step


def test_a_stand_in_that_nothing_builds_from_is_refused(project: Project) -> None:
    where, message, next_step = project.refusal(
        line(14, MATRIX.splitlines()[13] + '\n  "node:{node}-slim": {recipe: debian-node, node: "24"}')
    )
    assert where == "variants.yml:15:3"
    assert message == "no variant builds from 'node:{node}-slim', so nothing needs this stand-in"
    assert next_step == (
        "correct the reference, or delete it; known bases: node:22, node:24, node:22-alpine, node:24-alpine"
    )


def test_a_stand_in_that_one_row_builds_from_is_enough(project: Project) -> None:
    text = line(14, '  "node:24-alpine": {recipe: alpine-node, node: "24"}')
    assert [base.recipe for row in project.load(text).variants for base in row.bases] == [
        *[""] * 5,
        "alpine-node",
    ]


@pytest.mark.parametrize(
    ("stand_in", "place", "what", "next_step"),
    [
        (
            '{recipe: debian-node, node: "23"}',
            "14:46",
            "the recipe debian-node has no Node '23'",
            "known versions: 8.9.4, 20.18.0, 22.20.0, 24.19.0",
        ),
        ('{recipe: debian-node, node: "2"}', "14:46", "the recipe debian-node has no Node '2'", "8.9.4"),
        (
            '{recipe: debian-node, node: "24.1"}',
            "14:46",
            "the recipe debian-node has no Node '24.1'",
            "24.19.0",
        ),
        ('{recipe: alpine-node, node: "8"}', "14:46", "the recipe alpine-node has no Node '8'", "24.19.0"),
        ("{recipe: debian-node}", "14:18", "the recipe debian-node needs a 'node'", "24.19.0"),
        ('{recipe: debian, node: "24"}', "14:41", "the recipe debian has no Node", "delete 'node'"),
    ],
)
def test_a_node_that_no_recipe_has_is_refused(
    project: Project, stand_in: str, place: str, what: str, next_step: str
) -> None:
    where, message, step = project.refusal(line(14, f'  "node:{{node}}": {stand_in}'))
    assert (where, message) == (f"variants.yml:{place}", what)
    assert next_step in step


@pytest.mark.parametrize("version", ["24", "24.19", "24.19.0"])
def test_a_version_may_be_as_exact_as_it_likes(project: Project, version: str) -> None:
    text = line(14, f'  "node:24": {{recipe: debian-node, node: "{version}"}}')
    assert project.load(text).variants[1].bases[0].node == version


def test_a_dockerfile_that_cannot_be_followed_is_named_with_its_line(project: Project) -> None:
    (project.folder / "vanilla.Dockerfile").write_text("ARG NODE\n\nFROM node:${NOD}\n")
    where, message, next_step = project.refusal(MATRIX)
    assert where == "vanilla.Dockerfile:3"
    assert message == "node:${NOD} uses NOD, which has no value here"
    assert next_step == "declare ARG NOD above the first FROM, with a default or a build argument"


def test_a_dockerfile_that_is_no_text(project: Project) -> None:
    (project.folder / "vanilla.Dockerfile").write_bytes(b"FROM node\xff\n")
    where, message, _ = project.refusal(MATRIX)
    assert where == "variants.yml:17:17"
    assert message.endswith("vanilla.Dockerfile is not UTF-8 text")


def test_an_image_that_files_are_copied_from_is_a_base(project: Project) -> None:
    with (project.folder / "vanilla.Dockerfile").open("a") as file:
        file.write("COPY --from=busybox:1 /bin/sh /bin/\n")
    assert "line 3 of vanilla.Dockerfile builds from 'busybox:1'" in project.refusal(MATRIX)[1]
    rows = project.load(line(18, '    bases: ["node:{node}", "busybox:1"]')).variants
    assert rows[0].bases[1] == BaseRef(reference="busybox:1", recipe="", node="")
