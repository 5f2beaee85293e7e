"""Where FROM images come from: a registry that answers, or a stand-in made from packages."""

from imagematrix.bases.asking import architecture, ask_registries
from imagematrix.bases.finding import Found, Mode, prepare
from imagematrix.bases.recipes import RECIPES
from imagematrix.bases.registry import Answer, Said
from imagematrix.bases.standin import StandIn, list_stand_ins

__all__ = [
    "RECIPES",
    "Answer",
    "Found",
    "Mode",
    "Said",
    "StandIn",
    "architecture",
    "ask_registries",
    "list_stand_ins",
    "prepare",
]
