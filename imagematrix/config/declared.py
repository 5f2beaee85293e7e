"""The shapes that variants.schema.json guarantees, for the type checker.

They exist between `schema` and `resolve` only; what leaves this package is `model.Matrix`.
"""

from collections.abc import Mapping
from typing import Final, NotRequired, TypedDict

# The stand-in recipes that `bases` knows how to make, and the versions of Node that each is made with, on one
# architecture at least; () for a recipe without Node.
RECIPES: Final[Mapping[str, tuple[str, ...]]] = {
    "debian": (),
    "debian-node": ("8.9.4", "20.18.0", "22.20.0", "24.19.0"),
    "distroless-node": ("8.9.4", "20.18.0", "22.20.0", "24.19.0"),
    "alpine-node": ("20.18.0", "22.20.0", "24.19.0"),
}


class AppDeclared(TypedDict):
    name: str
    context: str
    port: NotRequired[int]


class SmokeDeclared(TypedDict):
    path: str
    status: int
    headers: dict[str, str]
    command: NotRequired[list[str]]
    exit_code: int
    body: NotRequired[str]
    body_contains: NotRequired[str]
    timeout_seconds: float


class StandInDeclared(TypedDict):
    recipe: str
    node: str


class AcceptDeclared(TypedDict):
    rule: str
    reason: str


class VariantDeclared(TypedDict):
    dockerfile: str
    target: str
    build_args: dict[str, str]
    bases: NotRequired[list[str]]
    env: dict[str, str]
    secret_env: list[str]
    command: NotRequired[list[str]]
    platform: str
    smoke: SmokeDeclared
    expect: dict[str, str | list[str]]
    budgets: dict[str, str | int | float]
    accept: list[AcceptDeclared]
    skip_without_base: bool


class MatrixDeclared(TypedDict):
    schema_version: int
    app: AppDeclared
    smoke: SmokeDeclared
    axes: dict[str, list[str]]
    exclude: list[dict[str, str]]
    include: list[dict[str, str]]
    build_args: dict[str, str]
    secret_env: list[str]
    stand_ins: dict[str, StandInDeclared]
    baseline: str
    budgets: dict[str, str | int | float]
    accept: list[AcceptDeclared]
    variants: dict[str, VariantDeclared]
