"""The container that a walk runs in: no network, nothing writable, few rights, and always removed."""

from __future__ import annotations

import json
import posixpath
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from importlib import resources
from typing import Final

import docker
from docker.errors import APIError
from docker.models.containers import Container

from imagematrix.attached import STDOUT, Attached, LateError
from imagematrix.creation import create_container
from imagematrix.image.files import ENGINE_PLACES, FIRST_BYTES, WANTED, WANTED_ELF, WANTED_LIMIT_BYTES
from imagematrix.image.walk_lines import LINE_LIMIT_BYTES, WalkRefusedError
from imagematrix.removal import remove

SCRIPT: Final = resources.files("imagematrix.image").joinpath("walk.js").read_text(encoding="utf-8")
_NODES: Final = ("node", "/nodejs/bin/node")  # on the PATH; where distroless has it
_PIDS: Final = 64  # node's own threads are a dozen
_SECONDS: Final = 120.0  # a million files take some ten
_SILENT_SECONDS: Final = 20.0  # its first word comes at once, others after each few thousand files
_TOLD_LIMIT_BYTES: Final = 1 << 30  # of all that a walk says
_SAID_BYTES: Final = 300  # of a program's last words, in a message


def tell(
    client: docker.DockerClient,
    ref: str,
    *,
    entrypoint: Sequence[str],
    labels: Mapping[str, str],
    stop: threading.Event,
) -> Generator[bytes, None, None]:
    """The lines of a walk (see `walk.js`).

    `entrypoint` is the image's own: its node may be there alone.  Raises WalkRefusedError where no node can
    be started, or it says too much or for too long; Interrupted when `stop` is set.  The container is
    removed when the iterator is closed, whatever happens.
    """
    own = [word for word in entrypoint[:1] if posixpath.basename(word) == "node"]
    for node in dict.fromkeys((*own, *_NODES)):
        container = _create(client, ref, node, labels)
        try:
            volumes = [mount["Destination"] for mount in container.attrs.get("Mounts") or ()]
            with closing(_attached(container, stop)) as attached:
                try:
                    container.start()
                except APIError as error:
                    if _is_missing(error):
                        continue
                    raise WalkRefusedError(f"node cannot be started: {error.explanation}") from error
                attached.write(_script(volumes))
                yield from _lines(attached)
        finally:
            remove(container)
        return
    raise WalkRefusedError("no node is in the image, or none that can be started")


def _create(client: docker.DockerClient, ref: str, node: str, labels: Mapping[str, str]) -> Container:
    return create_container(
        client,
        ref,
        entrypoint=[node],
        command=["-"],
        stdin_open=True,
        environment={"NODE_OPTIONS": "", "LD_PRELOAD": ""},  # the image's own are for its app
        labels=labels,
        log_config=docker.types.LogConfig(type="none"),
        network_mode="none",
        read_only=True,
        user="0",
        working_dir="/",  # the engine makes the image's own where it is not there
        cap_drop=["ALL"],
        cap_add=["DAC_READ_SEARCH"],  # root without it cannot read what is another user's alone
        pids_limit=_PIDS,
    )


def _is_missing(error: APIError) -> bool:
    told = str(error.explanation).lower()
    return "executable file" in told or "no such file" in told or "not found" in told


def _script(volumes: Sequence[str]) -> bytes:
    order = {
        "wanted": [*WANTED, *WANTED_ELF],
        "limit": WANTED_LIMIT_BYTES,
        "first": FIRST_BYTES,
        "volumes": volumes,  # the engine has filled them with what the image has there
        "skipped": ENGINE_PLACES,
    }
    return f"const order = {json.dumps(order)}\n{SCRIPT}".encode()


def _attached(container: Container, stop: threading.Event) -> Attached:
    held = container.attach_socket(params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    return Attached(held, stop=stop, seconds=_SECONDS, silent_seconds=_SILENT_SECONDS)


def _lines(attached: Attached) -> Iterator[bytes]:
    """What the program writes to its standard output, line by line."""
    rest, said, told = bytearray(), b"", 0
    for source, chunk in _frames(attached):
        if source != STDOUT:
            said = (said + chunk)[-_SAID_BYTES:]
            continue
        told += len(chunk)
        rest += chunk
        if told > _TOLD_LIMIT_BYTES or len(rest) > LINE_LIMIT_BYTES:
            raise WalkRefusedError("the node inside says too much")
        if b"\n" in chunk:
            *lines, last = bytes(rest).split(b"\n")
            rest = bytearray(last)
            yield from lines
    if rest or not told:
        words = said.decode("utf-8", errors="replace").split()
        raise WalkRefusedError(f"the node inside failed: {' '.join(words) or 'it said nothing'}")


def _frames(attached: Attached) -> Iterator[tuple[int, bytes]]:
    try:
        yield from attached.frames()
    except LateError as late:
        raise WalkRefusedError(f"the node inside {late}") from late
