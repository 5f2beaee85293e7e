"""The shapes that variants.schema.json guarantees, for the type checker.

They exist between `schema` and `resolve` only; what leaves this package is `model.Matrix`.
"""

from typing import Final, NotRequired, TypedDict

# The stand-in recipes that `bases` knows how to make.
RECIPES: Final = ("debian", "debian-node", "distroless-node", "alpine-node")


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


class VariantDeclared(TypedDict):
    dockerfile: str
    target: str
    build_args: dict[str, str]
    bases: NotRequired[list[str]]
    env: dict[str, str]
    command: NotRequired[list[str]]
    platform: str
    smoke: SmokeDeclared
    expect: dict[str, str | list[str]]
    skip_without_base: bool


class MatrixDeclared(TypedDict):
    schema_version: int
    app: AppDeclared
    smoke: SmokeDeclared
    axes: dict[str, list[str]]
    exclude: list[dict[str, str]]
    include: list[dict[str, str]]
    build_args: dict[str, str]
    stand_ins: dict[str, StandInDeclared]
    variants: dict[str, VariantDeclared]
