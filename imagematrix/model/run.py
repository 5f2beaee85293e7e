"""What became of each variant, and of the whole run; and the progress on the way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from imagematrix.model.budget import BudgetResult
from imagematrix.model.declared import Instruction
from imagematrix.model.finding import Finding
from imagematrix.model.image import Base, Build, Image
from imagematrix.model.listing import Listing
from imagematrix.model.machine import EngineFacts, Git, Host
from imagematrix.model.measurement import Measurement
from imagematrix.model.sharing import Sharing


class Status(StrEnum):
    """How a variant, or a run, ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class RunStatus(StrEnum):
    """How a run ended.  A run is `interrupted` from its first moment on, until it ends otherwise."""

    PASSED = "passed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Step(StrEnum):
    """The way of one variant, in order."""

    BASE = "base"
    BUILD = "build"
    SMOKE = "smoke"
    MEASURE = "measure"


@dataclass(frozen=True, kw_only=True, slots=True)
class SmokeAnswer:
    """The answer to the smoke test, right or wrong."""

    http_status: int
    first_response_seconds: float  # from the engine's return of the start call to the whole right answer


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandAnswer:
    """The end of the command that passed the smoke test."""

    exit_code: int
    seconds: float  # from the start call until the engine said that the command had ended


def step_named(reason: str) -> str:
    """The step that the reason of a variant begins with; "" for none."""
    return next((str(step) for step in Step if reason.startswith(f"{step}: ")), "")


# Of the files of an image, and of its container.
_LOOKED: Final = frozenset({"bytes_by_origin", "shells"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What became of one variant.  A step that was not reached is None; `reason` says why."""

    name: str
    axes: tuple[tuple[str, str], ...]
    label: str
    status: Status
    reason: str  # "" when passed
    bases: tuple[Base, ...] = ()
    build: Build | None = None
    image: Image | None = None
    smoke: SmokeAnswer | None = None
    measurements: tuple[Measurement, ...] = ()
    findings: tuple[Finding, ...] = ()
    budgets: tuple[BudgetResult, ...] = ()
    instructions: tuple[Instruction, ...] = ()  # of its Dockerfile
    listing: Listing | None = None  # its files; a record does not hold them, an archive keeps them beside it

    @property
    def ended_in(self) -> str:
        """The step that its reason names, which failed it or left it out; "" for none, as where budgets broke."""
        return step_named(self.reason)

    @property
    def not_reached(self) -> str:
        """Why it has not what the record does not tell of it, where it ended on the way; "" where it did not."""
        how = "was skipped" if self.status is Status.SKIPPED else "failed"
        return f"it {how} before that: {self.reason.partition(chr(10))[0]}" if self.ended_in else ""

    @property
    def looked_into(self) -> bool:
        """Whether it came as far as to be measured: what measuring alone tells is there, be it as unavailable."""
        return any(measurement.name in _LOOKED for measurement in self.measurements)


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run of the matrix, or of a part of it."""

    id: str  # "20261124T024000Z-3fa9c1": UTC and a short random part
    started_at: str  # ISO 8601, UTC
    seconds: float
    status: RunStatus
    engine: EngineFacts
    host: Host
    git: Git | None  # None: not in a git checkout
    results: tuple[Result, ...]
    sharing: Sharing | None  # None: no variant has an image
    app: str = ""  # the app's name in the matrix file
    tag: str = ""  # what the user called the run; "" for nothing
    baseline: str = ""  # id of the run that budgets were held against; "" for none, or for several


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadableRun:
    """An archived run whose record cannot be read."""

    id: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StepEvent:
    """Progress of one variant (or of a base, whose reference is then the subject)."""

    subject: str
    step: str
    state: Literal["started", "note", "notice", "done", "failed"]  # a notice is worth a line of its own
    detail: str = ""
    seconds: float = 0.0


Listener = Callable[[StepEvent], None]
