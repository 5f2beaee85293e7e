"""Image references, as the Dockerfile writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from imagematrix.errors import BaseImageError

_DOCKER_HUB = "docker.io"
_REFERENCE = re.compile(
    r"(?P<repository>(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d+)?/)?[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """ "node:24", "gcr.io/distroless/nodejs24-debian13", "127.0.0.1:5000/node@sha256:…", taken apart."""

    text: str  # as written
    repository: str  # as written: "node", "127.0.0.1:5000/node"
    tag: str  # "latest" where the reference names neither tag nor digest; "" where a digest alone
    digest: str  # "sha256:…", or ""

    @property
    def host(self) -> str:
        """The registry."""
        first, slash, _ = self.repository.partition("/")
        return first if slash and ("." in first or ":" in first or first == "localhost") else _DOCKER_HUB

    @property
    def tagged(self) -> str:
        """Without the digest: "node:24"."""
        return f"{self.repository}:{self.tag}" if self.tag else self.repository

    def pinned(self, digest: str) -> str:
        """By digest alone, which is what engines look images up by: "node@sha256:…"."""
        return f"{self.repository}@{digest}"

    def same_repository(self, other: str) -> bool:
        """Whether `other`, a repository in any of its spellings, is this one: "docker.io/library/node"."""
        return _familiar(self.repository) == _familiar(other)


def parse(text: str) -> Reference:
    """Raises BaseImageError when `text` is no image reference."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise BaseImageError(
            f"{text!r} is not an image reference",
            next_step="write it as in a Dockerfile's FROM: name:tag, host/name:tag or name@sha256:…",
        )
    digest = match["digest"] or ""
    return Reference(
        text=text,
        repository=match["repository"],
        tag=match["tag"] or ("" if digest else "latest"),
        digest=digest,
    )


def _familiar(repository: str) -> str:
    for prefix in ("index.docker.io/", "docker.io/"):
        repository = repository.removeprefix(prefix)
    return repository.removeprefix("library/")
