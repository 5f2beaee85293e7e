"""A proxy between the command line and its engine, through which the engine is at fault.

One thread a connection, one request a connection: the head of the request is read, and the engine is asked to
close after its answer; then bytes are passed on both ways until one side ends, hijacked streams (`Upgrade`) too.
https://docs.docker.com/reference/api/engine/version/v1.45/
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from imagematrix.model import Engine

_CHUNK: Final = 1 << 16
_LONGEST: Final = 120.0  # seconds that anything here lasts, should a test not end it
_HEAD_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request that has come: its first line without the protocol, and what can be done about it."""

    line: str  # "POST /v1.45/containers/create"
    head: bytes
    client: socket.socket
    proxy: Proxy

    def forward(self, most: int | None = None) -> None:
        """Let the engine answer; `most` bytes of it, and then the connection ends."""
        engine = self.proxy.to_engine()
        with engine:
            engine.sendall(self.head)
            up = threading.Thread(target=_pump, args=(self.client, engine), daemon=True)
            up.start()
            _pump(engine, self.client, most)
            # Who reads the client's side must not wait for more of it.
            _shut(self.client)
            up.join(timeout=_LONGEST)


# What is done about a request in place of forwarding it.
Does = Callable[[Call], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done about the requests on a route (a pattern of "METHOD /path"), from the nth of them on."""

    route: str
    does: Does
    nth: int = 1
    once: bool = False  # that one request alone


def cut(_: Call) -> None:
    """No answer: the connection ends."""


def hang(call: Call) -> None:
    """The connection stays, and nothing is said, until the proxy ends."""
    call.proxy.ended.wait(timeout=_LONGEST)


def gone(call: Call) -> None:
    """The engine's end: this connection and all that are open are cut, and no new one is taken."""
    call.proxy.refuse()


def restarts(seconds: float) -> Does:
    """Gone for so long, and then there again."""

    def does(call: Call) -> None:
        call.proxy.refuse()
        if not call.proxy.ended.wait(timeout=seconds):
            call.proxy.listen()

    return does


def soon(seconds: float, what: Does) -> Does:
    """This is answered, and so much later the other thing happens."""

    def does(call: Call) -> None:
        timer = threading.Timer(seconds, what, (call,))
        timer.daemon = True
        timer.start()
        call.forward()

    return does


def says(status: int, body: bytes, *, kind: str = "application/json") -> Does:
    """An answer that the engine never gave."""
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"

    def does(call: Call) -> None:
        call.client.sendall(head.encode() + b"Connection: close" + _HEAD_END + body)

    return does


def refuses(message: str, status: int = 500) -> Does:
    """An error in the engine's own form."""
    return says(status, f'{{"message": "{message}"}}'.encode())


def cuts_after(count: int) -> Does:
    """So many bytes of the engine's answer, its head among them."""
    return lambda call: call.forward(count)


def slow(seconds: float) -> Does:
    """Every answer comes late."""

    def does(call: Call) -> None:
        time.sleep(seconds)
        call.forward()

    return does


def after(what: Callable[[], object]) -> Does:
    """Something happens to the engine right before it answers."""

    def does(call: Call) -> None:
        what()
        call.forward()

    return does


@dataclass(kw_only=True, slots=True)
class Proxy:
    """It listens on a Unix socket; `lines` are the requests so far."""

    path: Path
    upstream: Path
    faults: tuple[Fault, ...]
    lines: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    _counts: dict[int, int] = field(default_factory=dict)
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listening: socket.socket | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {"DOCKER_HOST": f"unix://{self.path}"}

    def listen(self) -> None:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.path))
        listening.listen(64)
        self._listening = listening
        threading.Thread(target=self._serve, args=(listening,), daemon=True).start()

    def refuse(self) -> None:
        """Take no connection any more, and cut those that there are."""
        with self._lock:
            listening, self._listening = self._listening, None
            opened = list(self._open)
        self.path.unlink(missing_ok=True)
        if listening is not None:
            _shut(listening)  # closed alone, it would take one more connection
            listening.close()
        for each in opened:
            _shut(each)

    def end(self) -> None:
        self.ended.set()
        self.refuse()

    def to_engine(self) -> socket.socket:
        engine = socket.socket(socket.AF_UNIX)
        engine.connect(str(self.upstream))
        return engine

    def _serve(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                threading.Thread(target=self._take, args=(client,), daemon=True).start()

    def _take(self, client: socket.socket) -> None:
        with self._lock:
            self._open.add(client)
        try:
            with client, suppress(OSError):
                if (head := _head(client)) is not None:
                    line = head.split(b" HTTP/", 1)[0].decode("ascii", "replace")
                    call = Call(line=line, head=_closing(head), client=client, proxy=self)
                    self._fault(line)(call)
        finally:
            with self._lock:
                self._open.discard(client)

    def _fault(self, line: str) -> Does:
        with self._lock:
            self.lines.append(line)
            for number, fault in enumerate(self.faults):
                if re.search(fault.route, line):
                    count = self._counts[number] = self._counts.get(number, 0) + 1
                    if count == fault.nth or (count > fault.nth and not fault.once):
                        return fault.does
        return Call.forward


def _head(client: socket.socket) -> bytes | None:
    """All that came up to the end of the head, and what came with it; None where nothing is asked."""
    raw = b""
    while _HEAD_END not in raw:
        chunk = client.recv(_CHUNK)
        if not chunk:
            return None
        raw += chunk
    return raw


def _closing(raw: bytes) -> bytes:
    """The request with `Connection: close`, but where the connection itself is what is asked for."""
    head, end, rest = raw.partition(_HEAD_END)
    lines = head.split(b"\r\n")
    if any(line.lower().startswith(b"upgrade:") for line in lines):
        return raw
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"]) + end + rest


def _pump(source: socket.socket, sink: socket.socket, most: int | None = None) -> None:
    """Pass bytes on until the source ends; then the sink is told so."""
    with suppress(OSError):
        while most is None or most > 0:
            chunk = source.recv(_CHUNK if most is None else min(_CHUNK, most))
            if not chunk:
                break
            sink.sendall(chunk)
            most = None if most is None else most - len(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _shut(link: socket.socket) -> None:
    with suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(engine: Engine, path: Path, *faults: Fault) -> Iterator[Proxy]:
    """The engine, on a Unix socket, through a proxy at `path` with these faults; of several the first counts."""
    assert engine.host.startswith("unix://"), engine.host
    proxy = Proxy(path=path, upstream=Path(engine.host.removeprefix("unix://")), faults=faults)
    proxy.listen()
    try:
        yield proxy
    finally:
        proxy.end()
