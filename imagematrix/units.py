"""Figures as people read and write them.  Megabytes are 1,000,000 bytes, as `docker images` has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

BYTES: Final[Mapping[str, int]] = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
SECONDS: Final[Mapping[str, Decimal]] = {"ms": Decimal("0.001"), "s": Decimal(1)}
_AMOUNT: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]*)", re.ASCII)
# Measurements that their names do not tell well enough.
_CALLED: Final = {
    "engine_bytes": "size by the engine",
    "own_bytes": "added to the base",
    "first_response_seconds": "first answer",
    "start_seconds": "start-up",
    "start_min_seconds": "quickest start-up",
    "start_spread_seconds": "spread of start-up",
    "start_each_seconds": "each start-up",
    "start_outliers": "outliers of start-up",
    "memory_idle_bytes": "memory when idle",
    "memory_after_burst_bytes": "memory after a burst",
    "stop_seconds": "time to stop",
    "stop_pid1": "PID 1",
    "node_modules_bytes": "node_modules",
    "node_modules_packages": "packages in node_modules",
}
_INIT: Final = "stop_init_"


def amount(text: str) -> tuple[str, str]:
    """("60MB") -> ("60", "MB"): a number and its unit, as flags take them; ("", "") for what is none."""
    match = _AMOUNT.fullmatch(text)
    return (match[1], match[2]) if match else ("", "")


def in_bytes(number: str, unit: str) -> int:
    """("60", "MB") -> 60_000_000; exact, parts of a byte are dropped.  Raises KeyError for another unit."""
    return int(Decimal(number) * BYTES[unit])


def in_seconds(number: str, unit: str) -> float:
    """("500", "ms") -> 0.5; exact, whatever 0.1 may be as a float.  Raises KeyError for another unit."""
    return float(Decimal(number) * SECONDS[unit])


def size(count: int) -> str:
    """1_253_000_000 -> "1.25 GB", 69_700_000 -> "69.7 MB", 912 -> "912 B"."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            break
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"


def duration(seconds: float) -> str:
    """0.1834 -> "183 ms", 12.34 -> "12.3 s", 125 -> "2 min 5 s"."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def called(measurement: str) -> str:
    """A measurement's name in words, without its unit: "start_seconds" is "start-up"."""
    if measurement.startswith(_INIT):
        return f"{called(f'stop_{measurement.removeprefix(_INIT)}')}, with an init"
    bare = measurement.removesuffix("_bytes").removesuffix("_seconds")
    return _CALLED.get(measurement) or bare.replace("_", " ")
