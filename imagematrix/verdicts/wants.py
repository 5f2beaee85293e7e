"""What one may want of an image: each want told from measurements alone, as far as they were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from imagematrix.model import How, Measurement, Result, Table, is_root
from imagematrix.text import first_few
from imagematrix.verdicts.told import told

_SHOWN: Final = 4  # names in a sentence
_HARDENING: Final = "hardening_"
_ADDONS: Final = ("addons", "addons_loaded")
# What probes/stop.py says became of the app on its stop signal, the best first.
STOPS: Final = (
    "the app's handler ran to its end",
    "the app ended with a failure",
    "default action",
    "wrapper swallowed it",
    "had to be killed",
)
_BASH: Final = "bash"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """How an image stands to a want."""

    short: int  # of what is wanted: 0 is all of it, more is worse
    verb: str  # "has"
    what: str  # "no shell", "a shell (bash, sh)"

    @property
    def text(self) -> str:
        return f"{self.verb} {self.what}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Want:
    """Something that an image has, or has not."""

    name: str  # "no shell"
    ask: Callable[[Result], Answer | None]  # None: it was not measured


def _list_want(name: str, measurement: str, what: str, one: str, *, wanted: bool) -> Want:
    """That a list of paths is empty, or that it is not; `one` is what a list with something in it is called."""

    def ask(result: Result) -> Answer | None:
        found = told(result).get(measurement)
        if found is None or not found.measured or not isinstance(found.value, tuple):
            return None
        return _there(what, one, [_base_name(each) for each in found.value], wanted=wanted)

    return Want(name=name, ask=ask)


def _there(what: str, one: str, names: Sequence[str], *, wanted: bool) -> Answer:
    found = f"{one} ({first_few(list(dict.fromkeys(names)), _SHOWN)})" if names else f"no {what}"
    return Answer(short=int(bool(names) is not wanted), verb="has", what=found)


def _base_name(path: object) -> str:
    return str(path).rpartition("/")[2]


def _shells(result: Result) -> list[str] | None:
    """Shells that run by their name, and those that lie anywhere as files; None where nobody looked."""
    found = told(result)
    ran, lies = _words(found, "shells"), _words(found, "shells_on_disk")
    if ran is None and lies is None:
        return None
    return list(dict.fromkeys([*(ran or ()), *map(_base_name, lies or ())]))


def _words(found: Mapping[str, Measurement], name: str) -> tuple[str, ...] | None:
    measurement = found.get(name)
    if measurement is None or not measurement.measured or not isinstance(measurement.value, tuple):
        return None
    return tuple(map(str, measurement.value))


def _no_shell(result: Result) -> Answer | None:
    shells = _shells(result)
    return None if shells is None else _there("shell", "a shell", shells, wanted=False)


def _a_shell(result: Result) -> Answer | None:
    """One that runs by its name; 1 short is a plain one without bash."""
    ran = _words(told(result), "shells")
    if ran is None:
        return None
    short = 0 if _BASH in ran else 1 if ran else 2
    return replace(_there("shell to run", "a shell to run", ran, wanted=True), short=short)


def _supported(result: Result) -> Answer | None:
    """Neither Node nor the operating system past its end of life; an image without the one lacks nothing."""
    found = told(result)
    ends = [found.get(f"{name}_past_end_of_life") for name in ("node", "os")]
    if any(end is None or end.how is How.UNAVAILABLE for end in ends):
        return None
    past = [what for what, end in zip(("Node", "system"), ends, strict=True) if end and end.value is True]
    what = f"a {' and a '.join(past)} past the end of life" if past else "a supported Node and system"
    return Answer(short=len(past), verb="has", what=what)


def _addons(result: Result) -> Answer | None:
    """As the findings judge them: a file for another platform means nothing by itself."""
    found = told(result).get("addons")
    if found is None or found.how is How.UNAVAILABLE:
        return None
    broken = [each for each in result.findings if each.measurement in _ADDONS and not each.accepted]
    what = "native addons that do not fit" if broken else "no native addon that does not fit"
    return Answer(short=int(bool(broken)), verb="has", what=what)


def _no_secrets(result: Result) -> Answer | None:
    found = told(result).get("secret_files")
    if found is None or found.how is How.UNAVAILABLE:
        return None
    files = [_base_name(row[0]) for row in found.value.rows] if isinstance(found.value, Table) else []
    return _there("file that looks like a secret", "files that look like secrets", files, wanted=False)


def _not_root(result: Result) -> Answer | None:
    found = told(result).get("user")
    if found is None or not found.measured:
        return None
    user = str(found.value)
    root = is_root(user)
    return Answer(short=int(root), verb="runs as", what="root" if root else user.partition(":")[0])


def _hardened(result: Result) -> Answer | None:
    asked = [m for m in result.measurements if m.name.startswith(_HARDENING) and m.measured]
    if not asked:
        return None
    fails = [m.name.removeprefix(_HARDENING).replace("_", " ") for m in asked if m.value != "passes"]
    what = f"fails {', '.join(fails)}" if fails else f"passes all {len(asked)}"
    return Answer(short=len(fails), verb="of the restrictions", what=what)


def _stops(result: Result) -> Answer | None:
    found = told(result).get("stop_verdict")
    if found is None or not found.measured:
        return None
    verdict = str(found.value)
    short = STOPS.index(verdict) if verdict in STOPS else len(STOPS)
    signal = told(result).get("stop_signal")  # that the image names; runs before it was told sent SIGTERM
    name = str(signal.value) if signal is not None and signal.measured else "SIGTERM"
    return Answer(short=short, verb=f"on {name}:", what=verdict)


def _glibc(result: Result) -> Answer | None:
    found = told(result).get("libc")
    if found is None or not found.measured:
        return None
    return Answer(short=int(found.value != "glibc"), verb="runs on", what=str(found.value))


SUPPORTED: Final = Want(name="a supported Node and system", ask=_supported)
ADDONS_FIT: Final = Want(name="native addons that fit", ask=_addons)
NO_SECRETS: Final = Want(name="no secret files", ask=_no_secrets)
NO_SHELL: Final = Want(name="no shell", ask=_no_shell)
NO_PACKAGE_MANAGER: Final = _list_want(
    "no package manager", "package_managers", "package manager", "package managers", wanted=False
)
NO_SETUID: Final = _list_want(
    "no setuid files", "setuid_files", "file that is setuid or setgid", "setuid or setgid files", wanted=False
)
NOT_ROOT: Final = Want(name="a user other than root", ask=_not_root)
HARDENED: Final = Want(name="an answer under every restriction", ask=_hardened)
STOPS_WELL: Final = Want(name="an end of its own on the stop signal", ask=_stops)
A_SHELL: Final = Want(name="a shell (best bash)", ask=_a_shell)
PACKAGE_MANAGER: Final = _list_want(
    "a package manager", "package_managers", "package manager", "package managers", wanted=True
)
BUILD_TOOLS: Final = _list_want("build tools", "build_tools", "build tool", "build tools", wanted=True)
GLIBC: Final = Want(name="glibc", ask=_glibc)
