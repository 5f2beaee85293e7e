"""What a container's command becomes, by the host's own /bin/sh with a node in PATH that tells how it was called."""

from __future__ import annotations

import subprocess
from importlib import resources
from pathlib import Path

import pytest


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("node", "greet"):
        (folder / name).write_text(f'#!/bin/sh\necho "{name}: $*"\n')
        (folder / name).chmod(0o755)
    (tmp_path / "script.js").write_text("1\n")
    return folder


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["greet", "you"], "greet: you"),
        (["node", "index.js"], "node: index.js"),
        (["index.js"], "node: index.js"),
        (["no-such-command", "a b"], "node: no-such-command a b"),
        (["--version"], "node: --version"),
        (["-p", "1 + 1"], "node: -p 1 + 1"),
        (["-"], "node: -"),
        (["./script.js"], "node: ./script.js"),  # a file, but not one that can be run
        (["sh", "-c", "echo $0 $1", "x", "-v"], "x -v"),
        (["echo", "--", "*"], "-- *"),
    ],
)
def test_a_command_that_is_none_goes_to_node(programs: Path, command: list[str], said: str) -> None:
    script = resources.files("imagematrix.bases").joinpath("docker-entrypoint.sh").read_text()
    done = subprocess.run(
        ["/bin/sh", "-c", script, "docker-entrypoint.sh", *command],
        env={"PATH": f"{programs}:/usr/bin:/bin"},
        cwd=programs.parent,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr, done.returncode) == (f"{said}\n", "", 0)


def test_it_hands_over_the_exit_code(programs: Path) -> None:
    script = resources.files("imagematrix.bases").joinpath("docker-entrypoint.sh").read_text()
    command = ["/bin/sh", "-c", script, "docker-entrypoint.sh", "sh", "-c", "exit 7"]
    assert subprocess.run(command, env={"PATH": f"{programs}:/usr/bin:/bin"}).returncode == 7
