"""Figures as people read and write them.  Megabytes are 1,000,000 bytes, as `docker images` has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

BYTES: Final[Mapping[str, int]] = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
SECONDS: Final[Mapping[str, Decimal]] = {"ms": Decimal("0.001"), "s": Decimal(1)}
_AMOUNT: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]*)", re.ASCII)


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
