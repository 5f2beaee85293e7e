"""What is asked of a running container, one file a question.

A probe takes the container and gives measurements; to add one is a function and a line in `PROBES`.
"""

from __future__ import annotations

from collections.abc import Callable
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

PROBES: Final[tuple[Callable[[Running], tuple[Measurement, ...]], ...]] = (shells, libc, node)
# What they tell, in their order.
ASKED: Final = (
    *("exec_bash", "exec_sh", "exec_node", "shells"),
    *("libc", "libc_version"),
    *("node_version", "node_glibc_version"),
)

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
