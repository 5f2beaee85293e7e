"""Commands inside a container that is not there: the engine's end of the connection is the test's."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import cast

import docker
import pytest

from imagematrix.container import Running
from imagematrix.errors import UnansweredError


@contextmanager
def saying(say: Callable[[socket.socket], None]) -> Iterator[Running]:
    far, near = socket.socketpair()

    def speak() -> None:
        with far, suppress(OSError):
            say(far)

    api = SimpleNamespace(
        exec_create=lambda *_, **__: {"Id": "1"},
        exec_start=lambda *_, **__: near,
        exec_inspect=lambda _: {"ExitCode": 3},
    )
    thread = threading.Thread(target=speak)
    thread.start()
    yield Running(
        client=cast(docker.DockerClient, SimpleNamespace(api=api)),
        id="0",
        host="127.0.0.1",
        port=0,
        inner_port=3000,
        started=0.0,
        entrypoint=(),
        stop=threading.Event(),
    )
    thread.join(timeout=10)
    assert not thread.is_alive(), "the connection was to be closed"


def frame(text: bytes) -> bytes:
    return struct.pack(">BxxxL", 1, len(text)) + text


def test_what_a_command_says_and_how_it_ends() -> None:
    with saying(lambda far: far.sendall(frame(b"one ") + frame(b"two"))) as running:
        done = running.exec("sh", "-c", "...")
    assert (done.exit_code, done.output) == (3, "one two")


def test_one_that_says_too_much_is_read_up_to_a_bound() -> None:
    sent: list[int] = []

    def flood(far: socket.socket) -> None:
        while True:
            far.sendall(frame(b"x" * 65_536))
            sent.append(65_536)

    with (
        saying(flood) as running,
        pytest.raises(UnansweredError, match=r"measure: `bash` inside says more than 1048576 bytes"),
    ):
        running.exec("bash")
    assert sum(sent) < 8 << 20


def test_one_that_does_not_end_is_left() -> None:
    gone = threading.Event()

    def wait(far: socket.socket) -> None:
        far.recv(1)  # until it is closed at the other end
        gone.set()

    begun = time.monotonic()
    with (
        saying(wait) as running,
        pytest.raises(UnansweredError, match=r"`bash` inside has not ended after 1 s"),
    ):
        running.exec("bash", seconds=1)
    assert time.monotonic() - begun < 5
    assert gone.wait(timeout=5)
