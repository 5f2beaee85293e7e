from __future__ import annotations

import socket
import threading
import time

import pytest

from imagematrix.container import Ended, Exec
from imagematrix.errors import Interrupted, StepError
from imagematrix.model import BodyRule, Smoke
from imagematrix.probes.http import MAX_BODY_BYTES, first_response, smoke
from tests import made
from tests.probes.servers import Handler, answer, closed_port, pretended, serving


def failure(handler: Handler, expected: Smoke | None = None) -> str:
    with serving(handler) as port, pytest.raises(StepError) as caught:
        smoke(pretended(port), expected or made.smoke(timeout_seconds=0.6), threading.Event())
    return caught.value.reason


def test_the_right_answer_passes_and_its_time_is_from_the_start() -> None:
    def late(link: socket.socket) -> None:
        time.sleep(0.2)
        answer()(link)

    with serving(late) as port:
        got = smoke(pretended(port), made.smoke(), threading.Event())
    assert got.http_status == 200
    assert 0.2 <= got.first_response_seconds < 1.0
    measured = first_response(got, alone=True)
    assert (measured.name, measured.value, measured.unit) == (
        "first_response_seconds",
        got.first_response_seconds,
        "seconds",
    )


def test_cut_connections_and_503_are_asked_again() -> None:
    with serving(cut, answer("503 Service Unavailable"), answer()) as port:
        assert smoke(pretended(port), made.smoke(), threading.Event()).http_status == 200


def test_a_wrong_status_says_what_was_expected_and_what_came() -> None:
    reason = failure(answer("500 Internal Server Error", b"boom"))
    assert reason == "GET /: expected status 200, got 500 with body 'boom'"


def test_a_wrong_body_says_what_was_expected_and_what_came() -> None:
    assert failure(answer(body=b"Bye")) == "GET /: expected body 'Hello World!', got 200 with body 'Bye'"


def test_a_redirect_is_not_followed() -> None:
    assert "expected status 200, got 301" in failure(answer("301 Moved", headers="Location: /elsewhere\r\n"))


def test_an_expected_redirect_passes() -> None:
    expected = made.smoke(status=301, body=BodyRule(kind="any"), headers=(("Location", "/elsewhere"),))
    with serving(answer("301 Moved", headers="location: /elsewhere\r\n")) as port:
        assert smoke(pretended(port), expected, threading.Event()).http_status == 301


def test_a_missing_header_is_named() -> None:
    expected = made.smoke(headers=(("X-App", "1"),))
    assert failure(answer(), expected) == "GET /: expected header X-App: '1', got no such header"
    assert failure(answer(headers="X-App: 2\r\n"), expected).endswith("got '2'")


def test_contains_looks_inside_the_body() -> None:
    expected = made.smoke(body=BodyRule(kind="contains", text="World"))
    with serving(answer()) as port:
        assert smoke(pretended(port), expected, threading.Event()).http_status == 200
    assert "expected a body with 'World' in it" in failure(answer(body=b"x"), expected)


def test_a_body_that_is_too_long_fails_before_it_is_read_whole() -> None:
    def endless(link: socket.socket) -> None:
        link.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(64 * MAX_BODY_BYTES // 65536):
            link.sendall(b"x" * 65536)

    assert failure(endless) == f"GET /: the body is longer than {MAX_BODY_BYTES} bytes"


def test_invalid_utf_8_is_shown_and_compared_without_a_crash() -> None:
    assert "got 200 with body '\ufffd\ufffd'" in failure(answer(body=b"\xff\xfe"))


PART = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"


def cut(_: socket.socket) -> None:
    """Close the connection without a word."""


def silent(_: socket.socket) -> None:
    time.sleep(2)


def says(raw: bytes, *, then_waits: bool = False) -> Handler:
    def handle(link: socket.socket) -> None:
        link.sendall(raw)
        time.sleep(2 if then_waits else 0)

    return handle


@pytest.mark.parametrize(
    ("handler", "what"),
    [
        (silent, "it accepted the connection and did not answer"),
        (says(PART, then_waits=True), "its answer did not end"),
        (says(PART), "no HTTP answer"),
        (cut, "connections are cut before an answer"),
        (says(b"SSH-2.0-OpenSSH_9\r\n\r\n"), "no HTTP answer: illegal status line: 'SSH-2.0-OpenSSH_9';"),
        (says(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 200_000), "its headers are longer than 16384 bytes"),
        (says(b"HTTP/1.1 200 OK\r\nA: b", then_waits=True), "the head of its answer did not end"),
    ],
    ids=["silent", "stalled", "truncated", "cut", "no-http", "endless-header", "half-a-head"],
)
def test_no_whole_answer_in_time_says_what_happened(handler: Handler, what: str) -> None:
    started = time.monotonic()
    reason = failure(handler)
    assert reason.startswith("no right answer to GET / within 0.6 s of the start: ")
    assert what in reason
    assert time.monotonic() - started < 3


def test_a_byte_at_a_time_cannot_outlive_the_deadline() -> None:
    def trickle(link: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 60:
            link.sendall(bytes([byte]))
            time.sleep(0.05)

    started = time.monotonic()
    assert "the head of its answer did not end" in failure(trickle)
    assert time.monotonic() - started < 2


def test_nothing_listening_is_told_with_the_log() -> None:
    table = Exec(exit_code=0, output="")
    container = pretended(closed_port(), lines=("starting",), commands={"cat": table})
    with pytest.raises(StepError) as caught:
        smoke(container, made.smoke(timeout_seconds=0.2), threading.Event())
    assert "connections are refused; nothing listens inside on any TCP port" in caught.value.reason
    assert caught.value.reason.endswith("\n    | starting")


def test_an_exit_is_told_with_its_code_and_last_lines() -> None:
    end = Ended(exit_code=7, out_of_memory=False, last_lines=("Error: no such module",))
    with pytest.raises(StepError) as caught:
        smoke(pretended(closed_port(), end=end), made.smoke(), threading.Event())
    assert caught.value.reason == (
        "the container exited with code 7 before it answered\n    | Error: no such module"
    )


def test_out_of_memory_is_named() -> None:
    end = Ended(exit_code=137, out_of_memory=True, last_lines=())
    with pytest.raises(StepError, match=r"exited with code 137 \(out of memory\).*it logged nothing"):
        smoke(pretended(closed_port(), end=end), made.smoke(), threading.Event())


@pytest.mark.parametrize(
    ("exit_code", "says"),
    [(139, "code 139 (128 + SIGSEGV) before"), (255, "code 255 before"), (1, "code 1 before")],
)
def test_an_exit_code_that_stands_for_a_signal_names_it(exit_code: int, says: str) -> None:
    end = Ended(exit_code=exit_code, out_of_memory=False, last_lines=())
    with pytest.raises(StepError) as caught:
        smoke(pretended(closed_port(), end=end), made.smoke(), threading.Event())
    assert says in caught.value.reason


def test_a_stop_request_ends_the_waiting() -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    with pytest.raises(Interrupted):
        smoke(pretended(closed_port()), made.smoke(timeout_seconds=30), stop)
    assert time.monotonic() - started < 2
