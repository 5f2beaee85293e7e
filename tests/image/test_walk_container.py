from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace
from typing import cast

import pytest
from docker.models.containers import Container

from imagematrix import attached
from imagematrix.attached import Attached
from imagematrix.image import walk_container
from imagematrix.image.walk_lines import WalkRefusedError


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[socket.socket, Attached]]:
    """The far end of a container's streams, and what reads them."""
    monkeypatch.setattr(walk_container, "_SILENT_SECONDS", 0.5)
    monkeypatch.setattr(attached, "_POLL_SECONDS", 0.05)
    far, near = socket.socketpair()
    container = cast(Container, SimpleNamespace(attach_socket=lambda **_: near))
    with far, closing(walk_container._attached(container, threading.Event())) as near_end:
        near_end.write(b"")
        yield far, near_end


def frame(text: bytes) -> bytes:
    return struct.pack(">BxxxL", 1, len(text)) + text


def test_a_node_that_says_nothing_is_not_waited_for(inside: tuple[socket.socket, Attached]) -> None:
    far, near = inside
    far.sendall(frame(b"one\n"))
    lines = walk_container._lines(near)
    assert next(lines) == b"one"
    with pytest.raises(WalkRefusedError, match="the node inside has said nothing for"):
        next(lines)


def test_one_that_takes_its_time_but_goes_on_telling_is(inside: tuple[socket.socket, Attached]) -> None:
    far, near = inside

    def tell() -> None:
        for _ in range(5):
            time.sleep(0.2)
            far.sendall(frame(b"word\n"))
        far.close()

    thread = threading.Thread(target=tell)
    thread.start()
    assert list(walk_container._lines(near)) == [b"word"] * 5
    thread.join()
