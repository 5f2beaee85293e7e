"""Rows picked by name, by pattern and by axis value."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from imagematrix.config import select
from imagematrix.errors import InputError
from imagematrix.model import Matrix

from .conftest import MATRIX, Project

ALL = ["vanilla-node22", "vanilla-node24", "alpine-node22", "alpine-node24"]


@pytest.fixture
def matrix(project: Project) -> Matrix:
    return project.load(MATRIX)


@pytest.mark.parametrize(
    ("variants", "settings", "labels"),
    [
        ([], [], ALL),
        (["alpine"], [], ["alpine-node22", "alpine-node24"]),
        (["alpine", "vanilla"], [], ALL),
        (["alpine-node22"], [], ["alpine-node22"]),
        (["*-node22"], [], ["vanilla-node22", "alpine-node22"]),
        (["[av]*"], [], ALL),
        (["alp?ne"], ["node=24"], ["alpine-node24"]),
        ([], ["node=22"], ["vanilla-node22", "alpine-node22"]),
        ([], ["node=22", "node=24"], ALL),
        (["alpine-node22", "*24"], [], ["vanilla-node24", "alpine-node22", "alpine-node24"]),
    ],
)
def test_selected(
    matrix: Matrix, variants: Sequence[str], settings: Sequence[str], labels: list[str]
) -> None:
    selected = select(matrix, variants=variants, settings=settings)
    assert [row.label for row in selected.variants] == labels
    assert (selected.path, selected.app) == (matrix.path, matrix.app)


@pytest.mark.parametrize(
    ("variants", "settings", "what", "next_step"),
    [
        (
            ["alpin"],
            [],
            "unknown variant 'alpin': did you mean 'alpine'?",
            "known variants: vanilla, vanilla-node22, vanilla-node24, alpine, alpine-node22, alpine-node24",
        ),
        (["alpine", "x*"], [], "unknown variant 'x*'", "known variants: vanilla"),
        ([""], [], "unknown variant ''", "known variants: vanilla"),
        ([], ["nod=22"], "unknown axis 'nod': did you mean 'node'?", "known axes: node"),
        ([], ["node=222"], "unknown node value '222': did you mean '22'?", "known node values: 22, 24"),
        ([], ["node="], "unknown node value ''", "known node values: 22, 24"),
        ([], ["node"], "'node' is not a setting", "write it as axis=value: node=24"),
        (
            ["alpine-node22"],
            ["node=24"],
            "the matrix has no row for all of this together: alpine-node22, node=24",
            "known rows: vanilla-node22, vanilla-node24, alpine-node22, alpine-node24",
        ),
    ],
)
def test_refused(
    matrix: Matrix, variants: Sequence[str], settings: Sequence[str], what: str, next_step: str
) -> None:
    with pytest.raises(InputError) as caught:
        select(matrix, variants=variants, settings=settings)
    assert caught.value.what == what
    assert caught.value.next_step.startswith(next_step)


def test_a_matrix_without_axes(project: Project) -> None:
    text = (
        "schema_version: 1\napp: {name: a, context: app, port: 80}\n"
        "variants: {v: {dockerfile: vanilla.Dockerfile}}\n"
    )
    with pytest.raises(InputError) as caught:
        select(project.load(text), settings=["node=24"])
    assert caught.value.what == "unknown axis 'node'"
    assert caught.value.next_step == "there are no axes to choose from here"
