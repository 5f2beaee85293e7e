"""Base images, builds and images."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from imagematrix.model.measurement import How


class BaseSource(StrEnum):
    """Where a base image came from."""

    REGISTRY = "registry"
    STAND_IN = "stand-in"


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """A base image, as a record keeps it."""

    reference: str  # what the Dockerfile says: "node:24"
    source: BaseSource
    digest: str  # manifest digest of a registry's, config digest of a stand-in: "sha256:…"
    recipe: str  # of a stand-in; "" for a registry's


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadyBase(Base):
    """A base image that is on the engine, ready to be built on."""

    build_ref: str  # what the build is given in its place: "node@sha256:…", "imagematrix.local/…"
    diff_ids: tuple[str, ...]  # bottom layer first


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """One build by BuildKit, as a record keeps it."""

    seconds: float  # first vertex started to last vertex completed, by BuildKit's own clock
    cached: bool  # every step that could be cached was
    log: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Built(Build):
    """A build whose image is on the engine."""

    config_digest: str
    image_ref: str  # what the engine finds the image by; differs from the config digest by image store


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One layer of an image."""

    diff_id: str
    bytes: int  # its regular files' content, hard links once; as `docker history` on overlay2
    created_by: str  # the instruction
    from_base: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryLine:
    """One line of an image's history: an instruction, whether or not it made a layer."""

    created_by: str
    bytes: int  # of the layer it made; 0 when it made none
    empty: bool  # made no layer
    from_base: bool = False  # one of the base image's lines


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image, as a record keeps it."""

    config_digest: str
    unpacked_bytes: int  # sum of layer bytes: the same on every image store
    engine_bytes: int | None  # what the engine reports, by its image store; None: read from an archive
    layers: tuple[Layer, ...]  # bottom first
    bytes_how: How = How.EXACT  # how the layers' bytes were got; estimated: as an engine lists them


def is_root(user: str) -> bool:
    """Whether a user, as an image's config names it ("node", "1000:1000", "" for none), is root."""
    name = user.partition(":")[0]
    return name in ("", "root") or set(name) == {"0"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageConfig:
    """The part of an image's config that says how it is run (OCI image specification, "config")."""

    user: str  # "" is root
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    env: tuple[str, ...]  # "NAME=value"
    workdir: str  # "" is /
    healthcheck: tuple[
        str, ...
    ]  # ("CMD-SHELL", "curl …"), ("CMD", "node", …), ("NONE",); () where none is set
    architecture: str  # "amd64"


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineImage(Image):
    """An image on the engine, as far as its metadata tells."""

    ref: str  # what the engine finds it by
    history: tuple[HistoryLine, ...]  # oldest first
    config: ImageConfig
