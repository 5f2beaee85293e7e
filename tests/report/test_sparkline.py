from __future__ import annotations

import pytest

from imagematrix.report.sparkline import shows_blocks, sparkline


def drawn(*values: float, columns: int = 60, ascii_only: bool = False, least_span: float = 0.0) -> str:
    return sparkline(values, columns=columns, ascii_only=ascii_only, least_span=least_span)


def test_the_least_is_lowest_and_the_most_is_highest() -> None:
    assert drawn(0, 1, 2, 3, 4, 5, 6, 7) == "▁▂▃▄▅▆▇█"
    assert drawn(10, 20, 10) == "▁█▁"


def test_what_does_not_move_is_a_flat_line() -> None:
    assert drawn(5, 5, 5) == "▄▄▄"
    assert drawn(5) == "▄"
    assert drawn(0, 0) == "▄▄"
    assert drawn() == ""


def test_noise_below_the_least_span_is_not_blown_up() -> None:
    assert set(drawn(100, 101, 100, 101, least_span=20)) <= {"▄", "▅"}
    assert drawn(100, 101) == "▁█"
    assert drawn(0.1, least_span=0.02) == drawn(0.3, least_span=0.06) == "▄"


def test_too_many_share_a_column_by_their_median() -> None:
    assert drawn(0, 0, 9, 7, 7, 7, columns=2) == "▁█"
    whole = drawn(*([10] * 100), *([20] * 100), columns=20)
    assert whole == "▁" * 10 + "█" * 10
    assert len(drawn(*range(7), columns=5)) == 5


def test_it_can_be_plain() -> None:
    assert drawn(0, 1, 2, 3, 4, 5, 6, 7, ascii_only=True) == "_.:-=+*#"
    assert drawn(0, 3, 7, ascii_only=True).isascii()


@pytest.mark.parametrize(
    ("encoding", "shows"),
    [
        ("utf-8", True),
        ("ascii", False),
        ("latin-1", False),
        ("cp437", False),
        (None, False),
        ("nonsense", False),
    ],
)
def test_blocks_are_drawn_where_they_can_be_written(encoding: str | None, shows: bool) -> None:
    assert shows_blocks(encoding) is shows
