"""The barrier of conftest.py holds: what follows must not be possible in a unit test."""

from __future__ import annotations

import socket
import subprocess

import pytest


def test_the_default_engine_socket_is_out_of_reach() -> None:
    with socket.socket(socket.AF_UNIX) as link, pytest.raises(RuntimeError, match=r"/var/run/docker\.sock"):
        link.connect("/var/run/docker.sock")


def test_other_machines_are_out_of_reach() -> None:
    with socket.socket() as link, pytest.raises(RuntimeError, match="may not connect"):
        link.connect(("192.0.2.1", 80))


@pytest.mark.parametrize("program", ["docker", "/usr/bin/docker", "apt-get", "pip"])
def test_programs_that_reach_out_cannot_be_run(program: str) -> None:
    with pytest.raises(RuntimeError, match="may not run"):
        subprocess.run([program, "version"], check=False)
