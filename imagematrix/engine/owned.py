"""What this tool has made on an engine, found by its labels and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import docker
from docker.errors import ImageNotFound, NotFound

from imagematrix.model import LABEL_KIND, LABEL_OWNER, LABEL_PROCESS
from imagematrix.removal import remove


@dataclass(frozen=True, kw_only=True, slots=True)
class Owned:
    """A container, a network or an image that carries our labels."""

    kind: str  # "container", "network", "variant" (a built image), "stand-in" (a base image)
    id: str
    name: str


def owned(client: docker.DockerClient, *, owner: str, kinds: tuple[str, ...]) -> list[Owned]:
    """Our objects of some kinds; `owner` "" is everybody's."""
    labels = [LABEL_KIND, f"{LABEL_OWNER}={owner}"] if owner else [LABEL_KIND]
    filters: dict[str, str | list[str] | bool] = {"label": labels}
    found = [
        Owned(kind=c.labels[LABEL_KIND], id=str(c.id), name=str(c.name))
        for c in client.containers.list(all=True, filters=filters, ignore_removed=True)
    ]
    for network in client.networks.list(filters=filters):
        found.append(Owned(kind="network", id=str(network.id), name=str(network.name)))
    for image in client.images.list(filters=filters):
        name = ", ".join(image.tags) or f"{str(image.id)[:19]} (no longer tagged)"
        found.append(Owned(kind=image.labels[LABEL_KIND], id=str(image.id), name=name))
    # Containers are listed first, and so go first: networks and images are held by them.
    return [each for each in found if each.kind in kinds]


def remove_owned(client: docker.DockerClient, found: list[Owned]) -> None:
    """Remove them; what is gone already is fine."""
    for each in found:
        try:
            if each.kind == "container":
                remove(client.containers.get(each.id))
            elif each.kind == "network":
                client.networks.get(each.id).remove()
            else:
                client.images.remove(each.id, force=True)
        except (NotFound, ImageNotFound):
            continue


def remove_orphans(client: docker.DockerClient, is_dead: Callable[[str], bool]) -> list[str]:
    """Remove the containers and networks of processes that are dead; the names of what was removed.

    A process that was killed could not clean up.  `is_dead` is given the value of LABEL_PROCESS.
    """
    filters: dict[str, str | list[str] | bool] = {"label": [LABEL_PROCESS]}
    removed = []
    for container in client.containers.list(all=True, filters=filters, ignore_removed=True):
        if is_dead(container.labels.get(LABEL_PROCESS, "")) and remove(container):
            removed.append(str(container.name))
    for network in client.networks.list(filters={"label": LABEL_PROCESS}):
        if is_dead((network.attrs.get("Labels") or {}).get(LABEL_PROCESS, "")):
            with suppress(NotFound):
                network.remove()
                removed.append(str(network.name))
    return removed
