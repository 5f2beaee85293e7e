"""What holds for every container of ours, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

MEMORY: Final = "512m"  # with as much again of swap counted in: none
CPUS: Final = 2  # processors' worth of time; a quota, which an engine takes however few it has
_PERIOD_MICROSECONDS: Final = 100_000  # the kernel's own default
_OPEN_FILES: Final = 4_096  # of each process; a limit above the engine's own it may not set
_FILE_BYTES: Final = 1 << 30  # that a process may make a file as large as

_LIMITS: Final[Mapping[str, Any]] = {
    "cpu_period": _PERIOD_MICROSECONDS,
    "cpu_quota": CPUS * _PERIOD_MICROSECONDS,
    "mem_limit": MEMORY,
    "memswap_limit": MEMORY,
    "pids_limit": 256,
    "security_opt": ["no-new-privileges"],
}
_OF_FILES: Final[Mapping[str, Any]] = {
    "ulimits": [
        {"name": "core", "soft": 0, "hard": 0},
        {"name": "fsize", "soft": _FILE_BYTES, "hard": _FILE_BYTES},
        {"name": "nofile", "soft": _OPEN_FILES, "hard": _OPEN_FILES},
    ],
}
_PODMAN: Final = "Podman Engine"


class Client(Protocol):
    """As much of an engine's client as is needed here."""

    def version(self) -> dict[str, Any]: ...


_known: WeakKeyDictionary[Client, Mapping[str, Any]] = WeakKeyDictionary()


def limits(client: Client) -> Mapping[str, Any]:
    """Keywords of the SDK's `containers.create`.

    Podman that is given limits of files adds one of processes, above what it may set itself where it lacks
    rights; there those of files are the engine's own.
    """
    if client not in _known:
        names = [each.get("Name") for each in client.version().get("Components") or ()]
        _known[client] = _LIMITS if _PODMAN in names else {**_LIMITS, **_OF_FILES}
    return _known[client]
