"""Which shells, and whether node, can be started inside: by starting them, never by assuming."""

from __future__ import annotations

from imagematrix.container import Exec, Running
from imagematrix.model import Measurement, exact

SHELLS = ("bash", "sh")
_ASKED = {"bash": ("bash", "-c", ":"), "sh": ("sh", "-c", ":"), "node": ("node", "--version")}


def shells(running: Running) -> tuple[Measurement, ...]:
    """`exec_bash`, `exec_sh`, `exec_node`: exit codes with their meaning; and `shells`, those that ran."""
    done = {name: running.exec(*command) for name, command in _ASKED.items()}
    each = tuple(
        exact(f"exec_{name}", result.exit_code, unit="exit code", method=meaning(name, result))
        for name, result in done.items()
    )
    found = tuple(name for name in SHELLS if done[name].exit_code == 0)
    return (*each, exact("shells", found, method="each of bash and sh started by exec"))


def meaning(name: str, result: Exec) -> str:
    """What an exit code of an exec says, for a person."""
    if result.exit_code == 0:
        return f"exec: {name} is on the PATH and runs"
    if not result.found:
        return f"exec: no {name} on the PATH"
    return f"exec: {name} is there and failed with exit code {result.exit_code}"
