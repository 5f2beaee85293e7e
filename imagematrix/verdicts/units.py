"""Figures in a verdict's sentences, as the reports write them (report/units.py)."""

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
