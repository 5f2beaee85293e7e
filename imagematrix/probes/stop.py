"""What the signal that stops a container does to it: how soon it ends, how, and what part the app has in it.

What a container's exit code alone can prove: a PID 1 gets no default action (pid_namespaces(7)), so an app
that is PID 1 and ends on a signal has a handler for it.  stopping.py sees the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from imagematrix.model import Measurement, exact, unavailable
from imagematrix.probes.signals import TERM, Signal

GRACE_SECONDS: Final = 10  # before SIGKILL; as `docker stop` waits where it is told nothing else
_SHOWN: Final = 100  # characters of a command line
_NOT_SEEN: Final = ("", "gone")  # ends of the app that say nothing of how
_START_THE_APP: Final = 'start the app itself: CMD ["node", "index.js"], or `exec node index.js` in a script'
_END_SOONER: Final = (
    "end sooner: let the handler close idle connections too, and then end the process, or give it longer, as "
    "docker run --stop-timeout, stop_grace_period (Compose), terminationGracePeriodSeconds (Kubernetes) do"
)
_END_WITH_0: Final = "see in its log whether the handler threw, and let it end the process with exit code 0"
_WHAT: Final = ("seconds", "exit_code", "pid1", "verdict")
_PREFIX: Final = {False: "stop_", True: "stop_init_"}  # by whether the engine's init is PID 1
NAMES: Final = ("stop_signal", *(prefix + what for prefix in _PREFIX.values() for what in _WHAT))


class Verdict(StrEnum):
    """What became of the app."""

    HANDLED = "the app's handler ran to its end"
    FAILED = "the app ended with a failure"  # it took the signal, and threw or ended with a code of its own
    DEFAULT = "default action"
    SWALLOWED = "wrapper swallowed it"
    KILLED = "had to be killed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """What was seen of one container that was sent its stop signal."""

    signal: Signal
    set_as: str  # how the image's config names it: "SIGINT", "2"; "" where it is the engine's default
    seconds: float  # from the signal to its end
    exit_code: int
    in_time: bool  # it ended by itself, before SIGKILL
    processes: tuple[str, ...]  # command lines before, PID 1's first; () where the engine does not tell
    above: tuple[str, ...] | None  # command lines of the app's parents, PID 1's last; None: app not found
    # The app had no handler for the signal.  Not so says little of SIGTERM and SIGINT: node sets one for both,
    # which puts the terminal in order and lets the default action follow.
    deaf: bool
    heard: bool  # the signal reached the app, as a watcher saw; an app that is PID 1 needs none
    # A handler of the app's took the signal; False: none, or node's own; None: a watcher did not come to see it.
    handled: bool | None
    ended: str  # the app's own end: "exit 0", "signal 15", "gone"; "" where none was seen

    @property
    def pid1(self) -> str:
        """Its command line; "" where nobody tells."""
        told = self.processes[:1] or (self.above or ())[-1:]
        return told[0][:_SHOWN] if told else ""

    @property
    def by_signal(self) -> str:
        """The app's end where it is the signal itself that ended it."""
        return f"signal {self.signal.number}"

    @property
    def tells(self) -> bool:
        """Whether an app that is not PID 1, and was sent the signal, was seen to end and whose doing that was."""
        if self.ended not in (self.by_signal, "gone"):
            return bool(self.ended)
        return self.deaf or self.handled is not None


def stop_signal(seen: Stopped) -> Measurement:
    """`stop_signal`: which signal was sent, as `docker stop` would."""
    return exact(
        "stop_signal",
        seen.signal.name,
        method=f"image config, STOPSIGNAL {seen.set_as}"
        if seen.set_as
        else "an engine's default: the image config sets none",
    )


def measures(seen: Stopped, *, init: bool, other: Stopped) -> tuple[Measurement, ...]:
    """The measurements of one way of stopping; `other` is what was seen of the other way."""
    seconds, exit_code, pid1, verdict = (_PREFIX[init] + what for what in _WHAT)
    way, signal = "with the engine's init" if init else "without an init", seen.signal.name
    limit = "" if seen.in_time else f"; ended by SIGKILL {GRACE_SECONDS} s after {signal}"
    judged = judge(seen, init=init, other=other)
    return (
        exact(seconds, seen.seconds, unit="seconds", method=f"from {signal} to the end, {way}{limit}"),
        exact(exit_code, seen.exit_code, unit="exit code", method=f"after {signal}, {way}{limit}"),
        exact(pid1, seen.pid1, method=f"the engine's list of processes, {way}")
        if seen.pid1
        else unavailable(pid1, "the engine does not list the processes of its containers"),
        unavailable(verdict, judged)
        if isinstance(judged, str)
        else exact(verdict, judged[0].value, method=judged[1]),
    )


def judge(seen: Stopped, *, init: bool, other: Stopped) -> tuple[Verdict, str] | str:
    """The verdict, with why and, after a semicolon, what to do about it; or why there is none.

    `other` is what was seen of the same image stopped the other way, with or without an init: how an app
    takes a signal does not depend on what stands before it, unless the app is PID 1.
    """
    between, signal = wrappers(seen, init=init), seen.signal
    if not signal.can_be_handled:
        why = f"no app can handle {signal.name}, which the image names as its stop signal"
        return Verdict.KILLED, f"{why}; write STOPSIGNAL {TERM.name}, and {_handle(TERM.name)}"
    if between is None:
        if seen.in_time:
            return "which process is the app could not be seen: its exit code alone does not tell"
        return Verdict.KILLED, f"it ran on for {GRACE_SECONDS} s; {_handle(signal.name)}"
    if not seen.in_time and seen.deaf and not signal.ends_by_default:
        why = f"the app has no handler for {signal.name}, which ends nothing by default"
        return Verdict.KILLED, f"{why}; {_handle(signal.name)}"
    if between and not (seen.heard and (seen.ended or not seen.in_time)):
        return Verdict.SWALLOWED, _swallowed(seen, between[-1])
    if not seen.in_time:
        return Verdict.KILLED, _why_killed(seen, other, pid1=not init and not between)
    end = _own_end(seen, init=init)
    if end == "gone":
        told = _own_end(other, init=not init)
        end = told if told not in _NOT_SEEN else _as_passed_on(seen) or _as_passed_on(other)
    if end == seen.by_signal:
        return _judge_end_by_signal(seen, other, under_init_alone=init and not between)
    if end.startswith("exit"):
        why = f"the app ended by itself after {signal.name}: {end}"
        if end in ("exit 0", f"exit {signal.exit_code}"):
            return Verdict.HANDLED, why
        return Verdict.FAILED, f"{why}; {_END_WITH_0}"
    return f"the app got {signal.name} and ended; how, its wrapper's exit code {seen.exit_code} does not tell"


def _judge_end_by_signal(
    seen: Stopped, other: Stopped, *, under_init_alone: bool
) -> tuple[Verdict, str] | str:
    """Of an app that ended as its stop signal ends one: a handler may have sent it again when it was done.

    The usual way to end on a signal, signal(7) being what a parent goes by.  Where nothing but an init stands
    before the app, it is PID 1 the other way, where a signal ends nothing: what ends there too has a handler.
    """
    name = seen.signal.name
    if seen.handled or other.handled or (under_init_alone and other.in_time):
        return Verdict.HANDLED, f"a handler took {name}, and the app ended after it as the signal ends one"
    if under_init_alone or seen.deaf or False in (seen.handled, other.handled):
        why = f"{name} itself ended the app, with whatever it was doing"
        return Verdict.DEFAULT, f"{why}; {_handle(name)}"
    return f"the app got {name} and ended by it; whether a handler had run before was not seen"


def wrappers(seen: Stopped, *, init: bool) -> tuple[str, ...] | None:
    """What stands between the engine (and its init) and the app, the outermost last; None: cannot be told."""
    if seen.above is not None:
        return seen.above[: len(seen.above) - init]
    # No watcher, but where there is only one process besides the engine's init, it is the app.
    return () if len(seen.processes) == 1 + init else None


def _own_end(seen: Stopped, *, init: bool) -> str:
    """How the app itself ended: as it was seen, or as the container's exit code tells where it is the app's."""
    if seen.ended not in _NOT_SEEN or not seen.in_time or wrappers(seen, init=init) != ():
        return seen.ended
    return seen.by_signal if init and seen.exit_code == seen.signal.exit_code else f"exit {seen.exit_code}"


def _as_passed_on(seen: Stopped) -> str:
    """How the app ended, going by a wrapper that waited for it; "" where that is not plain."""
    return {0: "exit 0", seen.signal.exit_code: seen.by_signal}.get(seen.exit_code, "")


def _why_killed(seen: Stopped, other: Stopped, *, pid1: bool) -> str:
    """Why a signal that was not swallowed ended nothing, and the remedy; `pid1`: the app is PID 1."""
    name = seen.signal.name
    if seen.ended == seen.by_signal or seen.ended.startswith("exit"):
        return f"the app ended on {name}, but what started it ran on for {GRACE_SECONDS} s; {_START_THE_APP}"
    no_default = pid1 and _own_end(other, init=True) == seen.by_signal
    if no_default and other.handled:
        why = f"as PID 1 the app is not ended by {name}, which its handler sends again"
        return f"{why}; let the handler end the process with exit code 0, or run it with the engine's --init"
    if no_default or (pid1 and seen.deaf):
        why = "as PID 1 the app gets no default action, and it has no handler"
        return f"{why}; {_handle(name)}" + (", or run it with the engine's --init" if no_default else "")
    return f"the app got {name}, and had not ended {GRACE_SECONDS} s later; {_END_SOONER}"


def _handle(name: str) -> str:
    told = f"handle {name} in the app: close the server, then end the process"
    return (
        told if name == TERM.name else f"{told}, or write STOPSIGNAL {TERM.name} if that is what it handles"
    )


def _swallowed(seen: Stopped, wrapper: str) -> str:
    end = f"ended with exit code {seen.exit_code}" if seen.in_time else f"ran on for {GRACE_SECONDS} s"
    what = "wait for the app to end" if seen.heard else f"pass {seen.signal.name} on to the app"
    return f"{wrapper[:_SHOWN]!r} did not {what} and {end}; {_START_THE_APP}"
