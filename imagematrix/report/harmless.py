"""A record may come from elsewhere, and hold anything: what it says, made harmless for a terminal."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any

from imagematrix.model import Result
from imagematrix.text import one_line


def harmless(value: Any) -> Any:
    """A noun with every text in it as one line in which no control does anything."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return one_line(value)
    if isinstance(value, tuple):
        return tuple(map(harmless, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: harmless(getattr(value, f.name)) for f in dataclasses.fields(value)}
        if isinstance(value, Result):  # its reason may have lines of a log
            changed["reason"] = "\n".join(map(one_line, value.reason.split("\n")))
        return dataclasses.replace(value, **changed)
    return value
