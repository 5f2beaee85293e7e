"""The smoke test: does the app answer one GET as it should, and how soon?

The exchange is driven event by event (h11 parses) over a plain socket, so that one deadline bounds all
of it, however slowly or endlessly the other side talks.
"""

from __future__ import annotations

import re
import signal
import socket
import threading
import time
from dataclasses import dataclass
from typing import Final

import h11

from imagematrix.container import Ended, Running
from imagematrix.errors import Interrupted, StepError, WrongAnswerError
from imagematrix.model import How, Measurement, Smoke, SmokeAnswer, Step, measured
from imagematrix.probes.listening import what_listens

MAX_BODY_BYTES: Final = 1 << 20  # of an answer that is read; a longer one fails
_MAX_HEAD_BYTES: Final = 1 << 14  # of an answer's status line and headers
_TOO_LARGE: Final = 431  # what h11 says of a head beyond that (RFC 6585, section 5)
_PYTHONS_BYTES: Final = re.compile(r"bytearray\(b('.*?'|\".*?\")\)")  # in h11's words on what it was sent
# What did not come in time.
_ANSWER: Final = "it accepted the connection and did not answer"
_HEAD: Final = "the head of its answer did not end"
_BODY: Final = "its answer did not end"
_SHOWN: Final = 200  # characters of a body in a message
_ALIVE_EVERY_SECONDS: Final = 0.25  # how often the engine is asked whether the container still runs
_TICK_SECONDS: Final = 0.2  # longest wait on a socket before the deadline and the stop request are looked at


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]  # names in lower case
    body: bytes


class _NotYetError(Exception):
    """Nothing, or no whole answer, came from this attempt; the text says what happened."""


def smoke(running: Running, expected: Smoke, stop: threading.Event) -> SmokeAnswer:
    """Ask until the app answers, and judge its first answer.

    A refused or cut connection and a 503 are what a starting app gives: asked again until
    `expected.timeout_seconds` after the start.  Any other answer is judged at once.  Redirects are
    answers like others.  Raises StepError with what was expected and what came; Interrupted.
    """
    deadline = running.started + expected.timeout_seconds
    alive_at = time.monotonic() + _ALIVE_EVERY_SECONDS
    last = ""
    while (now := time.monotonic()) < deadline:
        if stop.is_set():
            raise Interrupted
        try:
            answer = ask(running.host, running.port, expected.path, deadline=deadline, stop=stop)
        except _NotYetError as why:
            # An attempt that the deadline cuts short at once tells nothing; the one before it does.
            last = str(why) if deadline - now > _TICK_SECONDS or not last else last
        else:
            seconds = time.monotonic() - running.started
            if answer.status != 503 or expected.status == 503:
                seconds = round(seconds, 6)
                difference = judge(answer, expected)
                if difference:
                    raise WrongAnswerError(
                        Step.SMOKE, difference, http_status=answer.status, first_response_seconds=seconds
                    )
                return SmokeAnswer(http_status=answer.status, first_response_seconds=seconds)
            last = "it answered 503 (not ready)"
        if now >= alive_at:
            _check_alive(running)
            alive_at = now + _ALIVE_EVERY_SECONDS
        time.sleep(_pause(now - running.started))
    _check_alive(running)
    within = f"no right answer to GET {expected.path} within {expected.timeout_seconds:g} s of the start"
    raise StepError(Step.SMOKE, f"{within}: {last}; {what_listens(running)}{_tail(running.last_lines())}")


def first_response(answer: SmokeAnswer, *, alone: bool) -> Measurement:
    """`first_response_seconds` of a passed smoke test; `alone`: no other variant was started meanwhile."""
    method = "one start: from the engine's return of the start call to the whole right answer"
    beside = "" if alone else ", while other variants were started too"
    return measured(
        How.EXACT if alone else How.ESTIMATED,
        "first_response_seconds",
        answer.first_response_seconds,
        unit="seconds",
        method=method + beside,
    )


def since_it_ended(running: Running, failure: StepError) -> StepError:
    """What failed a probe, told as the container's end where it has ended since it answered."""
    ended = running.ended()
    if ended is None:
        return failure
    return StepError(failure.step, _how_it_ended(ended, "after it had answered"))


def _pause(age_seconds: float) -> float:
    """The wait between two attempts: fine while a start is timed, coarse later."""
    return 0.005 if age_seconds < 2 else 0.05 if age_seconds < 10 else 0.25


def _check_alive(running: Running) -> None:
    ended = running.ended()
    if ended is not None:
        raise StepError(Step.SMOKE, _how_it_ended(ended, "before it answered"))


def _how_it_ended(ended: Ended, when: str) -> str:
    because = " (out of memory)" if ended.out_of_memory else _by_signal(ended.exit_code)
    return f"the container exited with code {ended.exit_code}{because} {when}{_tail(ended.last_lines)}"


def _by_signal(exit_code: int) -> str:
    """The signal that an exit code stands for: 128 and its number, as shells and Docker's init have it."""
    try:
        return f" (128 + {signal.Signals(exit_code - 128).name})"
    except ValueError:
        return ""


def _tail(lines: tuple[str, ...]) -> str:
    return "".join(f"\n    | {line}" for line in lines) if lines else "; it logged nothing"


def judge(answer: Answer, expected: Smoke) -> str:
    """The first way in which an answer is not as expected; "" when it is."""
    asked, got = f"GET {expected.path}", f"got {answer.status} with body {_shown(answer.body)}"
    body, rule = answer.body.decode("utf-8", errors="replace"), expected.body
    if answer.status != expected.status:
        return f"{asked}: expected status {expected.status}, {got}"
    if len(answer.body) > MAX_BODY_BYTES:
        return f"{asked}: the body is longer than {MAX_BODY_BYTES} bytes"
    if rule.kind == "equals" and body != rule.text:
        return f"{asked}: expected body {rule.text!r}, {got}"
    if rule.kind == "contains" and rule.text not in body:
        return f"{asked}: expected a body with {rule.text!r} in it, {got}"
    for name, value in expected.headers:
        values = [v for n, v in answer.headers if n == name.lower()]
        if value not in values:
            found = ", ".join(repr(v) for v in values) or "no such header"
            return f"{asked}: expected header {name}: {value!r}, got {found}"
    return ""


def _shown(body: bytes) -> str:
    text = body[: 4 * _SHOWN].decode("utf-8", errors="replace")
    return repr(text[:_SHOWN]) + (" …" if len(text) > _SHOWN else "")


def ask(host: str, port: int, path: str, *, deadline: float, stop: threading.Event) -> Answer:
    """One GET; `deadline` is a time.monotonic() that bounds all of it.  Raises _NotYetError."""
    try:
        with socket.create_connection((host, port), timeout=max(0.001, deadline - time.monotonic())) as link:
            return _exchange(link, f"{host}:{port}", path, deadline, stop)
    except (OSError, h11.RemoteProtocolError) as error:
        raise _NotYetError(_why(error)) from error


def _why(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connections are refused"
    if isinstance(error, ConnectionError):
        return "connections are cut before an answer"
    if isinstance(error, h11.RemoteProtocolError) and error.error_status_hint == _TOO_LARGE:
        return f"no HTTP answer: its headers are longer than {_MAX_HEAD_BYTES} bytes"
    return "no HTTP answer: " + _PYTHONS_BYTES.sub(r"\1", str(error))


def _exchange(link: socket.socket, host: str, path: str, deadline: float, stop: threading.Event) -> Answer:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
    headers = [("Host", host), ("User-Agent", "imagematrix"), ("Accept", "*/*"), ("Connection", "close")]
    request = connection.send(h11.Request(method="GET", target=path, headers=headers))
    link.sendall((request or b"") + (connection.send(h11.EndOfMessage()) or b""))
    link.settimeout(_TICK_SECONDS)
    response: h11.Response | None = None
    body, came = bytearray(), False
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            lacks = _BODY if response is not None else _HEAD if came else _ANSWER
            connection.receive_data(_receive(link, deadline, stop, lacks))
            came = True
        elif isinstance(event, h11.Response):
            response = event
        elif isinstance(event, h11.Data):
            body += event.data
        if response is not None and (isinstance(event, h11.EndOfMessage) or len(body) > MAX_BODY_BYTES):
            pairs = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in response.headers)
            return Answer(status=response.status_code, headers=pairs, body=bytes(body))


def _receive(link: socket.socket, deadline: float, stop: threading.Event, lacks: str) -> bytes:
    """What comes next; b"" where the answer's body ends so.  `lacks` tells what did not come in time."""
    while time.monotonic() < deadline:
        if stop.is_set():
            raise Interrupted
        try:
            data = link.recv(1 << 16)
        except TimeoutError:
            continue
        if not data and lacks != _BODY:
            raise ConnectionResetError
        return data
    raise _NotYetError(lacks)
