"""A record may come from elsewhere, and hold anything: what it says, made harmless to show."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any

from imagematrix.model import Result
from imagematrix.report.figures import plain


def harmless(value: Any) -> Any:
    """A noun with every text in it as `plain` has it, and blanks for tabs, which would move a table's columns."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return plain(value).replace("\t", " ")
    if isinstance(value, tuple):
        return tuple(map(harmless, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: harmless(getattr(value, f.name)) for f in dataclasses.fields(value)}
        if isinstance(value, Result):  # its reason may have lines of a log
            changed["reason"] = "\n".join(map(harmless, value.reason.split("\n")))
        return dataclasses.replace(value, **changed)
    return value
