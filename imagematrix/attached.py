"""What a process in a container says, read off the engine's socket: in bounded time, and until asked to stop."""

from __future__ import annotations

import math
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any, Final, cast

import requests

from imagematrix.errors import Interrupted

STDOUT: Final = 1
_POLL_SECONDS: Final = 0.2  # longest wait before the deadline and the stop request are looked at
_PIECE_BYTES: Final = 1 << 18
# A frame of output (Docker API, "Attach to a container"): its stream and its size.
_HEAD: Final = struct.Struct(">BxxxL")


class LateError(Exception):
    """The process has not ended, or has said nothing, for as long as it may; the text says which."""


class Attached:
    """The standard streams of a process that runs inside, or is about to."""

    def __init__(
        self, held: Any, *, stop: threading.Event, seconds: float, silent_seconds: float = math.inf
    ) -> None:
        # The SDK gives the socket, or a file round it, which holds the connection open.
        self._held = held
        self._socket = cast(socket.socket, getattr(held, "_sock", held))
        self._socket.settimeout(_POLL_SECONDS)
        self._stop = stop
        self._seconds, self._silent_seconds = seconds, silent_seconds
        self._end = time.monotonic() + seconds
        self._silent = time.monotonic() + silent_seconds

    def close(self) -> None:
        self._held.close()
        self._socket.close()

    def write(self, text: bytes) -> None:
        """Give the process all of its standard input."""
        self._socket.settimeout(self._seconds)
        self._socket.sendall(text)
        self._socket.shutdown(socket.SHUT_WR)
        self._socket.settimeout(_POLL_SECONDS)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """(1 for standard output or 2 for standard error, some bytes), until the process has ended.

        Raises LateError; Interrupted when asked to stop.
        """
        head = b""
        while chunk := self._receive(_HEAD.size - len(head)):
            head += chunk
            if len(head) < _HEAD.size:
                continue
            source, left = _HEAD.unpack(head)
            head = b""
            while left and (chunk := self._receive(min(left, _PIECE_BYTES))):
                left -= len(chunk)
                yield source, chunk

    def _receive(self, limit: int) -> bytes:
        while (now := time.monotonic()) < min(self._end, self._silent):
            if self._stop.is_set():
                raise Interrupted
            try:
                chunk = self._socket.recv(limit)
            except TimeoutError:
                continue
            except OSError as error:
                raise requests.ConnectionError(f"the engine broke off: {error}") from error
            self._silent = now + self._silent_seconds
            return chunk
        if now < self._end:
            raise LateError(f"has said nothing for {self._silent_seconds:.0f} s")
        raise LateError(f"has not ended after {self._seconds:.0f} s")
