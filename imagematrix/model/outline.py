"""An archived run in a line: what a list of many shows, without what was measured."""

from __future__ import annotations

from dataclasses import dataclass

from imagematrix.model.machine import EngineFacts, Git
from imagematrix.model.run import RunStatus, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class OutlinedVariant:
    """A variant and how it ended."""

    name: str
    label: str
    status: Status


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
