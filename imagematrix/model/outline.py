"""An archived run in a line: what a list of many shows, without what was measured."""

from __future__ import annotations

from dataclasses import dataclass

from imagematrix.model.machine import EngineFacts, Git
from imagematrix.model.run import RunStatus, Status, step_named


@dataclass(frozen=True, kw_only=True, slots=True)
class OutlinedVariant:
    """A variant and how it ended."""

    name: str
    label: str
    status: Status
    reason: str  # "" when passed

    @property
    def unfinished(self) -> bool:
        """Whether it has not come to an end: one that was left out names its step."""
        return self.status is Status.SKIPPED and not step_named(self.reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """A run, as `Run`, in outline."""

    id: str
    started_at: str
    seconds: float
    status: RunStatus
    running: bool  # now: its record says interrupted, and its process has not ended
    engine: EngineFacts
    git: Git | None
    app: str
    tag: str
    variants: tuple[OutlinedVariant, ...]
