"""Stopping containers as `docker stop` does, and what is seen of it.

"Stopped quickly" is not "stopped well": a wrapper as PID 1 can end at once and take the app with it, which
never hears of it.  So a watcher inside (stop.js) sees whether the signal reaches the app, and how the app
ends.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from typing import Final

from imagematrix.container import Running, Start
from imagematrix.errors import StepError
from imagematrix.model import Measurement, Smoke, Step
from imagematrix.probes import signals
from imagematrix.probes.http import smoke
from imagematrix.probes.node import run_node
from imagematrix.probes.signals import Signal
from imagematrix.probes.stop import GRACE_SECONDS, Stopped, measures, stop_signal, wrappers

_AFTER_KILL_SECONDS: Final = 10
_WATCHED_SECONDS: Final = 60.0  # all of it: the watcher's first word, the grace, and what follows SIGKILL
_LOOKS: Final = 3  # at a wrapper that may or may not have waited
_TOLD_BYTES: Final = 1 << 14  # of the watcher's words
_SHOWN: Final = 40  # characters of a signal's name that is none
_WATCHER: Final = resources.files("imagematrix.probes").joinpath("stop.js")


def stopping(start: Start, expected: Smoke, stop: threading.Event) -> tuple[Measurement, ...]:
    """What stop.NAMES names: the signal, and how the container ends, without and with the engine's init.

    Raises StepError when the app does not answer before it is to be stopped; Interrupted.
    """
    plain, under_init = (_seen(start, expected, stop, init=init) for init in (False, True))
    return (
        stop_signal(plain),
        *measures(plain, init=False, other=under_init),
        *measures(under_init, init=True, other=plain),
    )


def _seen(start: Start, expected: Smoke, stop: threading.Event, *, init: bool) -> Stopped:
    """What was seen, of several containers where one does not tell.

    When PID 1 ends, the kernel ends the watcher too.  A wrapper that waited for the app ends right after it,
    so on a busy machine the watcher may not come to say how the app ended; one that did not wait leaves
    nothing to see every time.  Nor may it come to see whether a handler took the signal before it ended the app.
    """
    for _ in range(_LOOKS):
        seen = _stopped(start, expected, stop, init=init)
        if not (seen.heard and seen.in_time and not seen.tells and wrappers(seen, init=init)):
            break
    return seen


def _stopped(start: Start, expected: Smoke, stop: threading.Event, *, init: bool) -> Stopped:
    # The watcher must see an app of any user: that takes this one capability, and root, inside.
    with start(init=init, cap_add=("SYS_PTRACE",)) as running:
        smoke(running, expected, stop)
        told_signal = running.stop_signal()
        signal = _signal(told_signal)
        processes = running.processes()
        with _watching(running, signal) as lines:
            told = dict(next(lines, {}))
            begun = time.monotonic()
            running.signal(signal.number)
            exit_code = running.wait(GRACE_SECONDS)
            in_time = exit_code is not None
            if exit_code is None:
                running.signal(signals.KILL.number)
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
        signal=signal,
        set_as=told_signal,
        seconds=round(seconds, 3),
        exit_code=exit_code,
        in_time=in_time,
        processes=processes,
        above=parents,
        deaf=parents is not None and told.get("caught") is False,
        heard=bool(told.get("heard")),
        handled=handled if isinstance(handled := told.get("handled"), bool) else None,
        ended=str(told.get("ended", "")),
    )


def _signal(told: str) -> Signal:
    """The signal that a container's config names; an engine that is told none sends SIGTERM."""
    signal = signals.parse(told) if told else signals.TERM
    if signal is None:
        raise StepError(Step.MEASURE, f"the image's stop signal {told[:_SHOWN]!r} is none that Linux has")
    return signal


@contextmanager
def _watching(running: Running, signal: Signal) -> Iterator[Iterator[Mapping[str, object]]]:
    """What the watcher says, line by line; nothing where no node is inside to run it."""
    where = run_node(running, "console.log(process.execPath)")
    if where is None or where.exit_code != 0:
        yield iter(())
        return
    set_up = f"const PORT = {running.inner_port}, SIGNAL = {signal.number}, GRACE_MS = {GRACE_SECONDS * 1000}"
    script = f"{set_up}\n{_WATCHER.read_text('utf-8')}"
    with running.follow(where.output.strip(), "-e", script, seconds=_WATCHED_SECONDS) as chunks:
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
