"""Which engine is used: the one that the user named, the default one, or one of our own."""

from __future__ import annotations

import os
from collections.abc import Callable

from imagematrix.engine import buildx, client, embedded, endpoint
from imagematrix.engine.endpoint import Endpoint
from imagematrix.errors import EngineError
from imagematrix.model import Engine, Places


def find(places: Places, *, notify: Callable[[str], None], to_build: bool = True) -> Engine:
    """DOCKER_HOST, then the docker context, then the default socket; where none answers, one of our own.

    An engine that the user named and that does not answer is an error: no other takes its place.  So is
    one that cannot build, where it is wanted `to_build`; where it is not, its images can be measured, and
    `Engine.buildx` is ().  `notify` is told what the user should know: that an engine of our own is used,
    what is being fetched.  Raises EngineError, and what `up` raises.
    """
    return _of_the_user(places, notify, to_build=to_build) or embedded.up(places, notify)


def look(places: Places, *, to_build: bool = True) -> Engine | None:
    """The engine that `find` would take, unless it had to start one first.  Raises EngineError."""
    return _of_the_user(places, _quiet, to_build=to_build) or embedded.answering(places)


def _quiet(_: str) -> None:
    """For who only looks."""


def _of_the_user(places: Places, notify: Callable[[str], None], *, to_build: bool) -> Engine | None:
    named = endpoint.chosen(os.environ)
    at = named or Endpoint(host=endpoint.DEFAULT_HOST, named_by="the default socket")
    try:
        facts = client.ask(at)
    except client.NoAnswerError as error:
        if error.denied:
            raise EngineError(
                f"this user may not talk to the engine at {at.named_by}: {error}",
                where=at.host,
                next_step="run as root, or join its group (`usermod -aG docker $USER`, then log in anew)",
            ) from error
        if named is not None:
            raise EngineError(
                f"no Docker engine answers where {named.named_by} points: {error}",
                where=named.host,
                next_step=f"start that engine, or have {named.named_by} name one that runs",
            ) from error
        return None
    if to_build and facts.cannot_build:
        raise EngineError(
            f"the engine that {at.named_by} names ({facts.name} {facts.version}) {facts.cannot_build}",
            where=at.host,
            next_step="name a Docker engine of 23.0 or newer by DOCKER_HOST or `docker context use`; what is "
            "on this one already can be measured (`invoke measure --image`)",
        )
    return Engine(
        host=at.host,
        name=facts.name,
        version=facts.version,
        image_store=facts.image_store,
        embedded=False,
        buildx=buildx.find(os.environ, places.cache, notify=notify) if to_build else (),
        env=(*at.env, *buildx.environment(places.cache)),
        api=facts.api,
    )
