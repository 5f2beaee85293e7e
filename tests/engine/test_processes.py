"""The engine's processes are told by what they inherited, never by a pid that was once written down."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from imagematrix.engine.processes import MARK, engine_processes, mounts_in, stop

if not Path("/proc/self/environ").exists():  # the engine of our own is for Linux alone
    pytest.skip("there is no /proc", allow_module_level=True)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that knows nothing of the engine."""
    with ExitStack() as stack:
        process = stack.enter_context(subprocess.Popen(["sleep", "60"]))
        stack.callback(process.kill)
        yield process


def start(runtime: Path, stack: ExitStack, script: str = "sleep 60; :") -> subprocess.Popen[bytes]:
    """A process of the engine of that runtime folder, under dockerd's name."""
    process = stack.enter_context(
        subprocess.Popen(
            [f"{runtime}/dockerd", "-c", script],
            executable="/bin/bash",
            env={**os.environ, MARK: str(runtime)},
        )
    )
    stack.callback(process.kill)
    # The kernel says that it runs the program (it closes what is closed then) before its environment can be read.
    environ, deadline = Path(f"/proc/{process.pid}/environ"), time.monotonic() + 30
    while MARK.encode() not in environ.read_bytes():
        assert time.monotonic() < deadline, "it has no environment"
        time.sleep(0.01)
    return process


def test_a_process_is_found_by_its_mark(tmp_path: Path) -> None:
    with ExitStack() as stack:
        ours = start(tmp_path / "a", stack)
        start(tmp_path / "b", stack)
        found = engine_processes(tmp_path / "a")
        assert found[ours.pid] == "dockerd"
        assert set(found.values()) <= {"dockerd", "sleep"}


def test_a_stale_pid_file_names_no_engine(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    (tmp_path / "docker.pid").write_text(str(sleeper.pid))
    assert engine_processes(tmp_path) == {}
    assert stop(tmp_path, "imagematrix-none", grace_seconds=0.1) == set()
    assert sleeper.poll() is None


def test_stop_ends_all_of_one_engine_and_none_of_another(tmp_path: Path) -> None:
    with ExitStack() as stack:
        stubborn = start(tmp_path / "a", stack, "trap '' TERM; sleep 60; sleep 60")
        other = start(tmp_path / "b", stack)
        # Not before the trap is set: the shell then has its child.
        while len(engine_processes(tmp_path / "a")) < 2:
            assert stubborn.poll() is None
        pids = stop(tmp_path / "a", "imagematrix-none", grace_seconds=0.2)
        assert stubborn.pid in pids
        assert stubborn.wait(5) == -9
        assert engine_processes(tmp_path / "a") == {}
        assert other.poll() is None


def test_an_engine_that_listens_is_asked_first(tmp_path: Path) -> None:
    with ExitStack() as stack:
        gentle = start(tmp_path, stack)
        stop(tmp_path, "imagematrix-none", grace_seconds=5.0)
        assert gentle.wait(5) == -15


def test_mounts_are_undone_innermost_first() -> None:
    mounts = (
        "overlay / overlay rw 0 0\n"
        "/dev/a /c/data ext4 rw 0 0\n"
        "overlay /c/data/overlay2/1/merged overlay rw 0 0\n"
        "tmpfs /c/data-of-another tmpfs rw 0 0\n"
        "nsfs /run/x/net\\040ns nsfs rw 0 0\n"
    )
    assert mounts_in(mounts, Path("/c/data"), Path("/run/x")) == [
        "/run/x/net ns",
        "/c/data/overlay2/1/merged",
        "/c/data",
    ]
