"""What the matrix file may ask of a recipe is what the recipe can do: `config` cannot look into `bases`."""

from __future__ import annotations

import pytest

from imagematrix import bases, config
from imagematrix.bases.pins import NODE, OLD_NODE
from imagematrix.bases.recipe import Order
from imagematrix.bases.reference import parse
from imagematrix.errors import BaseImageError

ARCHITECTURES = sorted({arch for *_, arch in NODE})
VERSIONS = sorted({pin.version for pin in NODE.values()} | {pins[0].version for pins in OLD_NODE.values()})


def test_they_name_the_same_recipes() -> None:
    assert set(config.RECIPES) == set(bases.RECIPES)


@pytest.mark.parametrize("name", config.RECIPES)
def test_each_is_made_with_the_versions_that_are_named(name: str) -> None:
    """On one architecture at least; of a recipe without Node, nothing depends on a version."""
    made = set()
    for version in VERSIONS:
        for arch in ARCHITECTURES:
            order = Order(reference=parse("node:24"), node=version, arch=arch)
            try:
                pins = bases.RECIPES[name].pins(order)
            except BaseImageError:
                continue
            made |= {version for pin in pins if pin.version == version}
    assert made == set(config.RECIPES[name])
