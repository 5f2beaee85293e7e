"""Containers on the test engine as the probes of behaviour start them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import closing
from functools import partial

import docker

from imagematrix import bases, container
from imagematrix.container import Start
from imagematrix.engine import connect
from imagematrix.model import LABEL_RUN, Engine, Places, ReadyBase
from tests import made
from tests.integration.apps import SERVES
from tests.integration.images import ALPINE, DISTROLESS, NODE

RUN = "behaviour-of-images"
SMOKE = made.smoke(timeout_seconds=20)
BY_NODE = ("node", "-e")
HANDLES = f"""{SERVES}
process.on('SIGTERM', () => {{
  console.log('handler begun')
  setTimeout(() => {{ console.log('handler done'); process.exit(0) }}, 300)
}})"""


def base_refs(engine: Engine, places: Places) -> Mapping[str, str]:
    """What the engine finds the three stand-ins by, by what a Dockerfile calls them."""
    with closing(connect(engine)) as client:
        found = bases.prepare(
            engine,
            client,
            (NODE, ALPINE, DISTROLESS),
            mode="local",
            platform="",
            places=places,
            listener=lambda _: None,
        )
    return {ref: base.build_ref for ref, base in found.items() if isinstance(base, ReadyBase)}


def starter(client: docker.DockerClient, image: str, *command: str) -> Start:
    return partial(
        container.running,
        client,
        image,
        port=3000,
        env={},
        command=command,
        labels={LABEL_RUN: RUN},
        entrypoint=(),
        stop=threading.Event(),
    )
