"""What this tool has made on an engine, found by its labels and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import docker
from docker.errors import APIError, ImageNotFound, NotFound

from imagematrix.errors import EngineError
from imagematrix.model import LABEL_KIND, LABEL_OWNER, LABEL_PROCESS
from imagematrix.removal import remove
from imagematrix.text import first_few, one_line

_TOLD: Final = 3  # of what the engine does not remove


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
    """Remove them; what is gone already is fine.

    Raises EngineError for what the engine does not remove, once all else is gone.
    """
    stayed = []
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
        except APIError as error:
            stayed.append(_refusal(f"{each.kind} {each.name}", error))
    if stayed:
        raise EngineError(
            f"the engine does not remove {first_few(stayed, _TOLD)}",
            next_step="see that nothing else uses them, and run `invoke clean` again",
        )


def _refusal(name: str, error: APIError) -> str:
    return one_line(f"{name}: {error.explanation or error}")


def remove_orphans(
    client: docker.DockerClient, is_dead: Callable[[str], bool], *, notify: Callable[[str], None]
) -> list[str]:
    """Remove the containers and networks of processes that are dead; the names of what was removed.

    A process that was killed could not clean up.  `is_dead` is given the value of LABEL_PROCESS.  What the
    engine does not remove is told in one notice: it is nothing that the work at hand needs.
    """
    stayed: list[str] = []
    filters: dict[str, str | list[str] | bool] = {"label": [LABEL_PROCESS]}
    removed = []
    for container in client.containers.list(all=True, filters=filters, ignore_removed=True):
        if not is_dead(container.labels.get(LABEL_PROCESS, "")):
            continue
        try:
            if remove(container):
                removed.append(str(container.name))
        except APIError as error:
            stayed.append(_refusal(str(container.name), error))
    for network in client.networks.list(filters={"label": LABEL_PROCESS}):
        if is_dead((network.attrs.get("Labels") or {}).get(LABEL_PROCESS, "")):
            try:
                network.remove()
                removed.append(str(network.name))
            except NotFound:
                continue
            except APIError as error:
                stayed.append(_refusal(str(network.name), error))
    if stayed:
        notify(
            f"left behind by a run that was killed, and the engine does not remove {first_few(stayed, _TOLD)}"
        )
    return removed
