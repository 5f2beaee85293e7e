"""What this tool has made on an engine, found by its labels and by nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import docker
from docker.errors import APIError, NotFound

from imagematrix.errors import EngineError
from imagematrix.model import LABEL_KIND, LABEL_OWNER, LABEL_PROCESS, NAMESPACE
from imagematrix.removal import is_conflict, remove
from imagematrix.text import first_few, one_line

_TOLD: Final = 3  # of what the engine does not remove


@dataclass(frozen=True, kw_only=True, slots=True)
class Owned:
    """A container, a network or an image that is ours."""

    kind: str  # "container", "network", "variant" (a built image), "stand-in" (a base image)
    id: str
    name: str
    tags: tuple[str, ...] = ()  # of an image: our own
    process: str = ""  # LABEL_PROCESS of a container or a network


def owned(client: docker.DockerClient, *, owner: str, kinds: tuple[str, ...]) -> list[Owned]:
    """Our objects of some kinds; `owner` "" is everybody's.

    Labels alone do not tell: an image has those of the image that it was built from, and a container those of its
    image.  So ours are containers that were made as such, and images that have one of our tags, or none any more.
    """
    labels = [LABEL_KIND, f"{LABEL_OWNER}={owner}"] if owner else [LABEL_KIND]
    filters: dict[str, str | list[str] | bool] = {"label": labels}
    found = []
    for container in client.containers.list(all=True, filters=filters, ignore_removed=True):
        if container.labels.get(LABEL_KIND) == "container":
            process = container.labels.get(LABEL_PROCESS, "")
            found.append(
                Owned(kind="container", id=str(container.id), name=str(container.name), process=process)
            )
    for network in client.networks.list(filters=filters):
        labels_of = network.attrs.get("Labels") or {}
        kind, process = labels_of.get(LABEL_KIND, ""), labels_of.get(LABEL_PROCESS, "")
        found.append(Owned(kind=kind, id=str(network.id), name=str(network.name), process=process))
    for image in client.images.list(filters=filters):
        tags = tuple(tag for tag in image.tags if tag.startswith(f"{NAMESPACE}/"))
        if tags or not image.tags:
            name = ", ".join(tags) or f"{str(image.id)[:19]} (no longer tagged)"
            kind = image.labels.get(LABEL_KIND, "")
            found.append(Owned(kind=kind, id=str(image.id), name=name, tags=tags))
    # Containers are listed first, and so go first: networks and images are held by them.
    return [each for each in found if each.kind in kinds]


def remove_owned(client: docker.DockerClient, found: Sequence[Owned]) -> tuple[list[Owned], list[Owned]]:
    """Remove them: those that went, and the images that stay since a container of somebody's needs them.

    What was gone already is neither.  Raises EngineError for what the engine does not remove, once all else is
    gone.
    """
    gone: list[Owned] = []
    left: list[Owned] = []
    stayed = []
    for each in found:
        try:
            if each.kind == "container":
                remove(client.containers.get(each.id))
            elif each.kind == "network":
                client.networks.get(each.id).remove()
            elif not remove_image(client, each):
                left.append(each)
                continue
        except NotFound:
            continue
        except APIError as error:
            stayed.append(_refusal(f"{each.kind} {each.name}", error))
        else:
            gone.append(each)
    if stayed:
        raise EngineError(
            f"the engine does not remove {first_few(stayed, _TOLD)}",
            next_step="see that nothing else uses them, and run `invoke clean` again",
        )
    return gone, left


def remove_image(client: docker.DockerClient, image: Owned) -> bool:
    """Take our tags off an image, or remove one that has none: it goes with its last tag, if nobody else's is on it.

    False where a container of somebody's keeps it.  Raises APIError.
    """
    for name in image.tags or (image.id,):
        try:
            client.images.remove(name)
        except NotFound:
            continue  # someone else's clean-up was here
        except APIError as error:
            if not is_conflict(error):
                raise
            return False
    return True


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
        if container.labels.get(LABEL_KIND) != "container" or not is_dead(container.labels[LABEL_PROCESS]):
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
