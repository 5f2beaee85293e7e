"""Asking registries: all references at once, each registry in a thread, one that is silent only once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import docker

from imagematrix import answers
from imagematrix.bases import registry
from imagematrix.bases.reference import parse
from imagematrix.bases.registry import Answer, Said
from imagematrix.errors import BaseImageError
from imagematrix.model import Engine

_ASK_SECONDS: Final = 8  # that a registry may take for one question; one out of reach mostly says so at once


def ask_registries(
    engine: Engine, client: docker.DockerClient, references: Sequence[str], *, arch: str
) -> dict[str, Answer]:
    """What the registry of each reference says, all asked in threads; one that does not answer is asked once.

    A reference that is pinned by digest and lies on the engine is not asked for, and not in the answer.
    """
    by_host: dict[str, list[str]] = {}
    for text in references:
        with contextlib.suppress(BaseImageError):  # what is no reference is told where it is used
            reference = parse(text)
            pinned = reference.digest and registry.on_engine(client, reference, arch=arch)
            if not pinned:
                by_host.setdefault(reference.host, []).append(text)
    if not by_host:
        return {}
    with ThreadPoolExecutor(max_workers=len(by_host)) as pool:
        answers = pool.map(partial(_ask_host, engine), by_host.values())
    return {text: answer for of_host in answers for text, answer in of_host.items()}


def _ask_host(engine: Engine, texts: Sequence[str]) -> dict[str, Answer]:
    with connected(engine, timeout_seconds=_ASK_SECONDS) as client:
        first = registry.ask(client, parse(texts[0]))
    if first.said is Said.NOTHING:
        return dict.fromkeys(texts, first)

    def ask(text: str) -> Answer:
        with connected(engine, timeout_seconds=_ASK_SECONDS) as client:
            return registry.ask(client, parse(text))

    with ThreadPoolExecutor(max_workers=max(1, len(texts) - 1)) as pool:
        return dict(zip(texts, [first, *pool.map(ask, texts[1:])], strict=True))


def architecture(client: docker.DockerClient, platform: str) -> str:
    """The engine's name of the architecture of a platform, its own where that is "": "amd64"."""
    return (platform or f"linux/{client.version()['Arch']}").split("/")[1]


@contextlib.contextmanager
def connected(engine: Engine, *, timeout_seconds: int) -> Iterator[docker.DockerClient]:
    """A client for one thread; the SDK's are not made to be shared."""
    client = answers.client(dict(engine.env), timeout_seconds=timeout_seconds)
    try:
        yield client
    finally:
        client.close()
