"""Does the app still answer when more is taken from it: one smoke test under each restriction."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Final

from imagematrix.container import Running, Start
from imagematrix.errors import StepError, UnansweredError
from imagematrix.model import Measurement, Smoke, exact, is_root, unavailable
from imagematrix.probes.http import smoke
from imagematrix.probes.node import run_node

NON_ROOT: Final = "65532"  # distroless images call it nonroot; in others nobody has it
_READ_ONLY: Final = "hardening_read_only"
_NON_ROOT: Final = "hardening_non_root"
_NO_CAPABILITIES: Final = "hardening_no_capabilities"
_NO_NETWORK: Final = "hardening_no_network"
NAMES: Final = (_READ_ONLY, _NON_ROOT, _NO_CAPABILITIES, _NO_NETWORK)

# Addresses that no one has (RFC 5737, RFC 3849): where there is a way out at all, a route leads to them.
_OUTSIDE: Final = ("198.51.100.1", "2001:db8::1")
_NO_ROUTE: Final = frozenset({"ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"})
_TRY_TO_LEAVE: Final = f"""
const told = []
for (const host of {json.dumps(_OUTSIDE)}) {{
  const link = require('net').connect({{ host, port: 9 }})
  const tell = (what) => {{
    told.push(what)
    link.destroy()
    if (told.length === {len(_OUTSIDE)}) {{ console.log(JSON.stringify(told)); process.exit() }}
  }}
  link.once('error', (error) => tell(error.code))
  link.once('connect', () => tell('connected'))
  link.setTimeout(1000, () => tell('no answer'))
}}
"""


def hardening(
    start: Start, expected: Smoke, *, user: str, timeout_seconds: float, stop: threading.Event
) -> tuple[Measurement, ...]:
    """ "passes" or "fails" for each of NAMES, the reason being how, or why.

    `user` is the image's own.
    The app has `timeout_seconds` to answer, or its own timeout where that is shorter.  Raises Interrupted.
    """
    bounded = replace(expected, timeout_seconds=min(expected.timeout_seconds, timeout_seconds))
    each = (
        _verdict(name, what, container, bounded, stop)
        for name, (what, container) in _restricted(start, user).items()
    )
    return (*each, no_network(start, bounded, stop))


def _restricted(start: Start, user: str) -> Mapping[str, tuple[str, AbstractContextManager[Running]]]:
    """By name: the restriction in words, and a container under it, not started yet.

    An image that names another user than root gives that one what the app needs, and is to be run as no other.
    """
    non_root, whose = (NON_ROOT, "user") if is_root(user) else (user, "its own user")
    return {
        _READ_ONLY: ("a read-only root file system", start(read_only=True)),
        _NON_ROOT: (f"{whose} {non_root}", start(user=non_root)),
        _NO_CAPABILITIES: ("all capabilities dropped", start(cap_drop=("ALL",))),
    }


def _verdict(
    name: str,
    what: str,
    container: AbstractContextManager[Running],
    expected: Smoke,
    stop: threading.Event,
) -> Measurement:
    try:
        with container as running:
            answer = smoke(running, expected, stop)
    except StepError as failure:
        return exact(name, "fails", method=f"with {what}: {_first_line(failure.reason)}")
    return exact(name, "passes", method=f"the smoke test with {what}: status {answer.http_status}")


def no_network(start: Start, expected: Smoke, stop: threading.Event) -> Measurement:
    """`hardening_no_network`: the app on a network of its own that leads nowhere, asked from the host.

    Unavailable where the engine's networks are not on this machine, so that it cannot be asked there, and
    where attempts from inside do not show that there is no way out.
    """
    try:
        with start(closed=True) as running:
            if running.closed_subnet and not on_this_machine(running):
                reason = (
                    "the engine's networks are not on this machine: a closed one cannot be asked from here"
                )
                return unavailable(_NO_NETWORK, reason)
            answer = smoke(running, expected, stop)
            leaves = way_out(running)
    except StepError as failure:
        return exact(
            _NO_NETWORK, "fails", method=f"on a network without a way out: {_first_line(failure.reason)}"
        )
    if leaves:
        return unavailable(_NO_NETWORK, leaves)
    method = f"the smoke test on a network without a way out (tried from inside): status {answer.http_status}"
    return exact(_NO_NETWORK, "passes", method=method)


def on_this_machine(running: Running) -> bool:
    """Whether this machine has an address in the container's subnet; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        try:
            link.connect((running.host, running.port))
        except OSError:
            return False
        return ip_address(link.getsockname()[0]) in ip_network(running.closed_subnet)


def way_out(running: Running) -> str:
    """Why the network cannot be called closed; "" when attempts from inside find no route."""
    try:
        done = run_node(running, _TRY_TO_LEAVE)
    except UnansweredError as failure:
        return f"whether there is a way out could not be tried: {failure.reason}"
    if done is None:
        return "whether there is a way out could not be tried: no node in the image"
    try:
        told = json.loads(done.output)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, list):
        return f"whether there is a way out could not be tried: {_first_line(done.output)}"
    if len(told) == len(_OUTSIDE) and _NO_ROUTE.issuperset(map(str, told)):
        return ""
    return f"the closed network has a way out: attempts from inside gave {', '.join(map(str, told))}"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:300]
