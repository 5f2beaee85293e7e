"""What a command comes to, and what it needs to know of the place it is shown at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imagematrix import config, expectations
from imagematrix.model import Matrix, Places
from imagematrix.report.console import Look
from imagematrix.report.json_ import as_json
from imagematrix.report.progress import Progress
from imagematrix.settings import Settings
from imagematrix.verdicts.findings import RULES

__all__ = ["Outcome", "Show", "as_json", "places", "selected", "short"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a command comes to."""

    text: str  # for standard output
    exit_code: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Show:
    """How the user wants to see it."""

    look: Look
    json: bool
    dry: bool  # say what would be done, and touch nothing
    progress: Callable[[], Progress]


def selected(settings: Settings) -> Matrix:
    """The matrix with the selected rows alone.  Raises InputError."""
    matrix = config.load_matrix(settings.file, expectable=expectations.NAMES, acceptable=RULES)
    return config.select(matrix, variants=settings.variants, settings=settings.settings)


def places(settings: Settings) -> Places:
    """The folders to write to; results lie beside the matrix file unless they are put elsewhere."""
    beside = settings.file.absolute().parent
    return Places(cache=settings.cache, results=settings.results or beside / "results")


def short(path: Path) -> str:
    """A path as seen from where the user stands, when it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
