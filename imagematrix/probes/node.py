"""The image's own node, used to ask about its own surroundings; and what it says of itself."""

from __future__ import annotations

import json

from imagematrix.container import EXEC_SECONDS, Exec, Running
from imagematrix.model import Measurement, exact, not_applicable, unavailable

_PLACES = ("node", "/nodejs/bin/node")  # on the PATH; where distroless has it
_ABOUT = (
    # The report would else look up names on the network, which can take seconds.
    "const r = process.report; if (r) r.excludeNetwork = true;"
    "const glibc = r ? r.getReport().header.glibcVersionRuntime || '' : null;"
    "console.log(JSON.stringify({version: process.version, glibc: glibc}))"
)


def run_node(running: Running, script: str, *, seconds: float = EXEC_SECONDS) -> Exec | None:
    """Run a script (CommonJS, `fs` at hand) by the node inside; None when there is no node.

    Raises UnansweredError; Interrupted.
    """
    for node in dict.fromkeys((*_PLACES, *(e for e in running.entrypoint[:1] if e.endswith("/node")))):
        done = running.exec(node, "-e", script, seconds=seconds)
        if done.found:
            return done
    return None


def node(running: Running) -> tuple[Measurement, ...]:
    """`node_version`, and `node_glibc_version`: the C library that node itself says it runs on."""
    names = ("node_version", "node_glibc_version")
    done = run_node(running, _ABOUT)
    if done is None:
        return tuple(not_applicable(name, "no node in the image") for name in names)
    try:
        told = json.loads(done.output)
        version, glibc = str(told["version"]).removeprefix("v"), told["glibc"]
    except (ValueError, RecursionError, KeyError, TypeError):  # a node that is no node may say anything
        reason = f"node inside ended with exit code {done.exit_code}: {done.output.strip()[:200]}"
        return tuple(unavailable(name, reason) for name in names)
    return exact(names[0], version, method="process.version of the node inside"), _glibc(names[1], glibc)


def _glibc(name: str, told: object) -> Measurement:
    if told is None:
        return unavailable(name, "the node inside is older than its own report (Node 12)")
    if told == "":
        return not_applicable(name, "node inside does not run on glibc")
    return exact(name, str(told), method="process.report of the node inside")
