"""How much memory a container holds: idle, and after a burst of requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from imagematrix.container import Running
from imagematrix.errors import StepError
from imagematrix.model import Measurement, Smoke, Step, exact, unavailable
from imagematrix.probes.http import smoke

NAMES: Final = ("memory_idle_bytes", "memory_after_burst_bytes")
REQUESTS: Final = 200
_AT_ONCE: Final = 10
_BURST_SECONDS: Final = 20.0  # for the whole burst
_SETTLED_SECONDS: Final = 0.5  # after the first answer, before the container counts as idle
_COUNTED: Final = "usage less the file cache that can be dropped, as `docker stats` counts it"


def memory(running: Running, expected: Smoke, stop: threading.Event) -> tuple[Measurement, ...]:
    """`memory_idle_bytes` and `memory_after_burst_bytes` of a container that has answered already.

    Unavailable where the engine does not tell.  Raises StepError when a request of the burst has no right
    answer; Interrupted.
    """
    stop.wait(_SETTLED_SECONDS)
    idle = _told(NAMES[0], running, f"{_SETTLED_SECONDS:g} s after the first answer")
    burst(running, expected, stop)
    after = _told(NAMES[1], running, f"after {REQUESTS} requests, {_AT_ONCE} at a time")
    return idle, after


def burst(running: Running, expected: Smoke, stop: threading.Event) -> None:
    """Ask `REQUESTS` times, several at a time, and hold each answer against what is expected."""
    begun = replace(running, started=time.monotonic())
    bounded = replace(expected, timeout_seconds=min(expected.timeout_seconds, _BURST_SECONDS))
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as executor:
        asked = [executor.submit(smoke, begun, bounded, stop) for _ in range(REQUESTS)]
        try:
            for number, answer in enumerate(asked, start=1):
                try:
                    answer.result()
                except StepError as failure:
                    told = f"request {number} of {REQUESTS}, {_AT_ONCE} at a time: {failure.reason}"
                    raise StepError(Step.MEASURE, told) from failure
        finally:
            executor.shutdown(cancel_futures=True)


def _told(name: str, running: Running, when: str) -> Measurement:
    used = used_bytes(*running.memory_statistics())
    if used is None:
        return unavailable(name, "the engine tells no memory of its containers", unit="bytes")
    return exact(name, used, unit="bytes", method=f"the engine's statistics, {when}: {_COUNTED}")


def used_bytes(usage: int | None, stats: Mapping[str, int]) -> int | None:
    """A control group's memory without the file cache that can be dropped at once.

    The formula is that of `docker stats` (docker/cli, stats_helpers.go, calculateMemUsageUnixNoCache):
    usage less total_inactive_file on cgroup v1, less inactive_file on v2.  An engine that gives no
    statistics of a container without limits or cgroups gives no usage either: None.
    """
    if not usage:
        return None
    droppable = stats.get("total_inactive_file", stats.get("inactive_file", 0))
    return usage - droppable if droppable < usage else usage
