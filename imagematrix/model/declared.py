"""What the user declares, resolved: nothing here is left to a default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from imagematrix.model.budget import Acceptance, Budget


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """The application that every variant packs."""

    name: str
    context: Path  # absolute: the build context
    port: int  # TCP port the app listens on inside its container; 0 where no variant is asked over HTTP


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyRule:
    """What the body of the smoke test's answer, or the output of its command, must be."""

    kind: Literal["any", "equals", "contains"]
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Smoke:
    """The smoke test: one HTTP GET and what must come back."""

    path: str
    status: int
    body: BodyRule
    headers: tuple[tuple[str, str], ...]  # each must be in the answer with just this value
    timeout_seconds: float  # from the container's start to the first right answer


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandSmoke:
    """The smoke test of an image that is no server: one command, and how it must end."""

    command: tuple[str, ...]  # run in the image's own place, its entrypoint included
    exit_code: int
    output: BodyRule  # of standard output and after it standard error, less the newlines at the end
    timeout_seconds: float  # from the container's start to the command's end


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """A measurement that must have this value, or the variant fails: `shells` must be ()."""

    measurement: str
    value: str | tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseRef:
    """An image reference that a variant's FROM lines name, and who can stand in for it."""

    reference: str  # as the Dockerfile has it once build args are substituted: "node:24-alpine"
    recipe: str  # name of a stand-in recipe in `bases`, "" when the matrix names none
    node: str  # Node version handed to the recipe: "24"; "" when the recipe needs none


@dataclass(frozen=True, kw_only=True, slots=True)
class Instruction:
    """One instruction of a variant's Dockerfile."""

    file: str  # the Dockerfile, from the matrix file's folder: "dockerfiles/alpine.Dockerfile"
    line: int  # where it starts, from 1
    keyword: str  # "RUN", in upper case
    text: str  # what follows, continued lines joined
    stage: int  # from 0; of those before the first FROM, -1
    built: bool  # its stage is the image's own, or one that this stands on


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretEnv:
    """A variable of the running container whose value is the user's own, and in no file."""

    name: str
    where: str  # where the matrix file asks for it: "variants.yml:12:5"


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One row of the matrix: one image to build, test and measure."""

    name: str  # as declared: "alpine"
    axes: tuple[tuple[str, str], ...]  # (("node", "24"),), in the matrix's order
    label: str  # unique in the matrix, for people and tags: "alpine", or "alpine-node22"
    dockerfile: Path  # absolute
    target: str  # build stage; "" is the last one
    build_args: tuple[tuple[str, str], ...]
    bases: tuple[BaseRef, ...]
    env: tuple[tuple[str, str], ...]  # set in the running container
    command: tuple[str, ...]  # () keeps the image's own
    platform: str  # "linux/amd64"; "" is the engine's own
    smoke: Smoke | CommandSmoke
    expect: tuple[Expectation, ...]
    skip_without_base: bool  # a base image that cannot be had skips the variant rather than fails it
    instructions: tuple[Instruction, ...] = ()  # of its Dockerfile, in order
    budgets: tuple[Budget, ...] = ()
    accept: tuple[Acceptance, ...] = ()
    secret_env: tuple[SecretEnv, ...] = ()

    @property
    def slug(self) -> str:
        """Name and all axes, fit for tags and file names: "alpine-node24"."""
        return "-".join([self.name, *(f"{axis}{value}" for axis, value in self.axes)])


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """A whole matrix file, resolved: no default is left open."""

    path: Path  # absolute path of the matrix file
    app: App
    variants: tuple[Variant, ...]
    baseline: str = (
        ""  # the run that `+1%` is held against: an id, a tag, "previous"; "" is the last that passed
    )

    @property
    def folder(self) -> Path:
        """The folder that relative paths of the matrix file start from; results/ lies here."""
        return self.path.parent
