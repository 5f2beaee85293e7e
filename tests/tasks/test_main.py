"""The commands where there is no tasks.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imagematrix import __version__
from tests.starter.apps import app


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "imagematrix.tasks", *words],
        cwd=folder,
        # An engine that is named and does not answer: whatever touched it would end with exit code 3.
        env={**os.environ, "DOCKER_HOST": "tcp://127.0.0.1:9", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_says_what_it_is(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout == f"imagematrix {__version__}\n"


def test_init_makes_a_repository_that_lists_its_variants(tmp_path: Path) -> None:
    app(tmp_path, package={"main": "a.js"}, a__js="x.listen(80)")
    assert run(tmp_path, "init").returncode == 0
    told = subprocess.run(
        [str(Path(sys.executable).parent / "invoke"), "list", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert all(f'"{name}"' in told.stdout for name in ("debian", "distroless", "alpine"))


def test_bad_input_is_one_message_and_exit_code_2(tmp_path: Path) -> None:
    done = run(tmp_path, "init")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"imagematrix: {tmp_path}: there is no package.json here\n  next: ")
    assert "Traceback" not in done.stderr


def test_broken_json_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": }')
    done = run(tmp_path, "init")
    assert done.returncode == 2
    assert f"{tmp_path}/package.json:1:10: " in done.stderr


def test_a_home_that_is_a_file_is_one_message_and_exit_code_2(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.touch()
    done = run(tmp_path, "list", HOME=str(home))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"imagematrix: {home}/.invoke.yaml: Invoke's settings cannot be read: Not a directory\n"
        "  next: see that HOME names a folder, and that this file can be read or is not there\n"
    )


@pytest.mark.parametrize("words", [["--help"], ["--list"], ["report", "--help"]])
def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path, words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "imagematrix.tasks", *words],
        cwd=tmp_path,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
