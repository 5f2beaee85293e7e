from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from imagematrix.bases import debian
from imagematrix.bases.recipe import Order, Workshop
from imagematrix.bases.reference import parse
from imagematrix.errors import BaseImageError, Interrupted


def workshop(folder: Path) -> Workshop:
    return Workshop(
        folder=folder,
        cache=folder / "cache",
        note=lambda _: None,
        stop=threading.Event(),
        parent_file=lambda _: b"",
    )


def test_who_is_not_root_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    order = Order(reference=parse("debian:bookworm"), node="", arch="amd64")
    with pytest.raises(BaseImageError, match="it takes root on Linux") as caught:
        debian.RECIPE.lay_out(order, workshop(tmp_path))
    assert "--bases registry" in caught.value.next_step


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    order = Order(reference=parse("debian:bookworm"), node="", arch="amd64")
    with pytest.raises(BaseImageError, match="there is no perl, there is no unshare, there is no chroot"):
        debian.RECIPE.lay_out(order, workshop(tmp_path))


def test_a_program_that_must_not_go_on_is_ended_with_all_it_started(tmp_path: Path) -> None:
    stop = threading.Event()
    child = tmp_path / "child"
    command = ["/bin/sh", "-c", f"sleep 60 & echo $! > {child}; wait"]

    def stop_when_it_runs() -> None:
        while not (child.exists() and child.read_text().strip()):
            pass
        stop.set()

    thread = threading.Thread(target=stop_when_it_runs)
    thread.start()
    with (tmp_path / "log").open("w") as log, pytest.raises(Interrupted):
        debian.run_group(command, dict(os.environ), log.fileno(), stop)
    thread.join()
    deadline = time.monotonic() + 10
    while running(int(child.read_text())):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
