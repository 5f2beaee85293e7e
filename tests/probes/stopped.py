"""What is seen of containers that were stopped, and what is made of it."""

from __future__ import annotations

from dataclasses import replace

from imagematrix.probes.signals import Signal, parse
from imagematrix.probes.stop import Stopped, judge, measures


def signal(name: str) -> Signal:
    found = parse(name)
    assert found is not None
    return found


INIT = "/sbin/docker-init -- node index.js"
DIRECT = Stopped(
    signal=signal("SIGTERM"),
    set_as="",
    seconds=0.4,
    exit_code=0,
    in_time=True,
    processes=("node index.js",),
    above=(),
    deaf=False,
    heard=False,
    handled=None,
    ended="",
)
# One app under each way of being started, as a watcher sees it where all goes well.
UNDER_INIT = replace(DIRECT, processes=(INIT, "node index.js"), above=(INIT,), heard=True, ended="exit 0")
UNDER_NPM = replace(DIRECT, processes=("npm start", "node"), above=("npm start",), heard=True, ended="exit 0")
UNDER_BOTH = replace(UNDER_NPM, processes=(INIT, "npm start", "node"), above=("npm start", INIT))


def killed(seen: Stopped) -> Stopped:
    return replace(seen, exit_code=137, in_time=False, ended="")


def deaf(seen: Stopped) -> Stopped:
    return replace(seen, heard=False, ended="")


def unseen(seen: Stopped) -> Stopped:
    return replace(seen, above=None, heard=False, ended="")


def verdict(seen: Stopped, other: Stopped, *, init: bool) -> str:
    judged = judge(seen, init=init, other=other)
    return "none" if isinstance(judged, str) else judged[0].name


def why(seen: Stopped, other: Stopped, *, init: bool = False) -> tuple[str, str, str]:
    """The verdict, what was seen and the remedy."""
    told = measures(seen, init=init, other=other)[-1]
    seen_words, _, remedy = told.reason.partition("; ")
    return str(told.value), seen_words, remedy
