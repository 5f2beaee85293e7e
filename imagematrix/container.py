"""One running container: labelled, limited, published on 127.0.0.1 alone, and always removed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import docker
import requests
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from imagematrix.errors import StepError
from imagematrix.model import LABEL_KIND, LABEL_RUN, Step

_MEMORY: Final = "512m"  # with as much again of swap counted in: none
_PIDS: Final = 256
_LOG_OPTIONS: Final = {"max-size": "1m", "max-file": "1"}
_LAST_LINES: Final = 8
_LAST_BYTES: Final = 2000  # of a log line or of a command's output that goes into a message


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a container's first process ended."""

    exit_code: int
    out_of_memory: bool
    last_lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exec:
    """What a command run inside the container gave."""

    exit_code: int
    output: str  # standard output and error, cut at a bound

    @property
    def found(self) -> bool:
        """Whether the command was there at all; engines answer 126 or 127 when it is not."""
        return self.exit_code not in (126, 127)


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A started container."""

    client: docker.DockerClient
    id: str
    host: str
    port: int  # on 127.0.0.1
    inner_port: int
    started: float  # time.monotonic() when the engine's start call came back
    entrypoint: tuple[str, ...]  # the image's own

    def ended(self) -> Ended | None:
        """How the container ended; None while it runs."""
        container = self._container()
        state = container.attrs["State"]
        if state["Running"] or state["Status"] == "created":
            return None
        return Ended(
            exit_code=int(state["ExitCode"]),
            out_of_memory=bool(state["OOMKilled"]),
            last_lines=self.last_lines(),
        )

    def last_lines(self) -> tuple[str, ...]:
        """The last lines that the container wrote, each cut at a bound."""
        raw = self._container().logs(tail=_LAST_LINES, stdout=True, stderr=True)
        return tuple(line[:_LAST_BYTES] for line in raw.decode("utf-8", errors="replace").splitlines())

    def exec(self, *command: str) -> Exec:
        """Run a command inside, as root; a command that is not there gives exit code 126 or 127."""
        api = self.client.api
        try:
            exec_id = api.exec_create(self.id, list(command), user="0")["Id"]
            output = api.exec_start(exec_id)
            exit_code = api.exec_inspect(exec_id)["ExitCode"]
        except APIError as error:
            # Some engines refuse the start of a missing command instead of giving it an exit code.
            if "executable file" in str(error) or "no such file" in str(error):
                return Exec(exit_code=127, output=str(error.explanation))
            raise
        text = output[: 64 * _LAST_BYTES].decode("utf-8", errors="replace")
        return Exec(exit_code=127 if exit_code is None else int(exit_code), output=text)

    def _container(self) -> Container:
        return self.client.containers.get(self.id)


@contextmanager
def running(
    client: docker.DockerClient,
    image_ref: str,
    *,
    port: int,
    env: Mapping[str, str],
    command: tuple[str, ...],
    labels: Mapping[str, str],
    entrypoint: tuple[str, ...],
) -> Iterator[Running]:
    """Start a container of the image and remove it at the end, whatever happens in between.

    `port` is the app's inside; it is published on a free port of 127.0.0.1.  `entrypoint` is the image's
    own, for probes that must know it; it is not changed.  Raises StepError where the container cannot be
    started at all (its command is not there, say).
    """
    container = client.containers.create(
        image_ref,
        command=list(command) or None,
        environment=dict(env),
        init=True,
        labels={**labels, LABEL_KIND: "container"},
        log_config=docker.types.LogConfig(type="json-file", config=_LOG_OPTIONS),
        mem_limit=_MEMORY,
        memswap_limit=_MEMORY,
        pids_limit=_PIDS,
        ports={f"{port}/tcp": ("127.0.0.1", 0)},  # 0: a free one
        security_opt=["no-new-privileges"],
    )
    try:
        try:
            container.start()
        except APIError as error:
            raise StepError(Step.SMOKE, f"the container cannot be started: {error.explanation}") from error
        started = time.monotonic()
        container.reload()
        published = (container.ports or {}).get(f"{port}/tcp") or []
        yield Running(
            client=client,
            id=str(container.id),
            host="127.0.0.1",
            port=int(published[0]["HostPort"]) if published else 0,
            inner_port=port,
            started=started,
            entrypoint=entrypoint,
        )
    finally:
        remove(container)


def remove(container: Container) -> None:
    """Remove one container by force; that it is gone already is fine."""
    with suppress(NotFound):
        try:
            container.remove(force=True, v=True)
        except APIError as error:
            # "removal of container … is already in progress": someone else's removal will do.
            if error.response is None or error.response.status_code != requests.codes.conflict:
                raise


def sweep(client: docker.DockerClient, run_id: str) -> None:
    """Remove whatever containers of one run are still there, by its label."""
    label = f"{LABEL_RUN}={run_id}"
    for container in client.containers.list(all=True, filters={"label": label}, ignore_removed=True):
        remove(container)
