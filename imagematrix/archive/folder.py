"""The folder of one run, while it is being made: its record, its logs, what it was made from."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from imagematrix import record, scratch, whole
from imagematrix.archive import listings
from imagematrix.archive.names import RECORD
from imagematrix.errors import MachineError
from imagematrix.model import Matrix, Run, RunStatus

MATRIX: Final = "matrix.json"
SOURCES: Final = "sources"
LOGS: Final = "logs"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFolder:
    """Where one run is kept.

    From `open_run` until the run has ended, the folder is locked by the process that makes it (flock(2)):
    a record that says "interrupted" is that of a run in progress just as long as someone holds the lock,
    and the kernel lets go of it however the process ends.
    """

    path: Path
    lock: int = -1  # file descriptor; -1 where the file system has no such locks

    @property
    def logs(self) -> Path:
        return self.path / LOGS

    @property
    def record(self) -> Path:
        return self.path / RECORD

    def save(self, run: Run) -> None:
        """Write the record, whole or not at all, and the files of its images that are not kept yet.

        The lock is given back with a record that says how the run ended.  Raises MachineError when it
        cannot be written.
        """
        text = json.dumps(record.to_json(run), indent=2, ensure_ascii=False) + "\n"
        try:
            for result in run.results:
                if result.listing is not None:
                    listings.keep(self.path.parent, result.listing)
            whole.write(self.record, text.encode(), mode=0o644, sync=True, beside=self.path.parent)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        if self.lock >= 0 and run.status is not RunStatus.INTERRUPTED:
            with suppress(OSError):
                fcntl.flock(self.lock, fcntl.LOCK_UN)

    def save_sources(self, matrix: Matrix, told: Mapping[str, Any]) -> None:
        """Keep what the run is made from: the matrix as it is `told`, and the Dockerfiles as they are now.

        They lie as they do beside the matrix file; one from outside its folder is named by its variant.
        One that is not there is left out: its build tells.  Raises MachineError.
        """
        text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
        try:
            whole.write(self.path / MATRIX, text.encode(), mode=0o644, beside=self.path.parent)
            for variant in matrix.variants:
                path = variant.dockerfile
                inside = path.is_relative_to(matrix.folder)
                name = path.relative_to(matrix.folder) if inside else f"{variant.slug}.Dockerfile"
                if path.is_file():
                    whole.write(
                        self.path / SOURCES / name, path.read_bytes(), mode=0o644, beside=self.path.parent
                    )
        except OSError as error:
            raise _unwritable(self.path, error) from error


def open_run(results: Path, run_id: str) -> RunFolder:
    """Make the folder of a new run, and lock it; what killed runs were writing goes.  Raises MachineError."""
    path = results / run_id
    scratch.sweep(results)
    try:
        (path / LOGS).mkdir(parents=True)
    except OSError as error:
        raise _unwritable(path, error) from error
    return RunFolder(path=path, lock=_locked(path))


def _locked(path: Path) -> int:
    """The lock of a folder, which no program that is started from here inherits; -1 for none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return -1
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # `in_progress` may hold it for a moment
    except OSError:
        os.close(handle)
        return -1
    return handle


def in_progress(path: Path) -> bool | None:
    """Whether a run that has not ended is being made now; None where the file system cannot tell."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    else:
        return False
    finally:
        os.close(handle)


def goes_on(status: RunStatus, path: Path) -> bool:
    """Whether a run of this status may still come to what it has not reached: its record says interrupted till then."""
    return status is RunStatus.INTERRUPTED and in_progress(path) is True


def _unwritable(path: Path, error: OSError) -> MachineError:
    return MachineError(
        f"results cannot be kept: {error.strerror or error}",
        where=str(path),
        next_step="make room there, make the folder writable, or name another: INVOKE_IMAGEMATRIX_RESULTS",
    )
