"""Real servers on loopback that behave as the test says, and a container that is not there."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

import docker

from imagematrix.container import EXEC_SECONDS, Ended, Exec, Running
from imagematrix.errors import UnansweredError

Handler = Callable[[socket.socket], None]


def answer(status: str = "200 OK", body: bytes = b"Hello World!", headers: str = "") -> Handler:
    def handle(link: socket.socket) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        link.sendall(head.encode() + body)

    return handle


@contextmanager
def serving(*handlers: Handler) -> Iterator[int]:
    """A port on loopback.  Each connection is given to the next handler; the last one stays."""
    listener = socket.create_server(("127.0.0.1", 0))
    left = list(handlers)

    def serve() -> None:
        with suppress(OSError):
            while True:
                link, _ = listener.accept()
                handler = left.pop(0) if len(left) > 1 else left[0]
                with link, suppress(OSError):
                    link.recv(65536)
                    handler(link)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)


def closed_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass(frozen=True, kw_only=True, slots=True)
class Pretended(Running):
    """A container as far as probes see one: how it ended, what it logged, what its commands give."""

    end: Ended | None = None
    lines: tuple[str, ...] = ()
    commands: Mapping[str, Exec | UnansweredError] = field(default_factory=dict)

    def ended(self) -> Ended | None:
        return self.end

    def last_lines(self) -> tuple[str, ...]:
        return self.lines

    def exec(self, *command: str, seconds: float = EXEC_SECONDS) -> Exec:
        assert seconds > 0
        done = self.commands.get(command[0], Exec(exit_code=127, output=""))
        if isinstance(done, UnansweredError):
            raise done
        return done


def pretended(
    port: int = 0,
    *,
    end: Ended | None = None,
    lines: tuple[str, ...] = (),
    commands: Mapping[str, Exec | UnansweredError] | None = None,
) -> Pretended:
    return Pretended(
        client=cast(docker.DockerClient, None),
        id="0",
        host="127.0.0.1",
        port=port,
        inner_port=3000,
        started=time.monotonic(),
        entrypoint=(),
        stop=threading.Event(),
        end=end,
        lines=lines,
        commands=commands or {},
    )
