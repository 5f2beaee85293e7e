from __future__ import annotations

from dataclasses import replace

from imagematrix.report.page.charts.draw import draw
from imagematrix.report.page.charts.trend import drawing, table, trends
from imagematrix.report.page.grid import Figure, Words
from tests.report.page.charts.shapes import centre, told
from tests.report.page.made_report import series


def test_series_of_one_figure_stand_together() -> None:
    made = trends([series("a"), series("b"), series("a", "unpacked_bytes")])
    assert [(each.title, [line.series.label for line in each.lines]) for each in made] == [
        ("Download", ["a", "b"]),
        ("Unpacked", ["a"]),
    ]


def test_one_run_is_no_trend() -> None:
    assert trends([series("a", "download_bytes", 5)]) == ()


def test_a_change_is_told_with_the_run_where_it_came_in() -> None:
    ((line,),) = (each.lines for each in trends([series("a")]))
    assert (line.change, line.tone) == ("+20.0\N{NO-BREAK SPACE}%", "bad")
    assert line.steps == ("50.0 MB to 60.0 MB in run 20261122T000000Z-000002 (ccccccccc)",)


def test_a_run_of_a_checkout_with_changes_is_called_so_wherever_it_is_named() -> None:
    clean = series("a")
    points = (*clean.points[:-1], replace(clean.points[-1], dirty=True))
    changed = replace(clean, points=points, changes=(replace(clean.changes[0], dirty=True),))
    ((line,),) = (each.lines for each in trends([changed]))
    assert line.steps == ("50.0 MB to 60.0 MB in run 20261122T000000Z-000002 (ccccccccc, with changes)",)
    assert [row[1] for row in table(trends([changed])[0]).rows[:2]] == [
        Words(text="c" * 9, code=True, note="with changes"),
        Words(text="c" * 9, code=True),
    ]
    assert "ccccccccc, with changes: 60.0 MB" in told(draw(drawing(line, "t")).wide)[-1][0]


def test_an_estimate_has_its_sign() -> None:
    known = series("a")
    about = replace(
        known,
        points=tuple(replace(each, estimated=True) for each in known.points),
        changes=(replace(known.changes[0], before_estimated=True, after_estimated=True),),
    )
    ((line,),) = (each.lines for each in trends([about]))
    assert line.first.estimated
    assert line.last.estimated
    assert line.steps[0].startswith("~50.0 MB to ~60.0 MB in run")
    assert told(draw(drawing(line, "t")).wide)[-1][0].endswith(": ~60.0 MB")
    assert all(
        cell.estimated for row in table(trends([about])[0]).rows for cell in row if isinstance(cell, Figure)
    )


def test_what_did_not_change_is_unchanged() -> None:
    ((line,),) = (each.lines for each in trends([series("a", "download_bytes", 5_000, 5_000)]))
    assert (line.change, line.tone, line.steps) == ("unchanged", "", ())


def test_every_run_is_a_dot_in_its_order_and_higher_is_more() -> None:
    ((line,),) = (each.lines for each in trends([series("a")]))
    dots = told(draw(drawing(line, "t")).wide)
    assert [title.rpartition(": ")[2] for title, _ in dots] == ["50.0 MB", "50.0 MB", "60.0 MB"]
    xs, ys = zip(*(centre(mark) for _, mark in dots), strict=True)
    assert list(xs) == sorted(xs)
    assert ys[0] == ys[1] > ys[2]


def test_a_tremble_stays_small() -> None:
    ((line,),) = (each.lines for each in trends([series("a", "download_bytes", 1_000_000, 1_010_000)]))
    (_, first), (_, last) = (centre(mark) for _, mark in told(draw(drawing(line, "t")).wide))
    assert 0 < first - last < 52 * 0.1


def test_the_table_has_a_row_a_run_newest_first() -> None:
    (made,) = trends([series("a"), series("b", "download_bytes", 1_000, 2_000)])
    rows = table(made).rows
    assert [row[0].text[:9] for row in rows if isinstance(row[0], Words)] == [
        "20261122T",
        "20261121T",
        "20261120T",
    ]
    assert [cell.sort for cell in rows[1] if isinstance(cell, Figure)] == [50_000_000, 2_000]
    assert rows[0][3] == Words(text="not measured")
