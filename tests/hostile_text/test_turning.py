"""Whether every place that can hold a text has one: a field that is new is there at once."""

from __future__ import annotations

from typing import Final

from imagematrix.model import Report, Run
from tests.hostile_text.turning import carrying, text_fields
from tests.hostile_text.wholes import harmless, hostile

# A time, which a record is refused without; "bytes" or "seconds", by which figures are drawn.
KEPT: Final = {("Run", "started_at"), ("Series", "unit")}
MARK: Final = "TURNED"


def test_every_text_field_of_a_report_carries_it() -> None:
    assert carrying(harmless(), MARK) == set()
    assert carrying(hostile(MARK), MARK) == text_fields(Report) - KEPT


def test_there_are_as_many_as_there_were() -> None:
    """Else the walk over annotations might find less than there is, and the test above hold all the same."""
    assert len(text_fields(Report)) >= 72
    assert len(text_fields(Run)) >= 50


def test_what_two_places_have_in_common_they_have_still() -> None:
    told = hostile(MARK)
    labels = {result.label for result in told.run.results}
    assert {each.choice for each in told.advice} <= labels
    assert set(told.listings) <= labels
