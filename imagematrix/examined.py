"""What the readers found in an image's files, kept: the same layers, read by the same code, say the same.

A file is whole or not there (written aside and renamed); one that cannot be read is made again.  All of it
is safe to delete.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from imagematrix import image, whole
from imagematrix.model import EngineImage, Finding, Measurement, ReadyBase
from imagematrix.record import finding_from, finding_json, measurement_from, measurement_json

Found = tuple[tuple[Measurement, ...], tuple[Finding, ...]]

_MOST: Final = 200  # files that are kept; the longest unused go first


def path_of(folder: Path, read: EngineImage, bases: Sequence[ReadyBase], *conditions: object) -> Path:
    """Where the findings of this image lie, by all that they depend on; the day is in it for ends of life.

    `conditions` are what else decides: the engine and the environment that its addons are loaded in, the
    sizes of layers that were read before.
    """
    below = [base.diff_ids for base in bases]
    what = [read.config_digest, below, list(conditions), str(date.today()), _code()]
    return folder / f"{hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32]}.json"


@cache
def _code() -> str:
    """A digest of the readers themselves: what another version of them found is not theirs."""
    digest = hashlib.sha256()
    for path in sorted(Path(image.__file__).parent.glob("*.*")):
        digest.update(path.read_bytes() if path.suffix in (".py", ".js") else b"")
    return digest.hexdigest()


def load(path: Path) -> Found | None:
    """What is kept there; None where nothing is, or nothing that can be read."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        found = (
            tuple(measurement_from(each) for each in told["measurements"]),
            tuple(finding_from(each) for each in told["findings"]),
        )
        os.utime(path)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found


def save(path: Path, found: Found) -> None:
    """Keep it, as far as the disk allows: next time it is found again either way."""
    measured, findings = found
    document = {
        "measurements": [measurement_json(each) for each in measured],
        "findings": [finding_json(each) for each in findings],
    }
    with suppress(OSError):
        whole.write(path, json.dumps(document).encode())
        for old in sorted(path.parent.glob("*.json"), key=lambda each: each.stat().st_mtime)[:-_MOST]:
            old.unlink(missing_ok=True)
