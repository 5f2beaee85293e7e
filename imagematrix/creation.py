"""The one place where containers and networks are made: none of ours is without labels and limits.

By the label of its process, the next command finds what a killed one left (`engine.owned.remove_orphans`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from imagematrix import provenance
from imagematrix.errors import StepError
from imagematrix.limits import limits
from imagematrix.model import LABEL_KIND, LABEL_PROCESS, Step


def create_container(
    client: docker.DockerClient, image: str, *, labels: Mapping[str, str], **conditions: Any
) -> Container:
    """A container that is not started yet; `conditions` are keywords of the SDK's `containers.create`."""
    given = {**limits(client), **conditions}
    return client.containers.create(image, labels=_labels(labels, "container"), **given)


@contextmanager
def closed_network(client: docker.DockerClient, labels: Mapping[str, str]) -> Iterator[str]:
    """The name of a network of our own that has no way out, for as long as it is needed."""
    name = f"imagematrix-{uuid4().hex[:12]}"
    try:
        network = client.networks.create(
            name, driver="bridge", internal=True, labels=_labels(labels, "network")
        )
    except APIError as error:
        raise StepError(Step.MEASURE, f"no closed network can be made: {error.explanation}") from error
    try:
        yield name
    finally:
        with suppress(NotFound):
            network.remove()


def _labels(labels: Mapping[str, str], kind: str) -> dict[str, str]:
    return {**labels, LABEL_KIND: kind, LABEL_PROCESS: provenance.process()}
