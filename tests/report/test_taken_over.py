from __future__ import annotations

from dataclasses import replace

from imagematrix.model import Result, exact, unavailable
from imagematrix.report.taken_over import of_one_time, remark
from tests import made

START = exact("start_seconds", 0.111, unit="seconds", method="median")
MEMORY = exact("memory_idle_bytes", 20_000_000, unit="bytes", method="read")


def of(label: str, run_id: str = "") -> Result:
    measurements = tuple(each.taken_over(run_id) if run_id else each for each in (START, MEMORY))
    return replace(made.result(label), measurements=measurements)


def test_without_a_figure_of_an_earlier_run_there_is_nothing_to_explain() -> None:
    assert remark([of("a"), made.result("b")], "start_seconds") == ""
    unknown = replace(of("a"), measurements=(unavailable("start_seconds", "no; measured in run 2"),))
    assert remark([unknown], "start_seconds") == ""


def test_of_one_earlier_run_it_is_named_and_of_several_which_is_of_which() -> None:
    one = remark([of("a", "r1"), of("b"), of("c", "r1")], "start_seconds", "memory_idle_bytes")
    assert one.startswith("* measured in run r1: image, engine,")
    several = remark([of("a", "r1"), of("b", "r2"), of("c", "r1")], "start_seconds", "memory_idle_bytes")
    assert several.startswith("* measured in earlier runs, of a, c in r1; of b in r2: image, engine,")


def test_texts_of_a_record_are_made_fit_for_the_format() -> None:
    assert "run r\\x1b[2J:" in remark([of("a", "r\x1b[2J")], "start_seconds")
    assert "run <r>:" in remark([of("a", "r")], "start_seconds", shown=lambda text: f"<{text}>")


def test_times_are_of_one_time_where_one_run_measured_them_all() -> None:
    taken, none = START.taken_over("r1"), unavailable("start_seconds", "not asked for")
    assert of_one_time([START, START, none, None])
    assert of_one_time([taken, taken])
    assert not of_one_time([START, taken])
    assert not of_one_time([taken, START.taken_over("r2")])
