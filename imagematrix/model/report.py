"""What a report is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from imagematrix.model.advice import Advice
from imagematrix.model.listing import Listing
from imagematrix.model.run import Run
from imagematrix.model.trend import Series


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One run and what was concluded from it; a format takes what it shows."""

    run: Run
    place: str  # where the run is archived, as the user would write it
    advice: tuple[Advice, ...]
    trend: tuple[Series, ...]  # up to this run; () with no earlier run
    listings: Mapping[str, Listing]  # by label; a variant whose files were not kept is not in it
