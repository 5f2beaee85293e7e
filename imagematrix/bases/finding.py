"""Each base on the engine, by the first way that is open to it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

import docker
import requests
from docker.errors import APIError, DockerException

from imagematrix.bases import registry
from imagematrix.bases.asking import architecture, ask_registries, connected
from imagematrix.bases.recipe import Order
from imagematrix.bases.recipes import RECIPES
from imagematrix.bases.reference import Reference, parse
from imagematrix.bases.registry import Answer, Said
from imagematrix.bases.standin import Site, find_stand_in, make_stand_in
from imagematrix.errors import BaseImageError, EngineError, FetchError, bottom
from imagematrix.model import BaseRef, Engine, Listener, Places, ReadyBase, Step, StepEvent

Mode = Literal["auto", "registry", "local"]
Found = ReadyBase | BaseImageError

_PULL_SECONDS: Final = 120  # that a pull may go on without a word


def prepare(
    engine: Engine,
    client: docker.DockerClient,
    refs: Sequence[BaseRef],
    *,
    mode: Mode,
    platform: str,
    places: Places,
    listener: Listener,
    stop: threading.Event | None = None,
) -> dict[str, Found]:
    """Have each base on the engine, once; the answer goes by reference.  `listener` is called from threads.

    "auto" takes a registry's image where a registry answers, else the one that was pulled before, else a
    stand-in; "registry" makes no stand-ins; "local" asks no registry.  `platform` is "linux/arm64", or ""
    for the engine's own.

    A base that cannot be had is an error value.  Raises EngineError when the engine is gone, MachineError
    when the cache takes no more, Interrupted when `stop` is set meanwhile.
    """
    try:
        arch = architecture(client, platform)
        job = _Job(
            engine=engine,
            mode=mode,
            arch=arch,
            places=places,
            listener=listener,
            stop=stop or threading.Event(),
        )
        return _prepare(job, client, list({ref.reference: ref for ref in refs}.values()))
    except (DockerException, requests.RequestException) as error:
        raise EngineError(
            f"the engine stopped answering: {bottom(error)}",
            where=engine.host,
            next_step="see that the engine runs, then run this again",
        ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    engine: Engine
    mode: Mode
    arch: str
    places: Places
    listener: Listener
    stop: threading.Event


def _prepare(job: _Job, client: docker.DockerClient, refs: Sequence[BaseRef]) -> dict[str, Found]:
    asked = (
        {}
        if job.mode == "local"
        else ask_registries(job.engine, client, [ref.reference for ref in refs], arch=job.arch)
    )
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        try:
            found = list(pool.map(lambda ref: _one(job, ref, asked.get(ref.reference)), refs))
        except BaseException:  # Ctrl-C among them: what still works in the other threads must end
            job.stop.set()
            raise
    return {ref.reference: base for ref, base in zip(refs, found, strict=True)}


def _one(job: _Job, ref: BaseRef, answer: Answer | None) -> Found:
    started = time.monotonic()

    def tell(state: Literal["started", "note", "done", "failed"], detail: str = "") -> None:
        seconds = time.monotonic() - started
        event = StepEvent(subject=ref.reference, step=Step.BASE, state=state, detail=detail, seconds=seconds)
        job.listener(event)

    tell("started")
    try:
        with connected(job.engine, timeout_seconds=_PULL_SECONDS) as client:
            base = _base(job, client, ref, answer, partial(tell, "note"))
    except BaseImageError as error:
        lost = error
    except FetchError as error:
        lost = BaseImageError(error.what, where=error.where, next_step=error.next_step)
    except APIError as error:
        lost = BaseImageError(
            f"the engine refused {ref.reference}: {error.explanation or error}",
            where=job.engine.host,
            next_step="see what the engine's own log says of it",
        )
    else:
        tell("done", f"{base.source} {base.digest}")
        return base
    tell("failed", lost.what)
    return lost


def _base(
    job: _Job,
    client: docker.DockerClient,
    ref: BaseRef,
    answer: Answer | None,
    note: Callable[[str], None],
) -> ReadyBase:
    """The base by the first way that is open to it."""
    reference = parse(ref.reference)
    if answer is not None and answer.said is Said.REFUSES:
        raise BaseImageError(
            f"the registry does not give {ref.reference}: {answer.text}",
            where=reference.host,
            next_step="correct the reference, or log in with `docker login`",
        )
    if answer is not None and answer.said is Said.HAS:
        pinned = replace(reference, digest=answer.text)
        if base := registry.on_engine(client, pinned, arch=job.arch):
            return base
        note(f"pulling {reference.pinned(answer.text)}")
        return registry.pull(client, reference, answer.text, platform=f"linux/{job.arch}", stop=job.stop)
    if job.mode == "local" and ref.recipe:
        return _stand_in(job, client, ref, reference, note)
    if base := registry.on_engine(client, reference, arch=job.arch):
        if answer is not None:
            note(f"{reference.host} does not answer; the image pulled before is used")
        return base
    return _without_registry(job, client, ref, reference, answer, note)


def _without_registry(
    job: _Job,
    client: docker.DockerClient,
    ref: BaseRef,
    reference: Reference,
    answer: Answer | None,
    note: Callable[[str], None],
) -> ReadyBase:
    silence = (
        f"{reference.host} does not answer ({answer.text})" if answer is not None else "no registry is asked"
    )
    if job.mode == "registry":
        raise BaseImageError(
            f"{ref.reference} cannot be had: {silence}, and stand-ins are not wanted",
            next_step="see that the engine reaches the registry, or allow stand-ins (--bases auto)",
        )
    if not ref.recipe:
        raise BaseImageError(
            f"{ref.reference} cannot be had: {silence}, and the matrix names no stand-in recipe for it",
            next_step=f"see that the engine reaches the registry, or name a recipe: {', '.join(RECIPES)}",
        )
    if answer is not None:
        note(f"{silence}; a stand-in takes its place")
    return _stand_in(job, client, ref, reference, note)


def _stand_in(
    job: _Job, client: docker.DockerClient, ref: BaseRef, reference: Reference, note: Callable[[str], None]
) -> ReadyBase:
    recipe = RECIPES.get(ref.recipe)
    if recipe is None:
        raise BaseImageError(
            f"there is no stand-in recipe {ref.recipe!r} for {ref.reference}",
            next_step=f"name one of: {', '.join(RECIPES)}",
        )
    order = Order(reference=reference, node=ref.node, arch=job.arch)
    if base := find_stand_in(client, recipe, order):
        return base
    note(f"making a stand-in: {recipe.summary}")
    site = Site(engine=job.engine, client=client, cache=job.places.cache, note=note, stop=job.stop)
    return make_stand_in(site, recipe, order)
