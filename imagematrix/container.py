"""One running container: labelled, limited, on 127.0.0.1 or a closed network, and always removed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from ipaddress import ip_interface
from typing import Final, Protocol, TypeAlias

import docker
import requests
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from imagematrix.attached import Attached, LateError
from imagematrix.creation import closed_network, create_container
from imagematrix.errors import StepError, UnansweredError
from imagematrix.model import LABEL_RUN, Step
from imagematrix.removal import is_conflict, remove
from imagematrix.text import one_line

Client: TypeAlias = docker.DockerClient  # for those who pass one on
_LOG_OPTIONS: Final = {"max-size": "1m", "max-file": "1"}
_LAST_LINES: Final = 20  # an uncaught error's own line stands above some 15 of its stack
_LAST_CHARACTERS: Final = 500  # of a log line in a message
_OUTPUT_BYTES: Final = 1 << 20  # that a command may say
EXEC_SECONDS: Final = 20.0  # that it may take


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
    output: str  # standard output and error

    @property
    def found(self) -> bool:
        """Whether the command was there at all; engines answer 126 or 127 when it is not."""
        return self.exit_code not in (126, 127)


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A started container."""

    client: docker.DockerClient
    id: str
    host: str  # "127.0.0.1"; on a closed network the container's own address
    port: int  # at `host`
    inner_port: int
    started: float  # time.monotonic() when the engine's start call came back
    entrypoint: tuple[str, ...]  # the image's own
    stop: threading.Event  # when it is set, nothing inside is waited for any more
    closed_subnet: str = ""  # of the closed network that it is on: "172.18.0.0/16"

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
        return last_lines(raw)

    def exec(self, *command: str, seconds: float = EXEC_SECONDS) -> Exec:
        """Run a command inside, as root; a command that is not there gives exit code 126 or 127.

        Raises UnansweredError where it has not ended after so many seconds, or says too much; it may go on
        until its container is removed.  Raises Interrupted.
        """
        said = bytearray()
        try:
            with self._started(command, seconds) as (exec_id, chunks):
                for chunk in chunks:
                    said += chunk
                    if len(said) > _OUTPUT_BYTES:
                        raise UnansweredError(
                            Step.MEASURE, f"{_called(command)} says more than {_OUTPUT_BYTES} bytes"
                        )
            exit_code = self.client.api.exec_inspect(exec_id).get("ExitCode")
        except APIError as error:
            # Some engines refuse the start of a missing command instead of giving it an exit code.
            if "executable file" in str(error) or "no such file" in str(error):
                return Exec(exit_code=127, output=str(error.explanation))
            raise
        text = said.decode("utf-8", errors="replace")
        return Exec(exit_code=127 if exit_code is None else int(exit_code), output=text)

    @contextmanager
    def follow(self, *command: str, seconds: float) -> Iterator[Iterator[bytes]]:
        """Run a command inside, as root, and give what it writes as it comes; it ends with the container.

        The iterator raises UnansweredError where it has not ended after so many seconds; Interrupted.
        """
        with self._started(command, seconds) as (_, chunks):
            yield chunks

    @contextmanager
    def _started(self, command: tuple[str, ...], seconds: float) -> Iterator[tuple[str, Iterator[bytes]]]:
        api = self.client.api
        exec_id = api.exec_create(self.id, list(command), user="0")["Id"]
        held = api.exec_start(exec_id, socket=True)
        with closing(Attached(held, stop=self.stop, seconds=seconds)) as attached:
            yield exec_id, _chunks(attached, command)

    def processes(self) -> tuple[str, ...]:
        """The command lines of what runs inside, PID 1's first, by the engine's `top`; () if it cannot tell."""
        try:
            told = self.client.api.top(self.id)
        except APIError:  # the engine's machine has no ps, or the container has ended
            return ()
        processes = [dict(zip(told["Titles"], row, strict=False)) for row in told.get("Processes") or ()]
        rows = [(int(each["PID"]), each["CMD"]) for each in processes if each.keys() >= {"PID", "CMD"}]
        first = {1, int(self._container().attrs["State"]["Pid"])}  # by whose PID namespace the engine counts
        return tuple(command for _, command in sorted(rows, key=lambda row: (row[0] not in first, row[0])))

    def memory_statistics(self) -> tuple[int | None, Mapping[str, int]]:
        """The engine's figures of its memory now: bytes of usage, None where it does not tell, and its parts."""
        told = self.client.api.stats(self.id, stream=False, one_shot=True).get("memory_stats") or {}
        return told.get("usage"), told.get("stats") or {}

    def stop_signal(self) -> str:
        """The signal that it is stopped by, as its config has it; "" where that is left to the engine."""
        return str(self._container().attrs["Config"].get("StopSignal") or "")

    def signal(self, number: int) -> None:
        """Send PID 1 a signal; that it has ended already is fine."""
        try:
            self.client.api.kill(self.id, number)
        except APIError as error:
            if not is_conflict(error):
                raise

    def wait(self, seconds: int) -> int | None:
        """The exit code of PID 1 once it has ended; None where it runs for so many seconds more."""
        try:
            return int(self.client.api.wait(self.id, timeout=seconds)["StatusCode"])
        except (requests.ReadTimeout, requests.ConnectionError):
            ended = self.ended()  # raises what is amiss where it is not the time that ran out
            return None if ended is None else ended.exit_code

    def _container(self) -> Container:
        return self.client.containers.get(self.id)


def _chunks(attached: Attached, command: tuple[str, ...]) -> Iterator[bytes]:
    try:
        for _, chunk in attached.frames():
            yield chunk
    except LateError as late:
        raise UnansweredError(Step.MEASURE, f"{_called(command)} {late}") from late


def _called(command: tuple[str, ...]) -> str:
    return f"`{one_line(command[0][:_LAST_CHARACTERS])}` inside"


def last_lines(raw: bytes) -> tuple[str, ...]:
    """What a container wrote, as lines that are safe to show, each cut at a bound."""
    text = raw.decode("utf-8", errors="replace")
    return tuple(one_line(line[:_LAST_CHARACTERS]) for line in text.splitlines())


class Start(Protocol):
    """Starts a container of one variant under the conditions asked for: `running`, all else filled in."""

    def __call__(
        self,
        *,
        init: bool = True,
        read_only: bool = False,
        user: str = "",
        cap_drop: tuple[str, ...] = (),
        cap_add: tuple[str, ...] = (),
        closed: bool = False,
    ) -> AbstractContextManager[Running]: ...


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
    stop: threading.Event,
    init: bool = True,
    read_only: bool = False,
    user: str = "",
    cap_drop: tuple[str, ...] = (),
    cap_add: tuple[str, ...] = (),
    closed: bool = False,
) -> Iterator[Running]:
    """Start a container of the image and remove it at the end, whatever happens in between.

    `port` is the app's inside; it is published on a free port of 127.0.0.1.  `entrypoint` is the image's
    own, for probes that must know it; it is not changed.  `init` puts the engine's init before the app,
    `read_only` makes the root file system so, `user` "" is the image's own, `cap_drop` and `cap_add` are
    capabilities, and `closed` puts the container on a network of its own that has no way out, where it is
    asked at its own address.  Raises StepError where the container cannot be started so (its command is
    not there, say).
    """
    with closed_network(client, labels) if closed else nullcontext("") as network:
        try:
            container = create_container(
                client,
                image_ref,
                cap_add=list(cap_add),
                cap_drop=list(cap_drop),
                command=list(command) or None,
                environment=dict(env),
                init=init,
                labels=labels,
                log_config=docker.types.LogConfig(type="json-file", config=_LOG_OPTIONS),
                network=network or None,
                ports=None if closed else {f"{port}/tcp": ("127.0.0.1", 0)},  # 0: a free one
                read_only=read_only,
                user=user or None,
            )
        except NotFound:
            raise
        except APIError as error:
            raise StepError(Step.SMOKE, f"the container cannot be created: {error.explanation}") from error
        try:
            try:
                container.start()
            except APIError as error:
                raise StepError(
                    Step.SMOKE, f"the container cannot be started: {error.explanation}"
                ) from error
            started = time.monotonic()
            container.reload()
            host, outer_port, subnet = _address(container, port, network)
            yield Running(
                client=client,
                id=str(container.id),
                host=host,
                port=outer_port,
                inner_port=port,
                started=started,
                entrypoint=entrypoint,
                stop=stop,
                closed_subnet=subnet,
            )
        finally:
            remove(container)


def _address(container: Container, port: int, network: str) -> tuple[str, int, str]:
    """Where the container is asked, and the subnet of the closed network that it is on.

    One that has ended already has no address any more: then it is a port that nobody can listen on.
    """
    if network:
        told = (container.attrs["NetworkSettings"].get("Networks") or {}).get(network) or {}
        if told.get("IPAddress"):
            own = ip_interface(f"{told['IPAddress']}/{told.get('IPPrefixLen', 0)}")
            return str(own.ip), port, str(own.network)
    published = (container.ports or {}).get(f"{port}/tcp") or []
    return "127.0.0.1", int(published[0]["HostPort"]) if published else 0, ""


def sweep(client: docker.DockerClient, run_id: str) -> None:
    """Remove whatever containers and networks of one run are still there, by its label."""
    filters: dict[str, str | list[str] | bool] = {"label": f"{LABEL_RUN}={run_id}"}
    for container in client.containers.list(all=True, filters=filters, ignore_removed=True):
        remove(container)
    for network in client.networks.list(filters=filters):
        with suppress(NotFound):
            network.remove()
