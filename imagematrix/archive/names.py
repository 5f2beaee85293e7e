"""The names of runs: which folders of results/ are runs, and in which order."""

from __future__ import annotations

import os
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

RECORD: Final = "run.json"
_ID: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")


def new_run_id(now: datetime) -> str:
    """A run's name: UTC to the second, which sorts, and a random part, which keeps two runs apart."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


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
