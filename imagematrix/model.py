"""The nouns: frozen values that go from step to step.  Standard library only.

Bytes are whole numbers of bytes, times are seconds; the name says which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, TypeAlias

# What every object that this tool creates on an engine is labelled with; clean-up goes by these alone.
LABEL_OWNER = "imagematrix.owner"  # the checkout that made it: a short hash of the matrix file's path
LABEL_RUN = "imagematrix.run"  # the run that made it
LABEL_KIND = "imagematrix.kind"  # "variant", "stand-in", "container"
# Our own image names live under a host that resolves nowhere, so none can be mistaken for a real one.
NAMESPACE = "imagematrix.local"


class Status(StrEnum):
    """How a variant, or a run, ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Step(StrEnum):
    """The way of one variant, in order."""

    BASE = "base"
    BUILD = "build"
    SMOKE = "smoke"
    MEASURE = "measure"


class BaseSource(StrEnum):
    """Where a base image came from."""

    REGISTRY = "registry"
    STAND_IN = "stand-in"


class How(StrEnum):
    """How a figure was got, or why there is none."""

    EXACT = "exact"
    ESTIMATED = "estimated"
    NOT_APPLICABLE = "not_applicable"
    UNAVAILABLE = "unavailable"


# --- what the user declares, resolved ---------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """The application that every variant packs."""

    name: str
    context: Path  # absolute: the build context
    port: int  # TCP port the app listens on inside its container


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyRule:
    """What the body of the smoke test's answer must be."""

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
    smoke: Smoke
    expect: tuple[Expectation, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """A whole matrix file, resolved: no default is left open."""

    path: Path  # absolute path of the matrix file
    app: App
    variants: tuple[Variant, ...]

    @property
    def folder(self) -> Path:
        """The folder that relative paths of the matrix file start from; results/ lies here."""
        return self.path.parent


# --- what the machine gives -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """A Docker engine that answered, and the client that builds on it."""

    host: str  # "unix:///run/…/docker.sock", "tcp://…"
    name: str  # "docker", or what else the engine calls itself: "podman"
    version: str  # "26.1.5+dfsg1"
    image_store: Literal["overlay2", "containerd", "other"]
    embedded: bool  # True: brought up by this tool
    buildx: tuple[str, ...]  # the command words that run buildx
    env: tuple[tuple[str, str], ...]  # environment that makes docker and buildx talk to this engine


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """A base image that is ready on the engine."""

    reference: str  # what the Dockerfile says: "node:24"
    source: BaseSource
    digest: str  # manifest digest of a registry, config digest of a stand-in: "sha256:…"
    build_ref: str  # what the build is given in its place: "node@sha256:…", "imagematrix.local/…"
    diff_ids: tuple[str, ...]  # bottom layer first
    recipe: str  # "" for a registry's


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The folders that the tool writes to.  Read from the environment once, in `tasks`."""

    cache: Path  # the user's cache: packages, bases, our own engine; safe to delete when no engine runs
    results: Path  # archived runs


# --- what comes out ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """One build by BuildKit."""

    seconds: float  # first vertex started to last vertex completed, by BuildKit's own clock
    cached: bool  # every step that could be cached was
    config_digest: str
    image_ref: str  # what the engine finds the image by; differs from the config digest by image store
    log: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One layer of an image."""

    diff_id: str
    bytes: int  # sum of its files' content, hard links once; as `docker history` on overlay2
    created_by: str  # the instruction
    from_base: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A built image, as far as its engine's metadata tells."""

    ref: str  # what the engine finds it by
    config_digest: str
    unpacked_bytes: int  # sum of layer bytes: the same on every image store
    engine_bytes: int  # what the engine reports; its meaning differs by image store
    layers: tuple[Layer, ...]  # bottom first
    user: str  # "" is root
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]


Value: TypeAlias = int | float | str | bool | tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """A figure or an answer about one image, and how it was got.

    Make one by `exact`, `estimated`, `not_applicable` or `unavailable` below.  `value` may be read only
    where `measured` is true; `reason` is the method where it is, and why there is no value where not.
    """

    name: str
    unit: str  # "bytes", "seconds", "" for words
    how: How
    reason: str
    value: Value = ""

    @property
    def measured(self) -> bool:
        return self.how in (How.EXACT, How.ESTIMATED)


def exact(name: str, value: Value, *, unit: str = "", method: str) -> Measurement:
    return Measurement(name=name, unit=unit, how=How.EXACT, reason=method, value=value)


def estimated(name: str, value: Value, *, unit: str = "", method: str) -> Measurement:
    return Measurement(name=name, unit=unit, how=How.ESTIMATED, reason=method, value=value)


def not_applicable(name: str, reason: str, *, unit: str = "") -> Measurement:
    """There is no such thing to measure, and that is an answer: a distroless image has no shell."""
    return Measurement(name=name, unit=unit, how=How.NOT_APPLICABLE, reason=reason)


def unavailable(name: str, reason: str, *, unit: str = "") -> Measurement:
    """There is such a thing, but it could not be measured here."""
    return Measurement(name=name, unit=unit, how=How.UNAVAILABLE, reason=reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class SmokeAnswer:
    """The answer that passed the smoke test."""

    http_status: int
    first_response_seconds: float  # from the engine's return of the start call to the whole right answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What became of one variant.  A step that was not reached is None; `reason` says why."""

    name: str
    axes: tuple[tuple[str, str], ...]
    label: str
    status: Status
    reason: str  # "" when passed
    bases: tuple[Base, ...] = ()
    build: Build | None = None
    image: Image | None = None
    smoke: SmokeAnswer | None = None
    measurements: tuple[Measurement, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StepEvent:
    """Progress of one variant (or of a base, whose reference is then the subject)."""

    subject: str
    step: str
    state: Literal["started", "note", "done", "failed"]
    detail: str = ""
    seconds: float = 0.0


Listener = Callable[[StepEvent], None]
