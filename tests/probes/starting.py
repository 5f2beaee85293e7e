"""Starting pretended containers: what was asked for is kept, what answers is a server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from imagematrix.container import Running
from tests.probes.servers import pretended


@dataclass(frozen=True, kw_only=True, slots=True)
class Starter:
    """A `container.Start` whose containers are what `make` gives for the conditions asked for."""

    make: Callable[[dict[str, object]], Running]
    asked: list[dict[str, object]] = field(default_factory=list)
    alive: list[Running] = field(default_factory=list)

    @contextmanager
    def __call__(self, **conditions: object) -> Iterator[Running]:
        self.asked.append(conditions)
        running = self.make(conditions)
        self.alive.append(running)
        try:
            yield running
        finally:
            self.alive.remove(running)


def at(port: int) -> Starter:
    return Starter(make=lambda _: pretended(port))
