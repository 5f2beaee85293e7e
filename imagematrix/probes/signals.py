"""Signals as Linux numbers them in a container, whatever system this runs on, and as an engine reads their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# In the order of their numbers on x86 and ARM, from 1 on (signal(7)).
_NAMES: Final = (
    *("HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE"),
    *("ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ"),
    *("VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"),
)
_ALIASES: Final = {"CLD": "CHLD", "IOT": "ABRT", "POLL": "IO"}
# Real-time signals, as the C libraries leave them to programs; named from both ends, as engines do (moby,
# sys/signal: SignalMap).
_FIRST_REAL_TIME: Final = 34
_LAST: Final = 64
_NAMED_FROM_FIRST: Final = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """One signal."""

    name: str  # "SIGTERM", "SIGRTMIN+3"
    number: int

    @property
    def can_be_handled(self) -> bool:
        """SIGKILL and SIGSTOP never reach a process (signal(7))."""
        return self.number not in (9, 19)

    @property
    def ends_by_default(self) -> bool:
        """Whether it ends a process that has no handler for it; the others stop it, or do nothing (signal(7))."""
        return self.number not in (17, 18, 19, 20, 21, 22, 23, 28)

    @property
    def exit_code(self) -> int:
        """What a shell or an init makes of a child that the signal has ended."""
        return 128 + self.number


def _named(number: int) -> Signal:
    if number <= len(_NAMES):
        return Signal(name=f"SIG{_NAMES[number - 1]}", number=number)
    if number < _FIRST_REAL_TIME:
        return Signal(name=f"signal {number}", number=number)  # the C library keeps these for itself
    above, below = number - _FIRST_REAL_TIME, _LAST - number
    place = f"RTMIN+{above}" if above <= _NAMED_FROM_FIRST else f"RTMAX-{below}"
    return Signal(name=f"SIG{place}".removesuffix("+0").removesuffix("-0"), number=number)


_ALL: Final = tuple(_named(number) for number in range(1, _LAST + 1))
_BY_NAME: Final = {signal.name: signal for signal in _ALL} | {
    f"SIG{alias}": _ALL[_NAMES.index(name)] for alias, name in _ALIASES.items()
}
_BY_NUMBER: Final = {str(signal.number): signal for signal in _ALL}
TERM: Final = _BY_NAME["SIGTERM"]
KILL: Final = _BY_NAME["SIGKILL"]


def parse(told: str) -> Signal | None:
    """A signal by its name, with "SIG" or without, or by its number; None where Linux has none such.

    As an engine reads STOPSIGNAL (moby, sys/signal: ParseSignal).
    """
    return _BY_NUMBER.get(told.lstrip("0")) or _BY_NAME.get(f"SIG{told.upper().removeprefix('SIG')}")
