"""Which image to choose, and why; from the figures of one run alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """Another variant than the one that was chosen, and what the choice has over it, or why it is out."""

    label: str
    out: bool  # it does not hold a constraint, or a figure that one needs was not measured
    reason: str  # one sentence with figures: "12.3 MB more to download (1.2 x); starts as fast, within noise"


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """The answer to one user's question."""

    profile: str  # "production and security", "smallest", "development and debugging", "your constraints"
    wants: str  # one sentence: what it asks for, and in which order it weighs it
    choice: str  # a label; "" where no variant is left
    why: str  # one sentence
    costs: tuple[str, ...]  # what is given up for it, each a sentence; () for nothing
    against: tuple[Against, ...]  # every other variant, in the run's order
    front: tuple[str, ...]  # labels on the Pareto front over `objectives`, in the run's order
    objectives: tuple[str, ...]  # names of measurements, less is better: "download_bytes", "start_seconds"
    doubts: tuple[str, ...]  # within noise, stand-in bases, figures that are missing
