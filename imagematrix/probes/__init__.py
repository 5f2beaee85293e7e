"""What is asked of a running container, one file a question.

A probe takes the container and gives measurements; to add one is a function and a line in `PROBES`.  It raises
UnansweredError where a program inside does not answer as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from imagematrix.container import Running
from imagematrix.model import Measurement
from imagematrix.probes.addons import load_addons
from imagematrix.probes.command import measured as command_measurements
from imagematrix.probes.command import run_command
from imagematrix.probes.http import first_response, since_it_ended, smoke
from imagematrix.probes.libc import libc
from imagematrix.probes.node import node
from imagematrix.probes.shells import shells

# Each with what it tells.
PROBES: Final[Mapping[Callable[[Running], tuple[Measurement, ...]], tuple[str, ...]]] = {
    shells: ("exec_bash", "exec_sh", "exec_node", "shells"),
    libc: ("libc", "libc_version"),
    node: ("node_version", "node_glibc_version"),
}
ASKED: Final = tuple(name for names in PROBES.values() for name in names)

__all__ = [
    "ASKED",
    "PROBES",
    "command_measurements",
    "first_response",
    "load_addons",
    "run_command",
    "since_it_ended",
    "smoke",
]
