"""Engines of our own for one test: brought up beside the one that is shared, and taken down again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from imagematrix import engine
from imagematrix.model import Places


@contextmanager
def own_cache(folder: Path) -> Iterator[Places]:
    """A cache of its own, and so an engine of its own; only the unpacked programs are the user's."""
    cache = folder / "cache"
    shared = user_cache_path("imagematrix") / "engine" / "tools"
    shared.mkdir(parents=True, exist_ok=True)
    (cache / "engine").mkdir(parents=True)
    (cache / "engine" / "tools").symlink_to(shared)
    places = Places(cache=cache, results=folder / "results")
    try:
        yield places
    finally:
        engine.down(places)
