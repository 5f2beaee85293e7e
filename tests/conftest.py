"""Unit tests cannot reach an engine, a registry or a package source: an audit hook stops them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import pytest

# Programs that would talk to an engine or fetch something.
_BARRED: Final = frozenset({"docker", "dockerd", "docker-buildx", "buildx", "apt-get", "pip", "npm", "node"})


class _Barrier:
    """Up while a unit test runs.  Audit hooks see every connection and every process, and stay for good."""

    up = False

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if not self.up:
            return
        if event == "socket.connect":
            self._check_address(args[1])
        elif event == "subprocess.Popen":
            words = args[1] if isinstance(args[1], (list, tuple)) else [args[1]]
            self._check_program(str(words[0]))

    def _check_address(self, address: object) -> None:
        if isinstance(address, tuple) and ip_address(str(address[0]).partition("%")[0]).is_loopback:
            return
        if isinstance(address, (str, bytes)) and "pytest-" in str(address):
            return  # a socket that the test itself has made in its tmp_path
        raise RuntimeError(f"a unit test may not connect to {address!r}; mark it `integration`")

    def _check_program(self, program: str) -> None:
        if Path(program).name in _BARRED and "pytest-" not in program:
            raise RuntimeError(f"a unit test may not run {program}; mark it `integration`")


_barrier = _Barrier()
sys.addaudithook(_barrier)


@pytest.fixture(autouse=True)
def _no_engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.node.get_closest_marker("integration"):
        yield
        return
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    _barrier.up = True
    yield
    _barrier.up = False
