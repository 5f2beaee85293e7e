"""The container that a walk runs in: no network, nothing writable, few rights, and always removed."""

from __future__ import annotations

import io
import json
import posixpath
import socket
import struct
import tarfile
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from importlib import resources
from typing import Final, cast

import docker
import requests
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from imagematrix.errors import Interrupted
from imagematrix.image.files import WANTED, WANTED_ELF, WANTED_LIMIT_BYTES
from imagematrix.image.walk_lines import LINE_LIMIT_BYTES, WalkRefusedError
from imagematrix.limits import limits
from imagematrix.model import LABEL_KIND
from imagematrix.removal import remove

SCRIPT: Final = resources.files("imagematrix.image").joinpath("walk.js").read_text(encoding="utf-8")
# What an engine mounts over, or makes where an image has it not; asked of the engine, before the start.
HIDDEN: Final = (
    "/.dockerenv",
    "/dev",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/mtab",
    "/etc/resolv.conf",
    "/proc",
    "/run/.containerenv",
    "/run/secrets",
    "/sys",
)
_NODES: Final = ("node", "/nodejs/bin/node")  # on the PATH; where distroless has it
_PIDS: Final = 64  # node's own threads are a dozen
_SECONDS: Final = 120.0  # a million files take some ten
_POLL_SECONDS: Final = 0.2
_TOLD_LIMIT_BYTES: Final = 1 << 30  # of all that a walk says
_HIDDEN_LIMIT_BYTES: Final = 16 << 20  # of what is in one of those places; an honest image has nothing
_SAID_BYTES: Final = 300  # of a program's last words, in a message
# A frame of an attached container's output (Docker API, "Attach to a container"): its stream and its size.
_HEAD: Final = struct.Struct(">BxxxL")
_STDOUT: Final = 1
_KINDS: Final = {tarfile.REGTYPE: "f", tarfile.LNKTYPE: "f", tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l"}


def tell(
    client: docker.DockerClient,
    ref: str,
    *,
    entrypoint: Sequence[str],
    labels: Mapping[str, str],
    stop: threading.Event,
) -> Generator[bytes, None, None]:
    """The lines of a walk (see `walk.js`), and after them those of what the engine hides from it.

    `entrypoint` is the image's own: its node may be there alone.  Raises WalkRefusedError where no node can
    be started, or it says too much or for too long; Interrupted when `stop` is set.  The container is
    removed when the iterator is closed, whatever happens.
    """
    own = [word for word in entrypoint[:1] if posixpath.basename(word) == "node"]
    for node in dict.fromkeys((*own, *_NODES)):
        container = _create(client, ref, node, labels)
        try:
            hidden = _hidden(container)
            volumes = [mount["Destination"] for mount in container.attrs["Mounts"]]
            with closing(_Attached(container, stop)) as attached:
                try:
                    container.start()
                except APIError as error:
                    if _is_missing(error):
                        continue
                    raise WalkRefusedError(f"node cannot be started: {error.explanation}") from error
                attached.write(_script(volumes))
                yield from attached.lines()
        finally:
            remove(container)
        yield from hidden
        return
    raise WalkRefusedError("no node is in the image, or none that can be started")


def _create(client: docker.DockerClient, ref: str, node: str, labels: Mapping[str, str]) -> Container:
    return client.containers.create(
        ref,
        entrypoint=[node],
        command=["-"],
        stdin_open=True,
        environment={"NODE_OPTIONS": "", "LD_PRELOAD": ""},  # the image's own are for its app
        labels={**labels, LABEL_KIND: "container"},
        log_config=docker.types.LogConfig(type="none"),
        network_mode="none",
        read_only=True,
        user="0",
        working_dir="/",  # the engine makes the image's own where it is not there
        cap_drop=["ALL"],
        cap_add=["DAC_READ_SEARCH"],  # root without it cannot read what is another user's alone
        **{**limits(client), "pids_limit": _PIDS},
    )


def _is_missing(error: APIError) -> bool:
    told = str(error.explanation).lower()
    return "executable file" in told or "no such file" in told or "not found" in told


def _script(volumes: Sequence[str]) -> bytes:
    order = {
        "wanted": [*WANTED, *WANTED_ELF],
        "limit": WANTED_LIMIT_BYTES,
        "volumes": volumes,  # the engine has filled them with what the image has there
        "skipped": HIDDEN,
    }
    return f"const order = {json.dumps(order)}\n{SCRIPT}".encode()


class _Attached:
    """The standard streams of a container that is about to start."""

    def __init__(self, container: Container, stop: threading.Event) -> None:
        params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self._held = container.attach_socket(params=params)
        # The SDK gives a file round a socket, which holds the connection open.
        self._socket = cast(socket.socket, getattr(self._held, "_sock", self._held))
        self._stop = stop
        self._end = time.monotonic() + _SECONDS

    def close(self) -> None:
        self._held.close()
        self._socket.close()

    def write(self, script: bytes) -> None:
        """Give the program all of its standard input."""
        self._socket.settimeout(_SECONDS)
        self._socket.sendall(script)
        self._socket.shutdown(socket.SHUT_WR)
        self._socket.settimeout(_POLL_SECONDS)

    def lines(self) -> Iterator[bytes]:
        """What the program writes to its standard output, line by line."""
        rest, said, told = bytearray(), b"", 0
        for source, chunk in self._frames():
            if source != _STDOUT:
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

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        """(1 for standard output or 2 for standard error, some bytes), until the program has ended."""
        head = b""
        while chunk := self._receive(_HEAD.size - len(head)):
            head += chunk
            if len(head) < _HEAD.size:
                continue
            source, left = _HEAD.unpack(head)
            head = b""
            while left and (chunk := self._receive(min(left, 1 << 18))):
                left -= len(chunk)
                yield source, chunk

    def _receive(self, limit: int) -> bytes:
        while time.monotonic() < self._end:
            if self._stop.is_set():
                raise Interrupted
            try:
                return self._socket.recv(limit)
            except TimeoutError:
                continue
            except OSError as error:
                raise requests.ConnectionError(f"the engine broke off: {error}") from error
        raise WalkRefusedError(f"the node inside has not ended after {_SECONDS:.0f} s")


def _hidden(container: Container) -> list[bytes]:
    """What the image has where its engine mounts something else, as lines of a walk.

    Asked before the start, an engine shows the image's own; and what it has made itself for mounting on,
    which is empty and younger than the container.
    """
    created = datetime.fromisoformat(container.attrs["Created"][:19] + "+00:00").timestamp()
    lines: list[bytes] = []
    for hidden in HIDDEN:
        with suppress(NotFound):
            lines += _told(posixpath.dirname(hidden), _archive(container, hidden), created)
    return lines


def _archive(container: Container, path: str) -> bytes:
    kept = bytearray()
    chunks, _ = container.get_archive(path)
    with closing(cast(Generator[bytes, None, None], chunks)) as stream:
        for chunk in stream:
            kept += chunk
            if len(kept) > _HIDDEN_LIMIT_BYTES:
                raise WalkRefusedError(f"the image has too much in {path}, which its engine mounts over")
    return bytes(kept)


def _told(folder: str, archive: bytes, created: float) -> Iterator[bytes]:
    """Lines of a walk, one an entry, whose names are bytes."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            if member.size == 0 and not member.isdir() and member.mtime >= created:
                continue  # the engine's
            path = posixpath.join(folder, member.name)
            parent, name = (_raw(text) for text in posixpath.split(path))
            kind = _KINDS.get(member.type, "o")
            size = member.size if kind == "f" else 0
            targets = {"0": _raw(member.linkname)} if kind == "l" else {}
            line = ["d", parent, 1, [name], kind, [size], [member.mode & 0o7777], member.uid, {}, targets]
            yield json.dumps(line).encode()


def _raw(text: str) -> str:
    """A character for each byte, as lines of a walk have what is not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
