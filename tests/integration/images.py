"""Images on the test engine as the readers of `imagematrix.image` take them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import docker

from imagematrix import bases, settings
from imagematrix import engine as engines
from imagematrix.build import build
from imagematrix.image import read_image
from imagematrix.image.files import FileSystem
from imagematrix.image.subject import Subject
from imagematrix.image.walk import NoWalk, walk, walk_base
from imagematrix.model import (
    LABEL_OWNER,
    LABEL_RUN,
    NAMESPACE,
    BaseRef,
    Engine,
    EngineImage,
    Places,
    ReadyBase,
)
from tests.integration.conftest import REPOSITORY

LABELS = {LABEL_OWNER: "tests-of-images", LABEL_RUN: "tests-of-images"}
NODE = BaseRef(reference="node:24", recipe="debian-node", node="24")
DISTROLESS = BaseRef(reference="gcr.io/distroless/nodejs24-debian13", recipe="distroless-node", node="24")
ALPINE = BaseRef(reference="node:24-alpine", recipe="alpine-node", node="24")
# The bases of the article's four, by label; the last is what the image stands on.
ARTICLE = {
    "vanilla": [NODE],
    "multi-stage": [NODE],
    "distroless": [NODE, DISTROLESS],
    "alpine": [NODE, ALPINE],
}


def ready(
    engine: Engine, client: docker.DockerClient, refs: list[BaseRef], places: Places
) -> list[ReadyBase]:
    found = bases.prepare(
        engine, client, refs, mode="auto", platform="", places=places, listener=lambda _: None
    )
    had = [base for base in found.values() if isinstance(base, ReadyBase)]
    assert len(had) == len(refs), found
    return had


def made(
    engine: Engine,
    client: docker.DockerClient,
    dockerfile: Path,
    on: list[ReadyBase],
    *,
    tag: str,
    folder: Path,
) -> EngineImage:
    """The image that a Dockerfile makes of the repository's app; `folder` takes its log and what is cached."""
    given = settings.resolve({}, {}, environment=os.environ)
    built = build(
        engine,
        context=REPOSITORY / "app",
        dockerfile=dockerfile,
        tags=(f"{NAMESPACE}/{tag}",),
        cache=folder,
        log=folder / "build.log",
        build_args=given.proxies,
        contexts=tuple((base.reference, f"docker-image://{base.build_ref}") for base in on),
        labels=tuple(LABELS.items()),
        secrets=(("ca", given.ca_bundle),) if given.ca_bundle else (),
    )
    digest = built.config_digest
    return read_image(
        engine, client, built.image_ref, config_digest=digest, bases=on, cache=folder, stop=threading.Event()
    )


def article(
    engine: Engine, client: docker.DockerClient, label: str, places: Places, folder: Path
) -> tuple[EngineImage, ReadyBase]:
    """One of the article's four images, and what it stands on."""
    on = ready(engine, client, ARTICLE[label], places)
    dockerfile = REPOSITORY / "dockerfiles" / f"{label}.Dockerfile"
    return made(engine, client, dockerfile, on, tag=f"article:{label}", folder=folder), on[-1]


@contextmanager
def no_image_left(engine: Engine) -> Iterator[None]:
    """Removes what `made` has made at the end; the steps stay in the build cache."""
    yield
    with closing(engines.connect(engine)) as client:
        for image in client.images.list(filters={"label": f"{LABEL_OWNER}={LABELS[LABEL_OWNER]}"}):
            client.images.remove(str(image.id), force=True)


def walked(
    client: docker.DockerClient, image: EngineImage, cache: Path, stop: threading.Event | None = None
) -> FileSystem | NoWalk:
    return walk(client, image, labels=LABELS, cache=cache, stop=stop or threading.Event())


def subject(
    engine: Engine, client: docker.DockerClient, image: EngineImage, on: ReadyBase, cache: Path
) -> Subject:
    """An image as it is measured the quick way."""
    files = walked(client, image, cache)
    below = walk_base(client, on, image, labels=LABELS, cache=cache, stop=threading.Event())
    assert isinstance(files, FileSystem), files
    assert isinstance(below, FileSystem), below
    return Subject(
        engine=engine,
        image=image,
        bases=(on,),
        files=files,
        files_missing="",
        base_files=below,
        layers=(),
        sizes={},
        registry_bytes={},
    )
