"""A Node app, as far as packing it needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Majors of Node that all of our stand-in recipes hold, newest first; a test holds them against the recipes.
STAND_IN_NODES: Final = ("24", "22", "20")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One thing that was found out about an app, and by what."""

    name: str  # "port"
    value: str
    why: str  # "server.js:3"; of a guess, why there was nothing to go by
    guessed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Installer:
    """A package manager as a Dockerfile calls it."""

    name: str
    lock: str  # the lock file's name; "" where there is none
    setup: str  # the command that puts it into a Node image; "" where it is there
    install: str  # without development dependencies
    install_all: str
    prune: str  # away with the development dependencies
    run: str  # runs a script of package.json


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """All that the starter files are made of."""

    name: str  # as the matrix file allows it
    node: str  # the major version
    installer: Installer
    copied_first: tuple[str, ...]  # what the installation reads; () when it needs the whole folder
    whole_because: str  # why it does; "" when it does not
    private: tuple[str, ...]  # files that the installation reads and no image may have
    build_script: str  # "build"; "" when nothing is to be built
    built_by: tuple[str, ...]  # commands that build it besides, as a shell reads them
    keeps_development: bool  # the start needs development dependencies
    addons: tuple[str, ...]  # packages that compile a native addon, or may
    command: tuple[str, ...]  # words after `node`; where `start_script` is set, a guess
    start_script: str  # that npm runs, as node alone would not do; "" where it does
    port: int
    environment: tuple[tuple[str, str], ...]  # that every image sets
    path: str  # for the smoke test
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
