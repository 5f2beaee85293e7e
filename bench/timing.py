"""One command, run to its end: how long it took, and how much memory its processes held at most."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LAST_BYTES = 2000  # of a failed command's output that are shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """What one run cost."""

    seconds: float
    # Resident, of the largest process among the command and those it waited for; never less than the
    # bench's own, which a new process starts out as.
    peak_bytes: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """What is run, and where."""

    words: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    codes: tuple[int, ...] = (0,)  # exit codes that mean it has done its work

    def run(self) -> Ran:
        """Run it with its output thrown away.  Ends the bench where it fails."""
        with tempfile.TemporaryFile() as said:
            begun = time.perf_counter()
            process = subprocess.Popen(
                self.words,
                env=self.env,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.terminate()
                process.wait()
                raise
            seconds = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)  # it is waited for: nobody else may be
            if process.returncode not in self.codes:
                said.seek(max(0, said.seek(0, os.SEEK_END) - _LAST_BYTES))
                told = said.read().decode(errors="replace")
                sys.exit(f"{' '.join(self.words)} ended with {process.returncode}:\n{told}")
        return Ran(seconds=seconds, peak_bytes=usage.ru_maxrss * 1024)  # Linux counts kibibytes


def together(runs: Sequence[Ran]) -> Ran:
    """Commands that ran one after the other, as one."""
    return Ran(
        seconds=sum(ran.seconds for ran in runs), peak_bytes=max((ran.peak_bytes for ran in runs), default=0)
    )


def middle(runs: Sequence[Ran]) -> float:
    """The median of the seconds."""
    return statistics.median(ran.seconds for ran in runs)
