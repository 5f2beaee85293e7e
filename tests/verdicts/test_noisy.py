"""Whether times have changed, against chances that are counted by hand."""

from __future__ import annotations

import pytest

from imagematrix.model import Result, exact, unavailable
from imagematrix.model.difference import TimeVerdict
from imagematrix.verdicts.noise import p_value
from imagematrix.verdicts.noisy import judge, noisy_differences
from tests.verdicts.pairs import BASE, result, starts

FAST = (0.20, 0.21, 0.22, 0.23, 0.24)
SLOW = (0.30, 0.31, 0.32, 0.33, 0.34)


def of(*each: float, key: str = "k1") -> Result:
    return result("x", "a", (BASE,), starts(*each, key=key))


def judged(old: Result, new: Result, *, apart: str = "", drifted: float = 0.0) -> tuple[TimeVerdict, str]:
    [start] = noisy_differences(old, new, apart=apart, drifted=drifted)
    assert start.name == "start_seconds"
    return start.verdict, start.reason


@pytest.mark.parametrize(
    ("before", "after", "p"),
    [
        ((1, 2, 3, 4, 5), (6, 7, 8, 9, 10), 2 / 252),  # one of 252 ways at each end
        ((6, 7, 8, 9, 10), (1, 2, 3, 4, 5), 2 / 252),
        ((1, 2, 3), (4, 5, 6), 2 / 20),
        ((1, 2, 4), (3, 5, 6), 4 / 20),  # sums of ranks of 14 and 15, and the same at the other end
        ((1, 2), (1, 2), 1.0),
    ],
)
def test_chances_counted_by_hand(before: tuple[float, ...], after: tuple[float, ...], p: float) -> None:
    assert p_value(before, after) == pytest.approx(p)


def test_a_large_and_sure_change_is_told_with_its_direction_and_its_chance() -> None:
    verdict, reason = judged(of(*FAST), of(*SLOW, key="k2"))
    assert verdict is TimeVerdict.MORE
    assert reason == "medians +45%, p 0.0079, 5 and 5 measurements"
    assert judged(of(*SLOW), of(*FAST, key="k2"))[0] is TimeVerdict.LESS


def test_a_sure_change_that_is_small_is_none() -> None:
    little = tuple(each + 0.05 for each in (1.0, 1.001, 1.002, 1.003, 1.004))
    verdict, reason = judged(of(1.0, 1.001, 1.002, 1.003, 1.004), of(*little, key="k2"))
    assert verdict is TimeVerdict.WITHIN
    assert "+5%, p 0.0079" in reason


def test_a_large_change_that_is_not_sure_is_none() -> None:
    """One slow start of the old ranks above all of the new: 2 x 2 of 252 ways are as far apart."""
    verdict, reason = judged(of(0.1, 0.1, 0.1, 0.1, 0.9), of(0.2, 0.21, 0.22, 0.23, 0.24, key="k2"))
    assert verdict is TimeVerdict.WITHIN
    assert "medians +120%" in reason


def test_few_measurements_cannot_tell() -> None:
    """Three and three have 20 ways to rank: nothing is surer than 2 in 20."""
    verdict, reason = judged(of(0.1, 0.1, 0.1), of(9.0, 9.0, 9.0, key="k2"))
    assert verdict is TimeVerdict.UNDECIDED
    assert reason == "3 and 3 measurements: too few to tell a change from chance"


def test_what_is_measured_once_cannot_be_told_from_chance() -> None:
    old, new = (
        result("x", "a", (BASE,), (exact("stop_seconds", seconds, unit="seconds", method="SIGTERM"),))
        for seconds in (0.1, 10.0)
    )
    [stop] = noisy_differences(old, new, apart="")
    assert (stop.verdict, stop.reason) == (TimeVerdict.UNDECIDED, "measured once on each side")


def test_the_same_image_that_was_not_measured_again_is_no_comparison() -> None:
    assert judged(of(*FAST), of(*FAST))[0] is TimeVerdict.SAME
    assert judged(of(*FAST), of(*FAST, key="k2"))[0] is TimeVerdict.WITHIN


def test_the_very_same_image_is_never_slower_but_its_machine_is() -> None:
    verdict, reason = judged(of(*FAST), of(*SLOW))
    assert verdict is TimeVerdict.WITHIN
    assert "of the very same image" in reason


def test_a_change_within_the_drift_of_the_machine_is_none() -> None:
    assert judged(of(*FAST), of(*SLOW, key="k2"), drifted=0.5)[0] is TimeVerdict.WITHIN


@pytest.mark.parametrize(
    ("times", "verdict"),
    [
        (3.1, TimeVerdict.WITHIN),
        (5.0, TimeVerdict.MORE),
        (1 / 3.1, TimeVerdict.WITHIN),
        (0.2, TimeVerdict.LESS),
    ],
)
def test_what_is_left_of_a_change_without_the_machine_s_share_is_judged(
    times: float, verdict: TimeVerdict
) -> None:
    """Unchanged images start three times as slow: of 3.1 times the start-up, 3 % is left."""
    slow = of(*(times * each for each in FAST), key="k2")
    told, reason = judged(of(*FAST), slow, drifted=2.0)
    assert told is verdict
    assert ("images that have not changed differ by 200%" in reason) is (verdict is TimeVerdict.WITHIN)


def test_times_of_different_machines_are_not_compared() -> None:
    assert judged(of(*FAST), of(*SLOW, key="k2"), apart="other machine") == (
        TimeVerdict.NOT_COMPARED,
        "other machine",
    )


def test_what_one_side_did_not_measure_is_told_with_its_reason() -> None:
    bare = result(
        "x", "b", (BASE,), (unavailable("start_seconds", "start 2 of 5: no answer", unit="seconds"),)
    )
    assert judged(of(*FAST), bare) == (
        TimeVerdict.NOT_COMPARED,
        "not measured in the new: start 2 of 5: no answer",
    )
    assert noisy_differences(bare, bare, apart="") == ()


def test_many_measurements_are_judged_in_time() -> None:
    verdict, _ = judge([0.2 + n / 1000 for n in range(30)], [0.3 + n / 1000 for n in range(30)], "")
    assert verdict is TimeVerdict.MORE
    many = of(*(0.2 + n / 1000 for n in range(1000)))
    assert judged(many, of(*(0.9 + n / 1000 for n in range(1000)), key="k2"))[1].endswith(
        "30 and 30 measurements"
    )
