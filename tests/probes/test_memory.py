from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import docker
import pytest

from imagematrix.errors import StepError
from imagematrix.probes.memory import REQUESTS, memory, used_bytes
from tests import made
from tests.probes.servers import Pretended


@dataclass
class Counts:
    requests: int = 0
    at_once: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def counting(*, wrong_from: int = 1 << 30) -> Iterator[tuple[int, Counts]]:
    """A server that counts; from the `wrong_from`-th request on it answers wrongly."""
    counts = Counts()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with counts.lock:
                counts.requests += 1
                counts.at_once += 1
                counts.most = max(counts.most, counts.at_once)
                wrong = counts.requests >= wrong_from
            time.sleep(0.01)
            body = b"out of order" if wrong else b"Hello World!"
            with counts.lock:
                counts.at_once -= 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1]), counts
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighed(Pretended):
    counts: Counts
    tells: bool = True

    def memory_statistics(self) -> tuple[int | None, dict[str, int]]:
        """A thousand bytes, and one for each request that it has had."""
        return 1000 + self.counts.requests if self.tells else None, {}


def weighed(port: int, counts: Counts, *, tells: bool = True) -> Weighed:
    return Weighed(
        client=cast(docker.DockerClient, None),
        id="0",
        host="127.0.0.1",
        port=port,
        inner_port=3000,
        started=time.monotonic() - 60,  # long up: the burst has a time of its own
        entrypoint=(),
        stop=threading.Event(),
        counts=counts,
        tells=tells,
    )


def test_memory_is_read_before_and_after_the_burst() -> None:
    with counting() as (port, counts):
        idle, after = memory(weighed(port, counts), made.smoke(), threading.Event())
    assert (idle.name, idle.value, idle.unit) == ("memory_idle_bytes", 1000, "bytes")
    assert (after.name, after.value, after.unit) == ("memory_after_burst_bytes", 1000 + REQUESTS, "bytes")
    assert counts.requests == REQUESTS
    assert 2 <= counts.most <= 10


def test_where_the_engine_does_not_tell_there_is_no_figure() -> None:
    with counting() as (port, counts):
        told = memory(weighed(port, counts, tells=False), made.smoke(), threading.Event())
    assert [m.measured for m in told] == [False, False]


def test_a_wrong_answer_within_the_burst_is_told_and_ends_it() -> None:
    with counting(wrong_from=50) as (port, counts), pytest.raises(StepError) as caught:
        memory(weighed(port, counts), made.smoke(), threading.Event())
    assert "of 200, 10 at a time: GET /: expected body 'Hello World!', got 200" in caught.value.reason
    assert counts.requests < REQUESTS


@pytest.mark.parametrize(
    ("usage", "stats", "used"),
    [
        (1000, {"total_inactive_file": 300, "inactive_file": 200}, 700),  # cgroup v1 has both
        (1000, {"inactive_file": 200}, 800),  # cgroup v2
        (1000, {}, 1000),
        (1000, {"inactive_file": 1000}, 1000),
        (None, {}, None),
        (0, {}, None),
    ],
)
def test_memory_is_counted_as_docker_stats_does(
    usage: int | None, stats: dict[str, int], used: int | None
) -> None:
    assert used_bytes(usage, stats) == used
