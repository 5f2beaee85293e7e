"""Base images from a registry, asked for by the engine: its mirrors, its proxies, the user's credentials.

The engine has no code for "no registry answered": everything that is not its registry's own word comes
back as a 500 with Go's error text.  That text is all there is to tell silence from a refusal.
"""

from __future__ import annotations

import re
import threading
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import docker
import requests
from docker.errors import APIError, ImageNotFound
from docker.models.images import Image

from imagematrix.bases.reference import Reference
from imagematrix.errors import BaseImageError, Interrupted
from imagematrix.model import BaseSource, ReadyBase
from imagematrix.text import one_line


class Said(StrEnum):
    """What a registry said of an image."""

    HAS = "has"
    REFUSES = "refuses"  # it has no such image, or does not give it to this user
    NOTHING = "nothing"  # no answer, or none that says anything of the image


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    said: Said
    text: str  # the manifest's digest, or why there is none


_REFUSALS: Final = re.compile(
    r"manifest unknown|name unknown|not found|denied|unauthorized|authentication required"
    r"|no basic auth credentials|insufficient_scope",
    re.IGNORECASE,
)
# What these words are found in says nothing of the image, whatever else it says.
_TROUBLES: Final = re.compile(
    r"toomanyrequests|too many requests|dial tcp|lookup \S+|i/o timeout|tls:|x509:|connection re|proxyconnect",
    re.IGNORECASE,
)


_SAID_LIMIT: Final = 300  # characters of a registry's words in a message


def ask(client: docker.DockerClient, reference: Reference) -> Answer:
    """Ask the image's registry for its digest, within the client's time-out."""
    name = reference.pinned(reference.digest) if reference.digest else reference.tagged
    try:
        data = client.images.get_registry_data(name)
    except (APIError, requests.exceptions.RequestException) as error:
        return classify(error)
    return Answer(said=Said.HAS, text=str(data.id))


def classify(error: APIError | requests.exceptions.RequestException) -> Answer:
    """Tell a registry that refuses from one that does not answer."""
    if isinstance(error, requests.exceptions.Timeout):
        return Answer(said=Said.NOTHING, text="no answer in time")
    if not isinstance(error, APIError):
        return Answer(said=Said.NOTHING, text=f"the engine did not answer: {error}")
    # Go names the request it made before it says what went wrong: 'Get "https://…/v2/": dial tcp: …'.
    text = _said(re.sub(r'^\w+ "[^"]*": ', "", str(error.explanation or error).strip()))
    refused = error.status_code in (401, 403, 404) or _REFUSALS.search(text) is not None
    if refused and _TROUBLES.search(text) is None:
        return Answer(said=Said.REFUSES, text=text)
    return Answer(said=Said.NOTHING, text=text)


def on_engine(client: docker.DockerClient, reference: Reference, *, arch: str) -> ReadyBase | None:
    """The image, if the engine has it with a registry's digest.  Asks no registry."""
    name = reference.pinned(reference.digest) if reference.digest else reference.tagged
    try:
        image = client.images.get(name)
    except ImageNotFound:
        return None
    digest = reference.digest or _digest(image, reference)
    if not digest or image.attrs["Architecture"] != arch:
        return None
    return _base(image, reference, digest)


def pull(
    client: docker.DockerClient,
    reference: Reference,
    digest: str,
    *,
    platform: str,
    stop: threading.Event | None = None,
) -> ReadyBase:
    """Pull by digest.  Raises BaseImageError with the engine's word, or for an image of another architecture;
    Interrupted when `stop` is set meanwhile."""
    try:
        # What fails on the way is told in the progress, and the SDK's own `images.pull` does not look there.
        told = client.api.pull(reference.repository, tag=digest, platform=platform, stream=True, decode=True)
        with closing(told):
            for line in told:
                if stop is not None and stop.is_set():
                    raise Interrupted
                if isinstance(line, dict) and "error" in line:
                    raise _not_pulled(reference, digest, _said(str(line["error"])))
        image = client.images.get(reference.pinned(digest))
    except (APIError, requests.exceptions.RequestException) as error:
        raise _not_pulled(reference, digest, classify(error).text) from error
    _check_platform(image, reference, platform)
    return _base(image, reference, digest)


def _check_platform(image: Image, reference: Reference, wanted: str) -> None:
    """An engine takes what a manifest names, also where that is for one other platform alone."""
    told = f"linux/{image.attrs['Architecture']}"
    if told != wanted:
        raise BaseImageError(
            f"{reference.text} is for {one_line(told)[:_SAID_LIMIT]}, and {wanted} is wanted",
            where=reference.host,
            next_step="name an image that is for this platform too, or give the variant that image's (platform)",
        )


def _not_pulled(reference: Reference, digest: str, why: str) -> BaseImageError:
    return BaseImageError(
        f"{reference.text} could not be pulled: {why}",
        where=reference.host,
        next_step=f"see that `docker pull {reference.pinned(digest)}` works",
    )


def _said(text: str) -> str:
    """What a registry said, which may be anything, on one line."""
    return one_line(" ".join(text.split()))[:_SAID_LIMIT]


def _digest(image: Image, reference: Reference) -> str:
    for name in image.attrs.get("RepoDigests") or ():
        repository, _, digest = name.partition("@")
        if reference.same_repository(repository):
            return str(digest)
    return ""


def _base(image: Image, reference: Reference, digest: str) -> ReadyBase:
    return ReadyBase(
        reference=reference.text,
        source=BaseSource.REGISTRY,
        digest=digest,
        build_ref=reference.pinned(digest),
        diff_ids=tuple(image.attrs["RootFS"].get("Layers") or ()),
        recipe="",
    )
