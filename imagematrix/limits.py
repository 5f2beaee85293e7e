"""What holds for every container of ours, whatever is asked of it."""

from __future__ import annotations

from typing import Any, Final

MEMORY: Final = "512m"  # with as much again of swap counted in: none
CPUS: Final = 2  # processors' worth of time; a quota, which an engine takes however few it has
_PERIOD_MICROSECONDS: Final = 100_000  # the kernel's own default
_OPEN_FILES: Final = 4_096  # of each process; a limit above the engine's own it may not set
_FILE_BYTES: Final = 1 << 30  # that a process may make a file as large as

# Keywords of the SDK's `containers.create`.
LIMITS: Final[dict[str, Any]] = {
    "cpu_period": _PERIOD_MICROSECONDS,
    "cpu_quota": CPUS * _PERIOD_MICROSECONDS,
    "mem_limit": MEMORY,
    "memswap_limit": MEMORY,
    "pids_limit": 256,
    "security_opt": ["no-new-privileges"],
    "ulimits": [
        {"name": "core", "soft": 0, "hard": 0},
        {"name": "fsize", "soft": _FILE_BYTES, "hard": _FILE_BYTES},
        {"name": "nofile", "soft": _OPEN_FILES, "hard": _OPEN_FILES},
    ],
}
