from __future__ import annotations

import pytest

from imagematrix.model import estimated, exact, unavailable
from imagematrix.report.page.grid import Figure, Missing, Words, amount, figure, with_bars


@pytest.mark.parametrize(
    ("value", "unit", "number", "shown"),
    [
        (1_253_000_000, "bytes", "1.25", "GB"),
        (912, "bytes", "912", "B"),
        (0.1834, "seconds", "183", "ms"),
        (125, "seconds", "2 min 5 s", ""),
        (1234, "files", "1,234", ""),
    ],
)
def test_a_number_and_its_unit_stand_apart(value: float, unit: str, number: str, shown: str) -> None:
    made = amount(value, unit)
    assert (made.number, made.unit, made.sort) == (number, shown, value)


def test_a_figure_says_that_it_is_estimated() -> None:
    made = figure(estimated("download_bytes", 5_000_000, unit="bytes", method="a sample"))
    assert isinstance(made, Figure)
    assert made.estimated


def test_what_was_not_measured_is_no_figure() -> None:
    assert figure(unavailable("x", "no registry", unit="bytes")) == Missing(
        word="unavailable", reason="no registry"
    )
    assert isinstance(figure(None), Missing)
    assert isinstance(figure(exact("x", True, method="")), Missing)


def test_bars_start_from_zero_and_the_least_is_marked() -> None:
    words = Words(text="none")
    bars = with_bars([amount(30, ""), words, amount(60, "")], best=True)
    assert [(bar.share, bar.best) for bar in bars if isinstance(bar, Figure)] == [(0.5, True), (1.0, False)]
    assert bars[1] is words


def test_alike_figures_have_no_best() -> None:
    bars = with_bars([amount(30, ""), amount(30, "")], best=True)
    assert not any(bar.best for bar in bars if isinstance(bar, Figure))
