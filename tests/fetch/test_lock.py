"""One process at a time, and a folder that cannot be made is the machine's failure."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from imagematrix.errors import MachineError
from imagematrix.fetch.lock import locked


def test_others_wait_while_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lock"
    with locked(path), pytest.raises(Timeout):
        FileLock(path).acquire(timeout=0)
    FileLock(path).acquire(timeout=0).lock.release()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineError, match="cannot be written"), locked(tmp_path / "file" / "lock"):
        pytest.fail("the lock is not held")
