from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import docker
import pytest

from imagematrix.container import Exec
from imagematrix.errors import StepError
from imagematrix.model import Measurement
from imagematrix.probes.signals import parse
from imagematrix.probes.stop import NAMES
from imagematrix.probes.stopping import stopping
from tests import made
from tests.probes.servers import Pretended, answer, serving
from tests.probes.starting import Starter


@dataclass(frozen=True, kw_only=True, slots=True)
class Stoppable(Pretended):
    """A container that ends on a signal as the test says, and what is said beside it."""

    ends_on: int
    words: tuple[bytes, ...]
    config: str = ""
    sent: list[int] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)

    def processes(self) -> tuple[str, ...]:
        return ("npm start", "node index.js")

    @contextmanager
    def follow(self, *command: str, seconds: float) -> Iterator[Iterator[bytes]]:
        assert command[0] == "/usr/bin/node"
        assert seconds >= 30
        number = parse(self.config or "SIGTERM")
        assert number is not None
        assert f"PORT = 3000, SIGNAL = {number.number}, GRACE_MS = 10000" in command[-1]
        yield iter(self.words)

    def stop_signal(self) -> str:
        return self.config

    def signal(self, number: int) -> None:
        self.sent.append(number)

    def wait(self, seconds: int) -> int | None:
        self.waited.append(seconds)
        return 137 if self.ends_on in self.sent else None


def stoppable(port: int, ends_on: int, *words: bytes, node: bool = True, config: str = "") -> Stoppable:
    return Stoppable(
        client=cast(docker.DockerClient, None),
        id="0",
        host="127.0.0.1",
        port=port,
        inner_port=3000,
        started=time.monotonic(),
        entrypoint=(),
        stop=threading.Event(),
        commands={"node": Exec(exit_code=0, output="/usr/bin/node\n")} if node else {},
        ends_on=ends_on,
        words=words,
        config=config,
    )


def told(
    ends_on: int, *words: bytes, node: bool = True, config: str = ""
) -> tuple[dict[str, Measurement], Starter]:
    with serving(answer()) as port:
        start = Starter(make=lambda _: stoppable(port, ends_on, *words, node=node, config=config))
        return {m.name: m for m in stopping(start, made.smoke(), threading.Event())}, start


APP = b'{"app":7,"above":["npm start"]}\n'


def test_both_ways_are_tried_with_what_the_watcher_needs() -> None:
    got, start = told(signal.SIGTERM, APP)
    assert start.asked == [
        {"init": False, "cap_add": ("SYS_PTRACE",)},
        {"init": True, "cap_add": ("SYS_PTRACE",)},
    ]
    assert start.alive == []
    assert tuple(got) == NAMES
    assert got["stop_pid1"].value == "npm start"
    assert got["stop_verdict"].value == "wrapper swallowed it"
    assert (got["stop_seconds"].unit, got["stop_exit_code"].unit) == ("seconds", "exit code")


def test_the_watchers_words_are_read_however_they_are_cut() -> None:
    got, _ = told(signal.SIGTERM, APP[:9], APP[9:] + b'{"heard":true}\n{"en', b'ded":"exit 0"}\n')
    assert got["stop_verdict"].value == "the app's handler ran to its end"


def test_a_watcher_that_ended_with_its_wrapper_is_looked_for_again() -> None:
    looks = iter([b'{"heard":true}\n', b'{"heard":true}\n{"ended":"exit 0"}\n', b""])
    with serving(answer()) as port:
        start = Starter(make=lambda _: stoppable(port, signal.SIGTERM, APP + next(looks)))
        got = {m.name: m for m in stopping(start, made.smoke(), threading.Event())}
    assert got["stop_verdict"].value == "the app's handler ran to its end"
    assert [asked["init"] for asked in start.asked] == [False, False, True]


@pytest.mark.parametrize(
    ("handled", "verdict"), [(b"true", "the app's handler ran to its end"), (b"false", "default action")]
)
def test_an_end_by_the_signal_is_looked_at_until_it_is_known_whose_doing_it_was(
    handled: bytes, verdict: str
) -> None:
    heard, ended = b'{"heard":true}\n', b'{"ended":"signal 15"}\n'
    seen = heard + b'{"handled":' + handled + b"}\n" + ended
    looks = iter([heard + ended, heard + b'{"ended":"gone"}\n', seen, seen])
    with serving(answer()) as port:
        start = Starter(make=lambda _: stoppable(port, signal.SIGTERM, APP + next(looks)))
        got = {m.name: m for m in stopping(start, made.smoke(), threading.Event())}
    assert got["stop_verdict"].value == verdict
    assert [asked["init"] for asked in start.asked] == [False] * 3 + [True]


def test_an_end_by_the_signal_of_which_no_more_was_seen_is_no_sure_verdict() -> None:
    got, start = told(signal.SIGTERM, APP + b'{"heard":true}\n{"handled":1}\n{"ended":"signal 15"}\n')
    assert not got["stop_verdict"].measured
    assert "whether a handler had run before was not seen" in got["stop_verdict"].reason
    assert [asked["init"] for asked in start.asked] == [False] * 3 + [True]


def test_a_wrapper_that_never_waits_is_not_looked_at_for_ever() -> None:
    got, start = told(signal.SIGTERM, APP + b'{"heard":true}\n')
    assert got["stop_verdict"].value == "wrapper swallowed it"
    assert "did not wait for the app to end" in got["stop_verdict"].reason
    assert [asked["init"] for asked in start.asked] == [False] * 3 + [True]


def test_what_does_not_end_is_killed_and_said_to_be() -> None:
    got, _ = told(signal.SIGKILL, APP, b'{"heard":true}\n{"watching":true}\n')
    assert got["stop_verdict"].value == "had to be killed"
    assert got["stop_exit_code"].value == 137
    assert got["stop_seconds"].reason.endswith("ended by SIGKILL 10 s after SIGTERM")


@pytest.mark.parametrize(
    ("config", "number", "name"),
    [("SIGINT", 2, "SIGINT"), ("quit", 3, "SIGQUIT"), ("37", 37, "SIGRTMIN+3"), ("", 15, "SIGTERM")],
)
def test_the_signal_of_the_images_config_is_sent_and_told(config: str, number: int, name: str) -> None:
    containers: list[Stoppable] = []

    def make(_: object) -> Stoppable:
        containers.append(
            stoppable(port, number, APP, b'{"heard":true}\n{"ended":"exit 0"}\n', config=config)
        )
        return containers[-1]

    with serving(answer()) as port:
        got = {m.name: m for m in stopping(Starter(make=make), made.smoke(), threading.Event())}
    assert [c.sent for c in containers] == [[number], [number]]
    assert [c.waited for c in containers] == [[10], [10]]
    assert got["stop_signal"].value == name
    assert got["stop_verdict"].value == "the app's handler ran to its end"
    assert name in got["stop_seconds"].reason


def test_an_app_that_hears_another_signal_than_the_images_has_to_be_killed() -> None:
    got, start = told(signal.SIGKILL, APP, b'{"heard":true}\n{"watching":true}\n', config="SIGINT")
    assert got["stop_verdict"].value == "had to be killed"
    assert "got SIGINT" in got["stop_verdict"].reason
    assert len(start.asked) == 2


@pytest.mark.parametrize("config", ["SIGNONE", "0", "99", "-1", "9" * 5000])
def test_a_signal_that_there_is_none_of_is_a_failure_that_names_it(config: str) -> None:
    with pytest.raises(StepError, match="is none that Linux has") as caught:
        told(signal.SIGTERM, APP, config=config)
    assert config[:10] in caught.value.reason
    assert len(caught.value.reason) < 200


@pytest.mark.parametrize(("caught", "deaf"), [(b"false", True), (b"true", False), (b"0", False)])
def test_whether_the_app_has_a_handler_is_what_the_watcher_saw(caught: bytes, deaf: bool) -> None:
    app = b'{"app":1,"above":[],"caught":' + caught + b"}\n"
    got, _ = told(signal.SIGKILL, app, config="SIGWINCH")
    assert ("has no handler" in got["stop_verdict"].reason) is deaf


def test_a_watcher_that_was_lost_on_the_way_proves_nothing() -> None:
    with pytest.raises(StepError, match="was lost"):  # it may have left the app frozen
        told(signal.SIGKILL, APP)


def test_what_sigkill_does_not_end_is_a_failure() -> None:
    with pytest.raises(StepError, match="did not even end by SIGKILL"):
        told(signal.SIGSTOP, APP)


def test_without_a_node_inside_there_is_no_verdict_on_several_processes() -> None:
    got, _ = told(signal.SIGTERM, APP, node=False)
    assert not got["stop_verdict"].measured
    assert got["stop_exit_code"].measured


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"Error: no such option\n",
        b"[1]\n",
        b'{"app":7,"above":3}\n',
        b'{"app":0,"above":[]}\n',
        b"\xff\xfe\n",
        b"[" * 20000 + b"\n",
        b"x" * 100_000,
    ],
)
def test_words_that_make_no_sense_are_no_verdict(words: bytes) -> None:
    got, _ = told(signal.SIGTERM, words)
    assert not got["stop_verdict"].measured


def test_endless_words_are_not_read_to_their_end() -> None:
    taken = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield b'{"app":7,"above":["npm start"]}\n' * 100

    @dataclass(frozen=True, kw_only=True, slots=True)
    class Endless(Stoppable):
        @contextmanager
        def follow(self, *command: str, seconds: float) -> Iterator[Iterator[bytes]]:
            assert command
            assert seconds
            yield endless()

    with serving(answer()) as port:
        plain = stoppable(port, signal.SIGTERM)
        fields = {name: getattr(plain, name) for name in plain.__dataclass_fields__}
        start = Starter(make=lambda _: Endless(**fields))
        assert len(stopping(start, made.smoke(), threading.Event())) == len(NAMES)
    assert len(taken) < 50
