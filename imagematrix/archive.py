"""The only writer of results/: one folder a run, `<id>/run.json` with its logs beside it.

A record is written under a temporary name, synced and renamed, after every variant: what is on disk is
always whole, and says "interrupted" until the run has ended otherwise.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from imagematrix import record, whole
from imagematrix.errors import InputError, MachineError
from imagematrix.model import Run, UnreadableRun

RECORD: Final = "run.json"


def new_run_id(now: datetime) -> str:
    """A run's name: UTC to the second, which sorts, and a random part, which keeps two runs apart."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFolder:
    """Where one run is kept."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def record(self) -> Path:
        return self.path / RECORD

    def save(self, run: Run) -> None:
        """Write the record, whole or not at all.  Raises MachineError when it cannot be written."""
        text = json.dumps(record.to_json(run), indent=2, ensure_ascii=False) + "\n"
        try:
            whole.write(self.record, text.encode(), mode=0o644, sync=True)
        except OSError as error:
            raise _unwritable(self.path, error) from error


def open_run(results: Path, run_id: str) -> RunFolder:
    """Make the folder of a new run.  Raises MachineError."""
    folder = RunFolder(path=results / run_id)
    try:
        folder.logs.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(folder.path, error) from error
    return folder


def _unwritable(path: Path, error: OSError) -> MachineError:
    return MachineError(
        f"results cannot be kept: {error.strerror or error}",
        where=str(path),
        next_step="make room there, make the folder writable, or name another: INVOKE_IMAGEMATRIX_RESULTS",
    )


def runs(results: Path) -> list[Run | UnreadableRun]:
    """All archived runs, oldest first.  A damaged or newer record is told of, not skipped."""
    if not results.is_dir():
        return []
    return [_entry(folder) for folder in sorted(results.iterdir()) if folder.is_dir()]


def newest_first(results: Path) -> Iterator[Run]:
    """The archived runs that can be read, newest first, each read when it is asked for."""
    names = sorted((entry.name for entry in results.iterdir()), reverse=True) if results.is_dir() else ()
    for name in names:
        entry = _entry(results / name)
        if isinstance(entry, Run):
            yield entry


def _entry(folder: Path) -> Run | UnreadableRun:
    try:
        return read(folder / RECORD)
    except InputError as error:
        return UnreadableRun(id=folder.name, reason=error.what)


def read(path: Path) -> Run:
    """One record.  Raises InputError when it is not there or not a record of this version."""
    try:
        return record.from_json(json.loads(path.read_text(encoding="utf-8")), path.parent)
    except OSError as error:
        what = f"no record of a run: {error.strerror}"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"not a record that this version reads: {error}"
    raise InputError(what, where=str(path), next_step="`invoke runs` lists the archived runs")
