from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from imagematrix.model import Point, Series
from imagematrix.model.trend import Change
from imagematrix.report.console import Look
from imagematrix.report.trend import trend_json, trend_view


def series(
    *values: float,
    label: str = "alpine",
    measurement: str = "unpacked_bytes",
    unit: str = "bytes",
    step: int = 0,
) -> Series:
    points = tuple(
        Point(
            run_id=f"run{n}",
            started_at=f"2026-11-0{n}T00:00:00Z",
            commit="abcdef0123" * 4,
            tag="",
            value=value,
        )
        for n, value in enumerate(values)
    )
    changes = (
        (
            Change(
                run_id=f"run{step}", commit=points[step].commit, before=values[step - 1], after=values[step]
            ),
        )
        if step
        else ()
    )
    return Series(label=label, measurement=measurement, unit=unit, points=points, changes=changes)


def dirty(run: str) -> Series:
    """Of runs one of which is of a checkout with uncommitted changes."""
    return replace(
        BYTES,
        points=tuple(replace(each, dirty=each.run_id == run) for each in BYTES.points),
        changes=tuple(replace(each, dirty=each.run_id == run) for each in BYTES.changes),
    )


def shown(
    *each: Series,
    width: int = 120,
    ascii_only: bool = False,
    color: bool = False,
    remarks: Sequence[str] = (),
) -> str:
    return trend_view(
        each,
        remarks=remarks,
        ascii_only=ascii_only,
        look=Look(width=width, color=color),
    )


BYTES = series(219_000_000, 219_000_000, 250_000_000, step=2)
TIMES = series(0.15, 0.151, 0.1, measurement="start_seconds", unit="seconds")

SHOWN = """
alpine
  unpacked  219 MB  ▂▂▇  250 MB  +31.0 MB, +14.2 %  3 runs
  start-up  150 ms  ██▁  100 ms  -50 ms, -33.3 %    3 runs
  unpacked up 219 MB -> 250 MB (+31.0 MB, +14.2 %)  in run2, revision abcdef012

3 runs
"""


def test_a_line_a_figure_and_its_steps_under_them() -> None:
    assert shown(BYTES, TIMES, remarks=["3 runs"]) == SHOWN


def test_columns_are_those_of_all_variants() -> None:
    other = series(9_000, 9_000_000_000, label="b", measurement="waste_bytes")
    one, two = (line for line in shown(BYTES, other).splitlines() if line.endswith("runs"))
    assert (one.index("219 MB") + 6, one.index("250 MB") + 6) == (
        two.index("9.00 kB") + 7,
        two.index("9.00 GB") + 7,
    )
    assert one.index("+31.0") == two.index("+9.00")


def test_a_step_says_up_or_down_in_words_and_names_a_tag() -> None:
    down = series(2_000, 1_000, step=1)
    tagged = replace(down, points=tuple(replace(point, tag="v2") for point in down.points))
    assert (
        "unpacked down 2.00 kB -> 1.00 kB (-1.00 kB, -50.0 %)  in run1, revision abcdef012, tag v2"
        in shown(tagged)
    )


def test_a_step_of_a_run_with_uncommitted_changes_says_so() -> None:
    assert "in run2, revision abcdef012, with uncommitted changes\n" in shown(dirty("run2"))
    assert "uncommitted" not in shown(dirty("run1"))


def test_an_estimate_has_its_sign_wherever_it_stands() -> None:
    about = replace(
        BYTES,
        points=tuple(replace(each, estimated=each.run_id == "run2") for each in BYTES.points),
        changes=tuple(replace(each, after_estimated=True) for each in BYTES.changes),
    )
    text = shown(about)
    assert "  ~250 MB  +31.0 MB" in text
    assert "up 219 MB -> ~250 MB (" in text
    small = series(1_000_001, 1_000_002, step=1)
    small = replace(small, changes=(replace(small.changes[0], before_estimated=True, after_estimated=True),))
    assert "up ~1,000,001 -> ~1,000,002 bytes" in shown(small)


def test_a_step_that_rounding_hides_is_told_to_the_byte() -> None:
    text = shown(series(154_646_646, 154_646_708, step=1))
    assert "up 154,646,646 -> 154,646,708 bytes (+62 B)" in text
    assert "0.0 %" not in text


def test_one_run_has_no_change_to_tell_of() -> None:
    assert shown(series(100)).split() == ["alpine", "unpacked", "100", "B", "▄", "100", "B", "1", "run"]
    assert "no change  2 runs" in shown(series(100, 100))


def test_a_count_and_a_figure_from_nothing() -> None:
    assert "+3  2 runs" in shown(series(0, 3, measurement="layers", unit="layers"))
    assert "1,200" in shown(series(1200, measurement="executables", unit="files"))


def test_outside_a_checkout_there_is_no_revision() -> None:
    bare = series(1, 2, step=1)
    bare = replace(bare, changes=(replace(bare.changes[0], commit=""),))
    assert "revision" not in shown(bare)


@pytest.mark.parametrize("width", [80, 120, 200])
def test_no_chart_is_wider_than_the_place(width: int) -> None:
    many = series(*(219_000_000 + n * 1_000_000 for n in range(300)))
    lines = shown(many, width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[2].endswith("300 runs")
    assert lines[2].count("▁") > 1


def test_where_there_is_little_room_a_step_takes_two_lines() -> None:
    assert "(+31.0 MB, +14.2 %)\n    in run2, revision abcdef012\n" in shown(BYTES, width=80)


def test_it_can_be_plain() -> None:
    assert shown(BYTES, TIMES, ascii_only=True).isascii()


def test_colour_is_there_when_asked_for_alone() -> None:
    assert "\x1b[" in shown(BYTES, color=True)
    assert "\x1b" not in shown(BYTES)


def test_hostile_names_do_nothing() -> None:
    odd = series(1, 2, label="[red]x\x1b[2J\u202e", step=1)
    odd = replace(odd, points=tuple(replace(point, tag="\x07t") for point in odd.points))
    text = shown(odd)
    assert "[red]x\\x1b[2J\\u202e" in text
    assert not set("\x1b\x07\u202e") & set(text)


def test_json_has_every_point_and_step() -> None:
    (told,) = json.loads(json.dumps(trend_json([dirty("run2")])))
    assert [point["value"] for point in told["points"]] == [219_000_000, 219_000_000, 250_000_000]
    assert told["changes"] == [
        {
            "run_id": "run2",
            "commit": "abcdef0123" * 4,
            "before": 219_000_000,
            "after": 250_000_000,
            "dirty": True,
            "before_estimated": False,
            "after_estimated": False,
        }
    ]
    assert [point["estimated"] for point in told["points"]] == [False, False, False]
    assert [point["dirty"] for point in told["points"]] == [False, False, True]
    assert (told["label"], told["measurement"], told["unit"]) == ("alpine", "unpacked_bytes", "bytes")
