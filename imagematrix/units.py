"""Figures as people read them.  Megabytes are 1,000,000 bytes, as `docker images` has them."""

from __future__ import annotations


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
