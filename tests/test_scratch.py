"""Folders that are not to be kept, also where their process was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from imagematrix import scratch

HOLD = """
import sys, pathlib
from imagematrix import scratch
with scratch.folder(pathlib.Path(sys.argv[1])) as path:
    (path / "part").write_text("x")
    print(path, flush=True)
    sys.stdin.read()
"""


def test_it_is_gone_when_it_was_used(tmp_path: Path) -> None:
    with scratch.folder(tmp_path / "new") as path:
        (path / "part").write_text("x")
        assert path.parent == tmp_path / "new"
    assert list((tmp_path / "new").iterdir()) == []


def test_it_is_gone_when_it_was_used_badly(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), scratch.folder(tmp_path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_one_in_use_is_not_swept_and_one_of_a_killed_process_is(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        path = Path(process.stdout.readline().strip())
        scratch.sweep(tmp_path)
        assert (path / "part").read_text() == "x"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        assert path.is_dir()
        scratch.sweep(tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_nothing_else_is_swept(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    place = tmp_path / "place"
    place.mkdir()
    (place / "kept.tmp").write_text("x")
    (place / ".hidden").write_text("x")
    (place / ".other.tmp").write_text("x")
    (place / ".imagematrix-link.tmp").symlink_to(outside)
    (place / ".imagematrix-left.tmp").write_text("x")
    os.mkfifo(place / ".imagematrix-fifo.tmp")
    scratch.sweep_below(tmp_path)
    scratch.sweep(tmp_path / "missing")
    assert sorted(path.name for path in place.iterdir()) == [
        ".hidden",
        ".imagematrix-link.tmp",
        ".other.tmp",
        "kept.tmp",
    ]
    assert outside.is_dir()


def test_a_file_in_use_is_not_swept_and_one_that_is_closed_is(tmp_path: Path) -> None:
    handle, path = scratch.file(tmp_path)
    os.write(handle, b"x")
    scratch.sweep(tmp_path)
    assert path.read_bytes() == b"x"
    os.close(handle)
    scratch.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []
