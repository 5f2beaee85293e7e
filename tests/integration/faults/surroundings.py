"""Machines at fault: folders that cannot be written, commands that are started in a bad place."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from imagematrix.model import Engine, Places
from tests.integration.cli import Done, words


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A file system of its own there, in memory: `ro`, `size=16k`, `nr_inodes=2`."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """What is in this folder cannot be changed, not by root either."""
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def beside(engine: Engine, places: Places, folder: Path) -> dict[str, str]:
    """An environment with a cache of its own in `folder`, on the engine that is there."""
    own = folder / "imagematrix" / "engine"
    own.mkdir(parents=True)
    (own / "tools").symlink_to(places.cache / "engine" / "tools")
    address = {name: value for name, value in engine.env if name.startswith("DOCKER_")}
    return {**address, "XDG_CACHE_HOME": str(folder)}


def start(
    folder: Path,
    *task: str,
    within: Sequence[str] = (),
    redirected: str = "",
    environment: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
) -> Done:
    """A command as a user runs it: within another one (`prlimit …`), redirected by the shell (`>&-`), or both.

    `without` are variables that it does not get.
    """
    given = {**os.environ, **(environment or {})}
    command = [*within, *words(*task)]
    if redirected:
        command = ["bash", "-c", f"{shlex.join(command)} {redirected}"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={name: value for name, value in given.items() if name not in without},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="backslashreplace",
        timeout=120,
        check=False,
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)
