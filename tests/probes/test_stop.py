from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast

import docker
import pytest

from imagematrix.container import Exec
from imagematrix.errors import StepError
from imagematrix.model import Measurement
from imagematrix.probes.stop import NAMES, Stopped, judge, measures, stopping
from tests import made
from tests.probes.servers import Pretended, answer, serving
from tests.probes.starting import Starter

INIT = "/sbin/docker-init -- node index.js"
DIRECT = Stopped(
    seconds=0.4,
    exit_code=0,
    in_time=True,
    processes=("node index.js",),
    above=(),
    heard=False,
    ended="",
)
# One app under each way of being started, as a watcher sees it where all goes well.
UNDER_INIT = replace(DIRECT, processes=(INIT, "node index.js"), above=(INIT,), heard=True, ended="exit 0")
UNDER_NPM = replace(DIRECT, processes=("npm start", "node"), above=("npm start",), heard=True, ended="exit 0")
UNDER_BOTH = replace(UNDER_NPM, processes=(INIT, "npm start", "node"), above=("npm start", INIT))


def killed(seen: Stopped) -> Stopped:
    return replace(seen, exit_code=137, in_time=False, ended="")


def deaf(seen: Stopped) -> Stopped:
    return replace(seen, heard=False, ended="")


def unseen(seen: Stopped) -> Stopped:
    return replace(seen, above=None, heard=False, ended="")


def verdict(seen: Stopped, other: Stopped, *, init: bool) -> str:
    judged = judge(seen, init=init, other=other)
    return "none" if isinstance(judged, str) else judged[0].name


@pytest.mark.parametrize(
    ("plain", "with_init", "expected"),
    [
        (DIRECT, UNDER_INIT, ("HANDLED", "HANDLED")),
        # A handler may end the process with 143 itself; then it ends as PID 1 too, which no signal does.
        (
            replace(DIRECT, exit_code=143),
            replace(UNDER_INIT, exit_code=143, ended="gone"),
            ("HANDLED", "HANDLED"),
        ),
        (
            replace(DIRECT, exit_code=143),
            replace(UNDER_INIT, exit_code=143, ended="exit 143"),
            ("HANDLED", "HANDLED"),
        ),
        # No handler: ignored as PID 1, the default action under an init.
        (
            killed(DIRECT),
            replace(UNDER_INIT, exit_code=143, ended="signal 15"),
            ("KILLED", "DEFAULT"),
        ),
        (killed(DIRECT), replace(UNDER_INIT, exit_code=143, ended=""), ("KILLED", "DEFAULT")),
        # A handler that ends nothing.
        (killed(DIRECT), killed(UNDER_INIT), ("KILLED", "KILLED")),
        # A wrapper that passes it on, and waits.
        (UNDER_NPM, UNDER_BOTH, ("HANDLED", "HANDLED")),
        (
            replace(UNDER_NPM, exit_code=1, ended="signal 15"),
            replace(UNDER_BOTH, exit_code=143, ended="signal 15"),
            ("DEFAULT", "DEFAULT"),
        ),
        (killed(UNDER_NPM), killed(UNDER_BOTH), ("KILLED", "KILLED")),
        # A wrapper that ends and takes the app along: npm round a shell.
        (
            replace(deaf(UNDER_NPM), exit_code=1),
            replace(deaf(UNDER_BOTH), exit_code=143),
            ("SWALLOWED", "SWALLOWED"),
        ),
        # One that ends with 0 is no better; nor is one that passes it on and does not wait.
        (deaf(UNDER_NPM), replace(UNDER_BOTH, ended=""), ("SWALLOWED", "SWALLOWED")),
        # One that does nothing at all.
        (
            deaf(killed(UNDER_NPM)),
            replace(deaf(UNDER_BOTH), exit_code=143),
            ("SWALLOWED", "SWALLOWED"),
        ),
        # The app's end was not caught, only that it came first: the other way tells, or the exit code.
        (
            replace(UNDER_NPM, exit_code=1, ended="gone"),
            replace(UNDER_BOTH, exit_code=143, ended="signal 15"),
            ("DEFAULT", "DEFAULT"),
        ),
        (
            replace(UNDER_NPM, ended="gone"),
            replace(UNDER_BOTH, exit_code=143, ended="gone"),
            ("HANDLED", "DEFAULT"),
        ),
        (
            replace(UNDER_NPM, exit_code=1, ended="gone"),
            replace(UNDER_BOTH, exit_code=1, ended="gone"),
            ("none", "none"),
        ),
        # No node inside to watch: an only process is the app; of several, none can be told.
        (
            unseen(DIRECT),
            replace(unseen(UNDER_INIT), exit_code=0),
            ("HANDLED", "HANDLED"),
        ),
        (
            killed(unseen(DIRECT)),
            replace(unseen(UNDER_INIT), exit_code=143),
            ("KILLED", "DEFAULT"),
        ),
        (
            unseen(UNDER_NPM),
            killed(unseen(UNDER_BOTH)),
            ("none", "KILLED"),
        ),
        (
            replace(unseen(DIRECT), processes=()),
            replace(unseen(UNDER_INIT), processes=()),
            ("none", "none"),
        ),
    ],
)
def test_verdicts(plain: Stopped, with_init: Stopped, expected: tuple[str, str]) -> None:
    assert (
        verdict(plain, with_init, init=False),
        verdict(with_init, plain, init=True),
    ) == expected


def test_each_verdict_comes_with_its_remedy() -> None:
    ignored = killed(DIRECT)
    default = replace(UNDER_INIT, exit_code=143, ended="signal 15")
    told = measures(ignored, init=False, other=default)[-1]
    assert told.value == "had to be killed"
    assert "no handler" in told.reason
    assert "--init" in told.reason
    assert "handle SIGTERM" in measures(default, init=True, other=ignored)[-1].reason
    swallowed = replace(deaf(UNDER_NPM), exit_code=1)
    reason = measures(swallowed, init=False, other=deaf(UNDER_BOTH))[-1].reason
    assert reason.startswith("'npm start' did not pass SIGTERM on to the app and ended with exit code 1;")
    assert 'CMD ["node", "index.js"]' in reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Stoppable(Pretended):
    """A container that ends on a signal as the test says, and what is said beside it."""

    ends_on: str
    words: tuple[bytes, ...]
    sent: list[str] = field(default_factory=list)

    def processes(self) -> tuple[str, ...]:
        return ("npm start", "node index.js")

    @contextmanager
    def follow(self, *command: str) -> Iterator[Iterator[bytes]]:
        assert command[0] == "/usr/bin/node"
        assert "PORT = 3000" in command[-1]
        yield iter(self.words)

    def signal(self, name: str) -> None:
        self.sent.append(name)

    def wait(self, seconds: int) -> int | None:
        assert seconds > 0
        return 137 if self.ends_on in self.sent else None


def stoppable(port: int, ends_on: str, *words: bytes, node: bool = True) -> Stoppable:
    return Stoppable(
        client=cast(docker.DockerClient, None),
        id="0",
        host="127.0.0.1",
        port=port,
        inner_port=3000,
        started=time.monotonic(),
        entrypoint=(),
        commands={"node": Exec(exit_code=0, output="/usr/bin/node\n")} if node else {},
        ends_on=ends_on,
        words=words,
    )


def told(ends_on: str, *words: bytes, node: bool = True) -> tuple[dict[str, Measurement], Starter]:
    with serving(answer()) as port:
        start = Starter(make=lambda _: stoppable(port, ends_on, *words, node=node))
        return {m.name: m for m in stopping(start, made.smoke(), threading.Event())}, start


APP = b'{"app":7,"above":["npm start"]}\n'


def test_both_ways_are_tried_with_what_the_watcher_needs() -> None:
    got, start = told("SIGTERM", APP)
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
    got, _ = told("SIGTERM", APP[:9], APP[9:] + b'{"heard":true}\n{"en', b'ded":"exit 0"}\n')
    assert got["stop_verdict"].value == "the app's handler ran to its end"


def test_a_watcher_that_ended_with_its_wrapper_is_looked_for_again() -> None:
    looks = iter([b'{"heard":true}\n', b'{"heard":true}\n{"ended":"exit 0"}\n', b""])
    with serving(answer()) as port:
        start = Starter(make=lambda _: stoppable(port, "SIGTERM", APP + next(looks)))
        got = {m.name: m for m in stopping(start, made.smoke(), threading.Event())}
    assert got["stop_verdict"].value == "the app's handler ran to its end"
    assert [asked["init"] for asked in start.asked] == [False, False, True]


def test_a_wrapper_that_never_waits_is_not_looked_at_for_ever() -> None:
    got, start = told("SIGTERM", APP + b'{"heard":true}\n')
    assert got["stop_verdict"].value == "wrapper swallowed it"
    assert "did not wait for the app to end" in got["stop_verdict"].reason
    assert [asked["init"] for asked in start.asked] == [False] * 3 + [True]


def test_what_does_not_end_is_killed_and_said_to_be() -> None:
    got, _ = told("SIGKILL", APP, b'{"heard":true}\n{"watching":true}\n')
    assert got["stop_verdict"].value == "had to be killed"
    assert got["stop_exit_code"].value == 137
    assert got["stop_seconds"].reason.endswith("ended by SIGKILL 5 s after SIGTERM")


def test_a_watcher_that_was_lost_on_the_way_proves_nothing() -> None:
    with pytest.raises(StepError, match="was lost"):  # it may have left the app frozen
        told("SIGKILL", APP)


def test_what_sigkill_does_not_end_is_a_failure() -> None:
    with pytest.raises(StepError, match="did not even end by SIGKILL"):
        told("SIGSTOP", APP)


def test_without_a_node_inside_there_is_no_verdict_on_several_processes() -> None:
    got, _ = told("SIGTERM", APP, node=False)
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
    got, _ = told("SIGTERM", words)
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
        def follow(self, *command: str) -> Iterator[Iterator[bytes]]:
            assert command
            yield endless()

    with serving(answer()) as port:
        plain = stoppable(port, "SIGTERM")
        fields = {name: getattr(plain, name) for name in plain.__dataclass_fields__}
        start = Starter(make=lambda _: Endless(**fields))
        assert len(stopping(start, made.smoke(), threading.Event())) == len(NAMES)
    assert len(taken) < 50
