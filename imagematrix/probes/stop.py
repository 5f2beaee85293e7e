"""What SIGTERM does to a container: how soon it ends, how, and what part the app has in it.

"Stopped quickly" is not "stopped well": a wrapper as PID 1 can end at once and take the app with it, which
never hears of it.  So a watcher inside (stop.js) sees whether the signal reaches the app, and how the app
ends.  What a container's exit code alone can prove: a PID 1 gets no default action (pid_namespaces(7)), so
an app that is PID 1 and ends on SIGTERM has a handler for it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Final

from imagematrix.container import Running, Start
from imagematrix.errors import StepError
from imagematrix.model import Measurement, Smoke, Step, exact, unavailable
from imagematrix.probes.http import smoke
from imagematrix.probes.node import run_node

GRACE_SECONDS: Final = 5  # after SIGTERM, before SIGKILL
_AFTER_KILL_SECONDS: Final = 10
_LOOKS: Final = 3  # at a wrapper that may or may not have waited
_BY_SIGTERM: Final = 128 + 15  # what an init or a shell makes of a child that SIGTERM has ended
_TOLD_BYTES: Final = 1 << 14  # of the watcher's words
_SHOWN: Final = 100  # characters of a command line
_SIGNAL_15: Final = "signal 15"
_NOT_SEEN: Final = ("", "gone")  # ends of the app that say nothing of how
_HANDLE: Final = "handle SIGTERM in the app: close the server, then end the process"
_WATCHER: Final = resources.files("imagematrix.probes").joinpath("stop.js")
_WHAT: Final = ("seconds", "exit_code", "pid1", "verdict")
_PREFIX: Final = {False: "stop_", True: "stop_init_"}  # by whether the engine's init is PID 1
NAMES: Final = tuple(prefix + what for prefix in _PREFIX.values() for what in _WHAT)


class Verdict(StrEnum):
    """What became of the app."""

    HANDLED = "the app's handler ran to its end"
    DEFAULT = "default action"
    SWALLOWED = "wrapper swallowed it"
    KILLED = "had to be killed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """What was seen of one container that was sent SIGTERM."""

    seconds: float  # from SIGTERM to its end
    exit_code: int
    in_time: bool  # it ended by itself, before SIGKILL
    processes: tuple[str, ...]  # command lines before, PID 1's first; () where the engine does not tell
    above: tuple[str, ...] | None  # command lines of the app's parents, PID 1's last; None: app not found
    heard: bool  # SIGTERM reached the app, as a watcher saw; an app that is PID 1 needs none
    ended: str  # the app's own end: "exit 0", "signal 15", "gone"; "" where none was seen

    @property
    def pid1(self) -> str:
        """Its command line; "" where nobody tells."""
        told = self.processes[:1] or (self.above or ())[-1:]
        return told[0][:_SHOWN] if told else ""


def stopping(start: Start, expected: Smoke, stop: threading.Event) -> tuple[Measurement, ...]:
    """NAMES: seconds, exit code, PID 1 and verdict, without and with the engine's init.

    Raises StepError when the app does not answer before it is to be stopped; Interrupted.
    """
    seen = {init: _seen(start, expected, stop, init=init) for init in _PREFIX}
    return tuple(m for init in _PREFIX for m in measures(seen[init], init=init, other=seen[not init]))


def _seen(start: Start, expected: Smoke, stop: threading.Event, *, init: bool) -> Stopped:
    """What was seen, of several containers where one does not tell.

    When PID 1 ends, the kernel ends the watcher too.  A wrapper that waited for the app ends right after it,
    so on a busy machine the watcher may not come to say how the app ended; one that did not wait leaves
    nothing to see every time.
    """
    for _ in range(_LOOKS):
        seen = _stopped(start, expected, stop, init=init)
        if not (seen.heard and seen.in_time and not seen.ended and _wrappers(seen, init=init)):
            break
    return seen


def _stopped(start: Start, expected: Smoke, stop: threading.Event, *, init: bool) -> Stopped:
    # The watcher must see an app of any user: that takes this one capability, and root, inside.
    with start(init=init, cap_add=("SYS_PTRACE",)) as running:
        smoke(running, expected, stop)
        processes = running.processes()
        with _watching(running) as lines:
            told = dict(next(lines, {}))
            begun = time.monotonic()
            running.signal("SIGTERM")
            exit_code = running.wait(GRACE_SECONDS)
            in_time = exit_code is not None
            if exit_code is None:
                running.signal("SIGKILL")
                exit_code = running.wait(_AFTER_KILL_SECONDS)
            seconds = time.monotonic() - begun
            if exit_code is None:
                raise StepError(Step.MEASURE, "the container did not even end by SIGKILL")
            for line in lines:
                told.update(line)
    above = told.get("above")
    parents = tuple(map(str, above)) if told.get("app") and isinstance(above, list) else None
    if parents and not in_time and not told.get("watching"):
        raise StepError(Step.MEASURE, "what watches the stopping from inside was lost, and the app with it")
    return Stopped(
        seconds=round(seconds, 3),
        exit_code=exit_code,
        in_time=in_time,
        processes=processes,
        above=parents,
        heard=bool(told.get("heard")),
        ended=str(told.get("ended", "")),
    )


@contextmanager
def _watching(running: Running) -> Iterator[Iterator[Mapping[str, object]]]:
    """What the watcher says, line by line; nothing where no node is inside to run it."""
    where = run_node(running, "console.log(process.execPath)")
    if where is None or where.exit_code != 0:
        yield iter(())
        return
    set_up = f"const PORT = {running.inner_port}, GRACE_MS = {GRACE_SECONDS * 1000}"
    script = f"{set_up}\n{_WATCHER.read_text('utf-8')}"
    with running.follow(where.output.strip(), "-e", script) as chunks:
        yield _lines(chunks)


def _lines(chunks: Iterable[bytes]) -> Iterator[Mapping[str, object]]:
    """The watcher's words, up to the first that makes no sense or a bound; an image may have any node."""
    rest, read = b"", 0
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            try:
                told = json.loads(line)
            except (ValueError, RecursionError):
                return
            if not isinstance(told, dict):
                return
            yield told
        read += len(chunk)
        if read > _TOLD_BYTES:
            return


def measures(seen: Stopped, *, init: bool, other: Stopped) -> tuple[Measurement, ...]:
    """The measurements of one way of stopping; `other` is what was seen of the other way."""
    seconds, exit_code, pid1, verdict = (_PREFIX[init] + what for what in _WHAT)
    way = "with the engine's init" if init else "without an init"
    limit = "" if seen.in_time else f"; ended by SIGKILL {GRACE_SECONDS} s after SIGTERM"
    judged = judge(seen, init=init, other=other)
    return (
        exact(seconds, seen.seconds, unit="seconds", method=f"from SIGTERM to the end, {way}{limit}"),
        exact(exit_code, seen.exit_code, unit="exit code", method=f"after SIGTERM, {way}{limit}"),
        exact(pid1, seen.pid1, method=f"the engine's list of processes, {way}")
        if seen.pid1
        else unavailable(pid1, "the engine does not list the processes of its containers"),
        unavailable(verdict, judged)
        if isinstance(judged, str)
        else exact(verdict, judged[0].value, method=judged[1]),
    )


def judge(seen: Stopped, *, init: bool, other: Stopped) -> tuple[Verdict, str] | str:
    """The verdict, with why and what to do about it; or why there is none.

    `other` is what was seen of the same image stopped the other way, with or without an init: how an app
    takes SIGTERM does not depend on what stands before it, unless the app is PID 1.
    """
    wrappers = _wrappers(seen, init=init)
    if wrappers is None:
        if seen.in_time:
            return "which process is the app could not be seen: its exit code alone does not tell"
        return Verdict.KILLED, f"it ran on for {GRACE_SECONDS} s; {_HANDLE}"
    if wrappers and not (seen.heard and (seen.ended or not seen.in_time)):
        return Verdict.SWALLOWED, _swallowed(seen, wrappers[-1])
    if not seen.in_time:
        if not init and not wrappers and _own_end(other, init=True) == _SIGNAL_15:
            why = "as PID 1 the app gets no default action, and it has no handler"
            return Verdict.KILLED, f"{why}; {_HANDLE}, or run it with --init"
        return Verdict.KILLED, f"the app got SIGTERM and ran on for {GRACE_SECONDS} s; {_HANDLE}"
    end = _own_end(seen, init=init)
    if init and not wrappers and seen.ended in _NOT_SEEN and end == _SIGNAL_15 and other.in_time:
        end = f"exit {_BY_SIGTERM}"  # by its own hand: as PID 1, where it ended too, no signal would do it
    if end == "gone":
        told = _own_end(other, init=not init)
        end = (
            told if told not in _NOT_SEEN else _as_passed_on(seen.exit_code) or _as_passed_on(other.exit_code)
        )
    if end == _SIGNAL_15:
        return Verdict.DEFAULT, f"SIGTERM itself ended the app, with whatever it was doing; {_HANDLE}"
    if end.startswith("exit"):
        doubt = (
            "" if end in ("exit 0", f"exit {_BY_SIGTERM}") else "; other than 0: the handler may have failed"
        )
        return Verdict.HANDLED, f"the app ended by itself after SIGTERM: {end}{doubt}"
    return f"the app got SIGTERM and ended; how, its wrapper's exit code {seen.exit_code} does not tell"


def _wrappers(seen: Stopped, *, init: bool) -> tuple[str, ...] | None:
    """What stands between the engine (and its init) and the app, the outermost last; None: cannot be told."""
    if seen.above is not None:
        return seen.above[: len(seen.above) - init]
    # No watcher, but where there is only one process besides the engine's init, it is the app.
    return () if len(seen.processes) == 1 + init else None


def _own_end(seen: Stopped, *, init: bool) -> str:
    """How the app itself ended: as it was seen, or as the container's exit code tells where it is the app's."""
    if seen.ended not in _NOT_SEEN or not seen.in_time or _wrappers(seen, init=init) != ():
        return seen.ended
    return _SIGNAL_15 if init and seen.exit_code == _BY_SIGTERM else f"exit {seen.exit_code}"


def _as_passed_on(exit_code: int) -> str:
    """How the app ended, going by a wrapper that waited for it; "" where that is not plain."""
    return {0: "exit 0", _BY_SIGTERM: _SIGNAL_15}.get(exit_code, "")


def _swallowed(seen: Stopped, wrapper: str) -> str:
    end = f"ended with exit code {seen.exit_code}" if seen.in_time else f"ran on for {GRACE_SECONDS} s"
    what = "did not wait for the app to end" if seen.heard else "did not pass SIGTERM on to the app"
    return (
        f"{wrapper[:_SHOWN]!r} {what} and {end}; start the app itself: "
        'CMD ["node", "index.js"], or `exec node index.js` in a script'
    )
