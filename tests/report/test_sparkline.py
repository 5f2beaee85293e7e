from __future__ import annotations

import pytest

from imagematrix.report.sparkline import ends, shows_blocks, sparkline


def drawn(*values: float, columns: int = 60, ascii_only: bool = False) -> str:
    return sparkline(values, columns=columns, ascii_only=ascii_only)


def test_the_least_is_lowest_and_the_most_is_highest() -> None:
    assert drawn(0, 1, 2, 3, 4, 5, 6, 7) == "▁▂▃▄▅▆▇█"
    assert drawn(10, 20, 10) == "▁█▁"


def test_what_does_not_move_is_a_flat_line() -> None:
    assert drawn(5, 5, 5) == "▄▄▄"
    assert drawn(5) == "▄"
    assert drawn(0, 0) == "▄▄"
    assert drawn() == ""


def test_less_than_a_fifth_of_the_value_does_not_fill_the_height() -> None:
    assert set(drawn(100, 101, 100, 101)) <= {"▄", "▅"}
    assert drawn(155_000_000, 155_000_025) == "▄▄"
    assert drawn(80, 100) == "▁█"
    assert drawn(0.1) == drawn(0.3) == "▄"


def test_a_chart_reaches_over_a_fifth_of_its_highest_value_around_its_middle() -> None:
    assert ends([100, 98]) == (89, 109)
    assert ends([50, 100]) == (50, 100)
    assert ends([]) == ends([0, 0]) == (0, 0)


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
