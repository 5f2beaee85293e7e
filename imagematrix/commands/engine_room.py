"""Commands about the engine of our own: up, status, down."""

from __future__ import annotations

from typing import Literal, cast

from imagematrix import engine
from imagematrix.commands.outcome import Outcome, Show, as_json, places
from imagematrix.errors import InputError
from imagematrix.report.console import grid
from imagematrix.settings import Settings
from imagematrix.units import size


def up(settings: Settings, show: Show) -> Outcome:
    """Bring our own engine up, or find it running."""
    image_store = settings.image_store
    if image_store not in ("overlay2", "containerd"):
        choices = "use overlay2 or containerd"
        raise InputError(f"no such image store: {image_store!r}", where="--image-store", next_step=choices)
    store = cast(Literal["overlay2", "containerd"], image_store)
    where = places(settings)
    if show.dry:
        return Outcome(text=f"would bring up a private engine with its data below {where.cache}\n")
    with show.progress() as progress:
        found = engine.up(where, progress.notice, image_store=store)
    if show.json:
        return Outcome(
            text=as_json({"host": found.host, "version": found.version, "image_store": found.image_store})
        )
    return Outcome(text=f"export DOCKER_HOST={found.host}\n")


def status(settings: Settings, show: Show) -> Outcome:
    """What there is of our own engine."""
    told = engine.status(places(settings))
    fields = {
        "running": told.running,
        "pid": told.pid,
        "host": told.host,
        "version": told.version,
        "image_store": told.image_store,
        "data": str(told.data),
        "data_bytes": told.data_bytes,
        "found": told.found,
    }
    if show.json:
        return Outcome(text=as_json(fields))
    rows = [
        ("running", "yes" if told.running else "no"),
        *((name, str(fields[name])) for name in ("pid", "host", "version", "image_store") if told.running),
        ("data", f"{told.data} ({size(told.data_bytes)} on disk)"),
        ("found", told.found),
    ]
    return Outcome(text=grid(("our own engine", ""), rows, look=show.look))


def down(settings: Settings, show: Show) -> Outcome:
    """Take our own engine down; what it built stays in the cache."""
    where = places(settings)
    if show.dry:
        return Outcome(text="would take down the private engine, its containers, bridge and firewall rules\n")
    there = engine.down(where)
    if show.json:
        return Outcome(text=as_json({"was_there": there}))
    return Outcome(text="the engine is down\n" if there else "there is no engine of ours to take down\n")
