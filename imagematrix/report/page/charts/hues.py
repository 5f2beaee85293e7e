"""Which colour stands for what: Okabe and Ito's palette, which the colour-blind can tell apart.

Okabe and Ito 2008, "Color Universal Design".  The shades for dark and light are in page.css, by these names.
"""

from __future__ import annotations

from typing import Final

# Origins as image/origin.py names them, in groups of one colour each, in the order they are stacked.
_GROUPS: Final = (
    ("base system", "grey", ("base system", "base system and app")),
    ("node", "green", ("node",)),
    ("npm and the like", "sky", ("npm", "corepack", "yarn")),
    ("headers and documents", "blue", ("headers", "node documents")),
    ("node_modules", "yellow", ("node_modules",)),
    ("app", "vermilion", ("app",)),
    ("caches", "purple", ("caches",)),
    ("waste", "orange", ("waste",)),
)
OTHER: Final = "other"
ORDER: Final = (*(group for group, _, _ in _GROUPS), OTHER)
_GROUP_OF: Final = {origin: group for group, _, origins in _GROUPS for origin in origins}
_HUE_OF: Final = {group: hue for group, hue, _ in _GROUPS}


def group(origin: str) -> str:
    """The group that an origin is drawn with."""
    return _GROUP_OF.get(origin, OTHER)


def hue(group: str) -> str:
    """The name of its colour."""
    return _HUE_OF.get(group, "plain")


def fill(group: str) -> str:
    """Its colour, as a variable of the page."""
    return f"var(--{hue(group)})"
