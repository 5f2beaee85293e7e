"""What a stand-in recipe is: how to lay out, from packages, the build context of an image."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imagematrix.bases.reference import Reference
from imagematrix.fetch import npm, wheels
from imagematrix.fetch.npm import NpmPin
from imagematrix.fetch.wheels import WheelPin

Pin = WheelPin | NpmPin
Packages = tuple[tuple[str, str], ...]  # (name, version)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """The stand-in that is asked for."""

    reference: Reference  # of the image that it stands in for
    node: str  # "24"; "" when the recipe needs none
    arch: str  # the engine's name of its architecture: "amd64", "arm64"


@dataclass(frozen=True, kw_only=True, slots=True)
class Workshop:
    """Where a recipe works, and what it may use there."""

    folder: Path  # empty; becomes the build context and is removed afterwards, whatever happens
    cache: Path
    note: Callable[[str], None]  # tells the user what is being done
    stop: threading.Event  # set when the user gives up
    parent_file: Callable[[str], bytes]  # reads a file of the image that `Recipe.parent` made

    def wheel(self, pin: WheelPin, what: str) -> Path:
        """The pinned wheel; when it is to be downloaded first, the user is told so.  Raises FetchError."""
        if not wheels.is_fetched(pin, cache=self.cache):
            self._downloading(pin, what)
        return wheels.fetch_wheel(pin, cache=self.cache)

    def npm_package(self, pin: NpmPin, what: str) -> Path:
        """The pinned package of npm's registry, likewise."""
        if not npm.is_fetched(pin, cache=self.cache):
            self._downloading(pin, what)
        return npm.fetch_npm(pin, cache=self.cache)

    def _downloading(self, pin: Pin, what: str) -> None:
        self.note(f"downloading {what} ({pin.bytes / 10**6:.0f} MB)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """What a recipe leaves in its workshop's folder, a Dockerfile among it."""

    packages: Packages  # what the image is made of
    secrets: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """How one kind of base image is made from packages."""

    name: str
    version: int  # goes up with every change to what the recipe makes: older stand-ins are made again
    summary: str
    pins: Callable[[Order], tuple[Pin, ...]]  # BaseImageError where there are none for the order
    lay_out: Callable[[Order, Workshop], Layout]
    parent: Recipe | None = None  # makes the image that this one's Dockerfile starts FROM …
    parent_reference: str = ""  # … under this name
