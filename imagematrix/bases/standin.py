"""Stand-ins on the engine: one that is right already is found, else it is made, by one process at a time.

They are ordinary images under this tool's own name, and labels say what they are made of:

    imagematrix.stand-in.reference    what it stands in for: "node:24"
    imagematrix.stand-in.recipe       the recipe that made it
    imagematrix.stand-in.fingerprint  of recipe and pinned packages: as long as it is the same, it is reused
    imagematrix.stand-in.packages     "node=24.19.0 npm=11.6.1 …"
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import docker
import requests
from docker.errors import APIError, ImageNotFound
from docker.models.images import Image
from filelock import FileLock, Timeout

from imagematrix import scratch
from imagematrix.bases.recipe import Order, Recipe, Workshop
from imagematrix.bases.reference import Reference, parse
from imagematrix.build import build
from imagematrix.creation import create_container
from imagematrix.errors import BaseImageError, Interrupted, MachineError, StepError
from imagematrix.model import LABEL_KIND, NAMESPACE, BaseSource, Engine, ReadyBase
from imagematrix.removal import remove

KIND: Final = "stand-in"
_LABEL: Final = "imagematrix.stand-in"
_WAIT_SECONDS: Final = 0.5  # how soon a process that waits for another one sees that it is done, or must stop


@dataclass(frozen=True, kw_only=True, slots=True)
class StandIn:
    """A stand-in that lies on the engine."""

    image: str  # "imagematrix.local/stand-in/node:24"
    reference: str
    recipe: str
    packages: tuple[str, ...]  # "node=24.19.0"
    engine_bytes: int  # what the engine reports; its meaning differs by image store
    created: str  # ISO 8601, by the engine's clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """Where stand-ins are made: an engine, a client of it, the cache, and who is told and asked meanwhile."""

    engine: Engine
    client: docker.DockerClient
    cache: Path
    note: Callable[[str], None]
    stop: threading.Event


def image_name(reference: Reference) -> str:
    """ "imagematrix.local/stand-in/node:24" for "node:24"."""
    return f"{NAMESPACE}/{KIND}/{reference.repository.replace(':', '/')}:{reference.tag or 'pinned'}"


def fingerprint(recipe: Recipe, order: Order) -> str:
    """What the stand-in is made by; a stand-in with another one is out of date.  Reads and asks nothing."""
    parts = [recipe.name, str(recipe.version), order.node, order.arch, order.reference.tagged]
    parts += [pin.sha256 for pin in recipe.pins(order)]
    if recipe.parent is not None:
        parts.append(fingerprint(recipe.parent, _parent_order(recipe, order)))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def find_stand_in(client: docker.DockerClient, recipe: Recipe, order: Order) -> ReadyBase | None:
    """The stand-in that is right already: one question to the engine, none to anyone else.

    Raises BaseImageError when the recipe has nothing to make the order of.
    """
    wanted = fingerprint(recipe, order)
    try:
        image = client.images.get(image_name(order.reference))
    except ImageNotFound:
        return None
    if image.labels.get(f"{_LABEL}.fingerprint") != wanted:
        return None
    return _base(image, recipe, order)


def make_stand_in(site: Site, recipe: Recipe, order: Order) -> ReadyBase:
    """The stand-in, made unless it is right already.

    Raises BaseImageError and FetchError when it cannot be made, MachineError when the cache takes no more,
    Interrupted when `site.stop` is set meanwhile.
    """
    try:
        with _alone(site, order):
            return find_stand_in(site.client, recipe, order) or _make(site, recipe, order)
    except requests.RequestException:  # an OSError too, but the engine's
        raise
    except OSError as error:
        raise MachineError(
            f"the stand-in for {order.reference.tagged} cannot be put together: {error.strerror or error}",
            where=error.filename or str(site.cache),
            next_step="see that there is space left and that folder can be written, then run this again",
        ) from error


def list_stand_ins(client: docker.DockerClient) -> tuple[StandIn, ...]:
    """The stand-ins on the engine, by name."""
    found = (
        StandIn(
            image=name,
            reference=image.labels.get(f"{_LABEL}.reference", ""),
            recipe=image.labels.get(f"{_LABEL}.recipe", ""),
            packages=tuple(image.labels.get(f"{_LABEL}.packages", "").split()),
            engine_bytes=image.attrs["Size"],
            created=image.attrs.get("Created") or "",
        )
        for image in client.images.list(filters={"label": f"{LABEL_KIND}={KIND}"})
        for name in image.tags
        if name.startswith(f"{NAMESPACE}/{KIND}/")  # images built from a stand-in inherit its labels
    )
    return tuple(sorted(found, key=lambda stand_in: stand_in.image))


def _make(site: Site, recipe: Recipe, order: Order) -> ReadyBase:
    name = image_name(order.reference)
    contexts: tuple[tuple[str, str], ...] = ()
    parent = ""
    if recipe.parent is not None:
        parent = make_stand_in(site, recipe.parent, _parent_order(recipe, order)).build_ref
        contexts = ((recipe.parent_reference, f"docker-image://{parent}"),)
    with scratch.folder(site.cache / "scratch") as folder:
        shop = Workshop(
            folder=folder,
            cache=site.cache,
            note=site.note,
            stop=site.stop,
            parent_file=lambda path: _read_file(site.client, parent, path),
        )
        layout = recipe.lay_out(order, shop)
        labels = {
            LABEL_KIND: KIND,
            f"{_LABEL}.reference": order.reference.tagged,
            f"{_LABEL}.recipe": recipe.name,
            f"{_LABEL}.fingerprint": fingerprint(recipe, order),
            f"{_LABEL}.packages": " ".join(f"{package}={version}" for package, version in layout.packages),
        }
        replaced = _image_id(site.client, name)
        try:
            build(
                site.engine,
                context=shop.folder,
                dockerfile=shop.folder / "Dockerfile",
                tags=(name,),
                cache=site.cache,
                log=site.cache / "logs" / f"{_file_name(order)}.log",
                platform=f"linux/{order.arch}",
                contexts=contexts,
                labels=tuple(labels.items()),
                secrets=layout.secrets,
                on_progress=lambda step: site.note(_brief(step)),
                stop=site.stop,
            )
        except StepError as error:
            raise BaseImageError(
                f"the stand-in for {order.reference.tagged} does not build: {error.reason}",
                where=str(error.log or ""),
                next_step="read that log, or use a registry (--bases registry)",
            ) from error
    image = site.client.images.get(name)
    if replaced not in ("", image.id):
        _forget(site.client, replaced)
    return _base(image, recipe, order)


def _brief(step: str) -> str:
    """A build step on one short line: what is mounted for it is of no interest."""
    return textwrap.shorten(re.sub(r"--mount=\S+", "", step), 72, placeholder=" …")


def _parent_order(recipe: Recipe, order: Order) -> Order:
    return replace(order, reference=parse(recipe.parent_reference), node="")


def _base(image: Image, recipe: Recipe, order: Order) -> ReadyBase:
    return ReadyBase(
        reference=order.reference.text,
        source=BaseSource.STAND_IN,
        # The engine's Id: the config digest, or with the containerd image store the manifest's.
        digest=str(image.id),
        build_ref=image_name(order.reference),
        diff_ids=tuple(image.attrs["RootFS"].get("Layers") or ()),
        recipe=recipe.name,
    )


@contextmanager
def _alone(site: Site, order: Order) -> Iterator[None]:
    """Hold what only one process, and one thread of it, may hold: the making of this stand-in."""
    locks = site.cache / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    lock = FileLock(locks / f"{_file_name(order)}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        site.note("this stand-in is being made already: waiting for it")
        while not lock.is_locked:
            if site.stop.is_set():
                raise Interrupted from None
            try:
                lock.acquire(timeout=_WAIT_SECONDS)
            except Timeout:
                continue
    try:
        yield
    finally:
        lock.release()


def _file_name(order: Order) -> str:
    return "".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in order.reference.tagged)


def _image_id(client: docker.DockerClient, name: str) -> str:
    try:
        return str(client.images.get(name).id)
    except ImageNotFound:
        return ""


def _forget(client: docker.DockerClient, image_id: str) -> None:
    """Remove a stand-in that another one took the name of, unless something still runs from it."""
    try:
        client.images.remove(image_id)
    except APIError as error:
        if error.status_code not in (404, 409):
            raise


def _read_file(client: docker.DockerClient, image: str, path: str) -> bytes:
    """A file of an image, by a container that is never started."""
    container = create_container(client, image, labels={})
    try:
        chunks, _ = container.get_archive(path)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            content = tar.extractfile(Path(path).name)
            return content.read() if content is not None else b""
    finally:
        remove(container)
