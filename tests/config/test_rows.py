"""Variants x axes, less `exclude`, plus `include`."""

from __future__ import annotations

from itertools import product

import pytest

from .conftest import MATRIX, Project, line

ANY = """\
schema_version: 1
app: {{name: hello, context: app, port: 3000}}
axes: {axes}
{more}
variants:
  a: {{dockerfile: vanilla.Dockerfile}}
  b: {{dockerfile: vanilla.Dockerfile}}
"""


def _labels(project: Project, axes: str, more: str = "") -> list[str]:
    return [row.label for row in project.load(ANY.format(axes=axes, more=more)).variants]


@pytest.mark.parametrize("sizes", [(), (1,), (3,), (1, 2), (2, 3, 4)])
def test_the_product(project: Project, sizes: tuple[int, ...]) -> None:
    axes = {f"x{i}": [f"v{j}" for j in range(size)] for i, size in enumerate(sizes)}
    text = ANY.format(axes=str(axes).replace("'", '"'), more="")
    rows = project.load(text).variants
    assert [(row.name, *row.axes) for row in rows] == [
        (name, *zip(axes, values, strict=True)) for name in "ab" for values in product(*axes.values())
    ]
    assert len({row.label for row in rows}) == len(rows)


def test_labels_name_the_axes_that_tell_rows_apart(project: Project) -> None:
    assert _labels(project, "{}") == ["a", "b"]
    assert _labels(project, '{node: ["24"]}') == ["a", "b"]
    assert _labels(project, '{node: ["22", "24"], os: ["x"]}') == [
        "a-node22",
        "a-node24",
        "b-node22",
        "b-node24",
    ]
    both = '{node: ["22", "24"], os: ["x", "y"]}'
    assert _labels(project, both)[:3] == ["a-node22-osx", "a-node22-osy", "a-node24-osx"]


def test_exclude(project: Project) -> None:
    axes = '{node: ["20", "22"]}'
    one = 'exclude: [{variant: a, node: "20"}]'
    assert _labels(project, axes, one) == ["a-node22", "b-node20", "b-node22"]
    value = 'exclude: [{node: "20"}]'
    assert _labels(project, axes, value) == ["a", "b"], "one value is left, so labels do not name it"

    assert _labels(project, axes, "exclude: [{variant: b}]") == ["a-node20", "a-node22"]


def test_include_adds_rows_outside_the_product(project: Project) -> None:
    included = 'include: [{node: "26", variant: a}]'
    assert _labels(project, '{node: ["24"]}', included) == ["a-node24", "b-node24", "a-node26"]
    again = 'exclude: [{variant: a}]\ninclude: [{variant: a, node: "24"}]'
    assert _labels(project, '{node: ["24"]}', again) == ["b", "a"]


@pytest.mark.parametrize(
    ("entry", "place", "what"),
    [
        (
            'exclude: [{variant: alpin, node: "22"}]',
            "9:21",
            "unknown variant 'alpin': did you mean 'alpine'",
        ),
        ('exclude: [{nod: "22"}]', "9:12", "unknown axis 'nod': did you mean 'node'?"),
        ('exclude: [{node: "222"}]', "9:18", "unknown node value '222': did you mean '22'?"),
        ("exclude: [{variant: alpine}, {variant: alpine}]", "9:30", "excludes no row"),
        ('exclude: [{node: "22"}, {node: "24"}]', "9:1", "every row is excluded"),
        (
            'include: [{variant: alpin, node: "26"}]',
            "9:21",
            "unknown variant 'alpin': did you mean 'alpine'?",
        ),
        ('include: [{variant: alpine, nod: "26"}]', "9:29", "unknown axis 'nod': did you mean 'node'?"),
        ("include: [{variant: alpine}]", "9:11", "no value for the axis 'node'"),
        ('include: [{variant: alpine, node: "24"}]', "9:11", "in the matrix already"),
        ("exclude: [{variant: alpine, node: 22}]", "9:35", "22 is read as a number"),
    ],
)
def test_entries_that_fit_nothing(project: Project, entry: str, place: str, what: str) -> None:
    where, message, next_step = project.refusal(line(9, f"{entry}\naxes:"))
    assert where == f"variants.yml:{place}"
    assert what in message
    assert next_step


def test_two_rows_of_one_label(project: Project) -> None:
    """The variant "a" with x=p-xp, and "a-xp" with x=p."""
    text = ANY.format(axes="{x: [p, p-xp]}", more="").replace("  b:", "  a-xp:")
    where, message, next_step = project.refusal(text)
    assert where == "variants.yml:6:3"
    assert message == "two rows of the matrix would both be called 'a-xp-xp'"
    assert next_step == "rename the variant or an axis"


def test_too_many_rows(project: Project) -> None:
    axes = "\n".join(f"  x{i}: [{', '.join(f'v{j}' for j in range(100))}]" for i in range(40))
    where, message, next_step = project.refusal(MATRIX.replace('  node: ["22", "24"]', axes))
    assert where == "variants.yml:9:1"
    assert message.endswith("rows, and 1000 is the limit")
    assert "axis" in next_step


def test_a_label_too_long_for_a_tag(project: Project) -> None:
    axis = f"  {'x' * 64}: [{'v' * 64}, w]"
    where, message, _ = project.refusal(line(10, f'  node: ["22"]\n{axis}'))
    assert where == "variants.yml:17:3"
    assert "longer than 128 characters" in message
