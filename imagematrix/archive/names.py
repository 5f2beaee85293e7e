"""The names of runs: which folders of results/ are runs, and in which order."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

RECORD: Final = "run.json"
_SECOND: Final = "%Y%m%dT%H%M%SZ"
_PARTS: Final = 1 << 24  # of the random part
_STEP: Final = 1 << 20  # most by which a name's random part comes after that of the run before
_ID: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")


def new_run_id(results: Path, now: datetime, notify: Callable[[str], object] = lambda _: None) -> str:
    """A run's name: UTC to the second, and a random part, which keeps two runs apart.

    Names sort by the order that runs are begun in, so it comes after all that are there: also where two are
    begun in one second, and where the clock was set back, which `notify` is told.
    """
    name = _name(now, secrets.randbelow(_PARTS))
    newest = next(iter(ids(results)), "")
    if name > newest:
        return name
    try:
        second = datetime.strptime(newest.partition("-")[0], _SECOND)
        more, part = divmod(int(newest[-6:], 16) + 1 + secrets.randbelow(_STEP), _PARTS)
        after = _name(second + timedelta(seconds=more), part)
    except (ValueError, OverflowError):  # such a time cannot be
        return name
    if second.replace(tzinfo=now.tzinfo) - now > timedelta(seconds=1):  # not only a full second's names
        notify(
            f"the clock stands before the newest run, {newest}: this one is named {after}, to come after it"
        )
    return after


def _name(second: datetime, part: int) -> str:
    return f"{second:{_SECOND}}-{part:06x}"


def is_id(text: str) -> bool:
    """Whether this is the name of a run."""
    return _ID.fullmatch(text) is not None


def ids(results: Path) -> list[str]:
    """All runs that are archived here, newest first; what else lies in the folder is no run."""
    if not results.is_dir():
        return []
    with os.scandir(results) as entries:
        found = [each.name for each in entries if is_id(each.name) and each.is_dir(follow_symlinks=False)]
    return sorted(found, reverse=True)
