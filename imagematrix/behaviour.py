"""How an image behaves: start-up, memory, stopping, hardening; measured once for each image on a machine."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from itertools import islice
from typing import Final

from imagematrix.container import Start
from imagematrix.errors import StepError
from imagematrix.model import (
    CommandSmoke,
    EngineFacts,
    Measurement,
    Run,
    Smoke,
    Variant,
    exact,
    not_applicable,
    unavailable,
)
from imagematrix.probes import ASKED, hardening, memory, smoke, start, stop, stopping

VERSION: Final = 4  # goes up when a figure of behaviour comes to mean something else
KEY: Final = "behaviour_key"
NAMES: Final = (*start.NAMES, *memory.NAMES, *stop.NAMES, *hardening.NAMES)
_KEPT: Final = (*ASKED, *NAMES)  # what the probes are told in a container is known by the same key
LOOKED_AT: Final = 50  # earlier runs, newest first
_UNITS: Final = {"_seconds": "seconds", "_bytes": "bytes", "_exit_code": "exit code"}
# How long an app may take to answer under a restriction: a multiple of its slowest start, and a floor.
_SLOWER: Final = 3.0
_AT_LEAST_SECONDS: Final = 5.0


def behaviour_key(
    variant: Variant,
    *,
    config_digest: str,
    port: int,
    engine: EngineFacts,
    host_id: str,
    repeat: int,
    secret: str,
) -> str:
    """What the behaviour of an image depends on, as a short digest: equal keys, nothing to measure again.

    `secret` is a digest of the container's secrets; "" is none.
    """
    what = {
        "version": VERSION,
        "image": config_digest,
        "engine": asdict(engine),
        "host": host_id,
        "smoke": asdict(variant.smoke),
        "expect": [asdict(expectation) for expectation in variant.expect],
        "command": variant.command,
        "env": variant.env,
        "port": port,
        "repeat": repeat,
        **({"secret": secret} if secret else {}),
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]


def measure_behaviour(
    starter: Start,
    expected: Smoke | CommandSmoke,
    *,
    user: str,
    key: str,
    repeat: int,
    one_start: AbstractContextManager[object],
    stop_request: threading.Event,
) -> tuple[Measurement, ...]:
    """NAMES, of one variant whose smoke test has passed, and `behaviour_key`.

    `starter` starts its container; `user` is the image's own;
    `one_start` is held while a start is timed.  A part that cannot be
    measured is unavailable with the reason, and then there is no key, as where `key` is "": the next run
    measures again.
    Raises Interrupted.
    """
    if isinstance(expected, CommandSmoke):
        return _not_a_server()
    failed = False

    def part(names: Sequence[str], measure: Callable[[], tuple[Measurement, ...]]) -> tuple[Measurement, ...]:
        nonlocal failed
        try:
            return measure()
        except StepError as failure:
            failed = True
            return tuple(unavailable(name, failure.reason, unit=_unit(name)) for name in names)

    def in_one_container() -> tuple[Measurement, ...]:
        with starter() as running:
            smoke(running, expected, stop_request)
            return memory.memory(running, expected, stop_request)

    started = part(
        start.NAMES,
        lambda: start.starts(starter, expected, repeat=repeat, one_start=one_start, stop=stop_request),
    )
    limit = _limit(started, expected)
    told = (
        *started,
        *part(memory.NAMES, in_one_container),
        *part(stop.NAMES, lambda: stopping.stopping(starter, expected, stop_request)),
        *part(
            hardening.NAMES,
            lambda: hardening.hardening(
                starter, expected, user=user, timeout_seconds=limit, stop=stop_request
            ),
        ),
    )
    method = (
        "sha256 over image, engine, host, smoke test, expectations, command, environment and probes' version"
    )
    return told if failed or not key else (*told, exact(KEY, key, method=method))


def from_archive(previous: Iterable[Run], keys: Collection[str]) -> dict[str, tuple[Measurement, ...]]:
    """What earlier runs were told and measured under these keys, each marked with its run; by key.

    `previous` are earlier runs, newest first.  They are taken one at a time, until all keys are found and no
    more of them than LOOKED_AT; a key under which nothing is known is left out.
    """
    wanted = set(keys)
    found: dict[str, tuple[Measurement, ...]] = {}
    for run in islice(previous, LOOKED_AT if wanted else 0):
        for result in run.results:
            known = {m.name: m for m in result.measurements}
            if KEY not in known or not known[KEY].measured or not known.keys() >= set(_KEPT):
                continue
            key = str(known[KEY].value)
            if key in wanted and key not in found:
                found[key] = (*(known[name].taken_over(run.id) for name in _KEPT), known[KEY])
        if len(found) == len(wanted):
            break
    return found


def _not_a_server() -> tuple[Measurement, ...]:
    reason = "the smoke test is a command: there is no server to start, ask and stop"
    return tuple(not_applicable(name, reason, unit=_unit(name)) for name in NAMES)


def _limit(started: Iterable[Measurement], expected: Smoke) -> float:
    """Seconds that the app has to answer under a restriction."""
    each = [m.value for m in started if m.name == "start_each_seconds" and m.measured]
    if not each or not isinstance(each[0], tuple):
        return expected.timeout_seconds
    return max(_AT_LEAST_SECONDS, _SLOWER * max(map(float, each[0])))


def _unit(name: str) -> str:
    return next((unit for suffix, unit in _UNITS.items() if name.endswith(suffix)), "")
