"""What the machine gives: an engine, folders, facts; and the labels that mark what is ours on an engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# What every object that this tool creates on an engine is labelled with; clean-up goes by these alone.
LABEL_OWNER = "imagematrix.owner"  # the checkout that made it: a short hash of the matrix file's path
LABEL_RUN = "imagematrix.run"  # the run that made it
LABEL_PROCESS = "imagematrix.process"  # the process that made it: "<host id>:<pid>:<start time>"
LABEL_KIND = "imagematrix.kind"  # "variant", "stand-in", "container"
# Our own image names live under a host that resolves nowhere, so none can be mistaken for a real one.
NAMESPACE = "imagematrix.local"


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineFacts:
    """What a record says of the engine."""

    name: str
    version: str
    image_store: str
    embedded: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """A Docker engine that answered, and the client that builds on it."""

    host: str  # "unix:///run/…/docker.sock", "tcp://…"
    name: str  # "docker", or what else the engine calls itself: "podman"
    version: str  # "26.1.5+dfsg1"
    image_store: Literal["overlay2", "containerd", "other"]
    embedded: bool  # True: brought up by this tool
    buildx: tuple[str, ...]  # the command words that run buildx; () where nothing is to be built
    env: tuple[tuple[str, str], ...]  # environment that makes docker and buildx talk to this engine
    api: str = ""  # version of the API that it speaks; "" is asked for by every client anew

    @property
    def facts(self) -> EngineFacts:
        return EngineFacts(
            name=self.name, version=self.version, image_store=self.image_store, embedded=self.embedded
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The folders that the tool writes to.  Read from the environment once, in `tasks`."""

    cache: Path  # the user's cache: packages, bases, our own engine; safe to delete when no engine runs
    results: Path  # archived runs


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """The machine that a run was made on."""

    id: str  # the same for two runs on one machine; says nothing else of it
    system: str  # "Linux"
    release: str  # of its kernel
    machine: str  # "x86_64"
    cpus: int
    memory_bytes: int
    python: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Git:
    """The checkout that the matrix file lies in."""

    commit: str
    branch: str  # "" when detached
    dirty: bool
