from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from imagematrix.attached import Attached, LateError
from imagematrix.errors import Interrupted


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The engine's end of a connection, and ours."""
    far, near = socket.socketpair()
    with far, near:
        yield far, near


def frame(source: int, text: bytes) -> bytes:
    return struct.pack(">BxxxL", source, len(text)) + text


def test_what_is_said_is_told_by_its_stream_however_it_is_cut(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    far, near = ends
    whole = frame(1, b"out") + frame(2, b"err") + frame(1, b"")
    far.sendall(whole[:5])

    def rest() -> None:
        time.sleep(0.1)
        far.sendall(whole[5:])
        far.close()

    thread = threading.Thread(target=rest)
    thread.start()
    told = list(Attached(near, stop=threading.Event(), seconds=5).frames())
    thread.join()
    assert [(source, text) for source, text in told if text] == [(1, b"out"), (2, b"err")]


def test_one_that_does_not_end_is_not_waited_for(ends: tuple[socket.socket, socket.socket]) -> None:
    _, near = ends
    begun = time.monotonic()
    with pytest.raises(LateError, match="has not ended after 1 s"):
        list(Attached(near, stop=threading.Event(), seconds=1).frames())
    assert time.monotonic() - begun < 3


def test_one_that_goes_on_saying_has_an_end_all_the_same(ends: tuple[socket.socket, socket.socket]) -> None:
    far, near = ends
    far.settimeout(0.2)
    frames = Attached(near, stop=threading.Event(), seconds=1).frames()

    def drain() -> None:
        for _ in frames:
            far.sendall(frame(1, b"more"))

    far.sendall(frame(1, b"more"))
    with pytest.raises(LateError, match="has not ended after 1 s"):
        drain()


def test_a_request_to_stop_is_heard_at_once(ends: tuple[socket.socket, socket.socket]) -> None:
    _, near = ends
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Interrupted):
        list(Attached(near, stop=stop, seconds=60).frames())
    assert time.monotonic() - begun < 3
