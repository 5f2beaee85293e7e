"""The flags that say what an image to be chosen must be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imagematrix.errors import InputError
from imagematrix.model import AtMost, Budget, Must
from imagematrix.units import BYTES, SECONDS, amount, in_bytes, in_seconds
from imagematrix.verdicts.constraints import ASKED

_MEASUREMENTS: Final = {
    "max_download": "download_bytes",
    "max_unpacked": "unpacked_bytes",
    "max_start": "start_seconds",
    "max_memory": "memory_idle_bytes",
}


def wished(flags: Sequence[tuple[str, str]]) -> tuple[Budget, ...]:
    """The constraints, as the verdicts take them.  Raises InputError naming the flag that cannot be read."""
    return tuple(_wish(name, text.strip()) for name, text in flags)


def _wish(name: str, text: str) -> Budget:
    if name in ASKED:
        return Budget(name=name, text="", measurement="", limit=Must(word=ASKED[name].name))
    measurement = _MEASUREMENTS[name]
    limit = _seconds(name, text) if measurement.endswith("_seconds") else _bytes(name, text)
    return Budget(name=name, text=text, measurement=measurement, limit=AtMost(limit=limit))


def _bytes(name: str, text: str) -> int:
    """`60MB` is 60,000,000; a number alone is bytes."""
    number, unit = amount(text)
    if not number or (unit or "B") not in BYTES:
        raise _unreadable(name, text, "a number with B, kB, MB, GB or TB, as in 60MB")
    return in_bytes(number, unit or "B")


def _seconds(name: str, text: str) -> float:
    """`500ms` is 0.5; a number alone has no meaning here."""
    number, unit = amount(text)
    if not number or unit not in SECONDS:
        raise _unreadable(name, text, "a number with ms or s, as in 500ms")
    return in_seconds(number, unit)


def _unreadable(name: str, text: str, wanted: str) -> InputError:
    return InputError(
        f"this cannot be read as a limit: {text!r}",
        where=f"--{name.replace('_', '-')}",
        next_step=f"use {wanted}",
    )
