"""The recipes that a matrix can name: one file each, one line here."""

from __future__ import annotations

from typing import Final

from imagematrix.bases import alpine_node, debian, debian_node, distroless_node
from imagematrix.bases.recipe import Recipe

RECIPES: Final[dict[str, Recipe]] = {
    debian.RECIPE.name: debian.RECIPE,
    debian_node.RECIPE.name: debian_node.RECIPE,
    distroless_node.RECIPE.name: distroless_node.RECIPE,
    alpine_node.RECIPE.name: alpine_node.RECIPE,
}
