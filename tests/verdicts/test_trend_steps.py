"""Series in which the steps are known by construction."""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import median

import pytest

from imagematrix.model import Change, How, Measurement, Point
from imagematrix.verdicts.trend_steps import BYTE_RULE, RULE, Seen, byte_steps, noisy_steps, told_from


def seen(
    number: int, value: float, *, how: How = How.EXACT, each: Sequence[float] = (), unit: str = ""
) -> Seen:
    point = Point(
        run_id=f"run{number}",
        started_at="",
        commit=f"commit{number}",
        tag="",
        value=value,
        estimated=how is How.ESTIMATED,
    )
    measurement = Measurement(name="", unit=unit, how=how, reason="", value=value)
    return Seen(point=point, measurement=measurement, each=tuple(each))


def plain(*values: float) -> list[Seen]:
    return [seen(number, value) for number, value in enumerate(values)]


def started(*medians: float, spread: float = 0.002) -> list[Seen]:
    """Runs of five starts each around these medians."""
    return [
        seen(number, value, each=[value + step * spread for step in (-2, -1, 0, 1, 2)])
        for number, value in enumerate(medians)
    ]


def where(changes: Sequence[Change]) -> list[str]:
    return [change.run_id for change in changes]


def in_bytes(*values: float) -> list[Seen]:
    return [seen(number, value, unit="bytes") for number, value in enumerate(values)]


def test_of_bytes_a_thousandth_is_a_step_and_less_is_none() -> None:
    assert byte_steps(in_bytes(155_000_000, 155_000_025)) == ()
    assert byte_steps(in_bytes(10_000, 10_009, 10_010)) == (
        Change(run_id="run2", commit="commit2", before=10_000, after=10_010),
    )
    assert where(byte_steps(in_bytes(10_000, 9_990))) == ["run1"]
    assert where(byte_steps(in_bytes(0, 1, 1))) == ["run1"]


def test_bytes_that_creep_step_where_they_come_to_a_thousandth() -> None:
    creeping = in_bytes(*(1_000_000 + 400 * number for number in range(7)))
    assert [(each.run_id, each.before, each.after) for each in byte_steps(creeping)] == [
        ("run3", 1_000_000, 1_001_200),
        ("run6", 1_001_200, 1_002_400),
    ]


def test_a_step_tells_which_of_its_figures_is_an_estimate() -> None:
    (change,) = byte_steps([seen(0, 100, how=How.ESTIMATED), seen(1, 200)])
    assert (change.before_estimated, change.after_estimated) == (True, False)


def test_after_another_kind_of_figure_the_next_is_held_against_that() -> None:
    _, *counted = in_bytes(0, 103_000, 103_000, 103_200)
    assert where(byte_steps([seen(0, 100_000, how=How.ESTIMATED, unit="bytes"), *counted])) == ["run3"]


def test_of_counts_every_change_is_a_step_and_names_its_run() -> None:
    assert byte_steps(plain(100, 100, 101, 101, 50)) == (
        Change(run_id="run2", commit="commit2", before=100, after=101),
        Change(run_id="run4", commit="commit4", before=101, after=50),
    )


@pytest.mark.parametrize("values", [(), (100,), (100, 100, 100)])
def test_no_change_is_no_step(values: tuple[int, ...]) -> None:
    assert byte_steps(plain(*values)) == ()
    assert noisy_steps(plain(*values)) == ()


@pytest.mark.parametrize(
    ("estimate", "other", "steps"), [(100, 105, 0), (100, 106, 1), (100, 95, 0), (100, 94, 1)]
)
def test_between_an_estimate_and_a_count_only_more_than_its_error_is_a_step(
    estimate: int, other: int, steps: int
) -> None:
    one, two = seen(0, estimate, how=How.ESTIMATED), seen(1, other)
    assert len(byte_steps([one, two])) == steps
    assert len(byte_steps([seen(0, other), seen(1, estimate, how=How.ESTIMATED)])) == steps


def test_two_estimates_are_made_the_same_way_so_a_change_is_a_step() -> None:
    assert len(byte_steps([seen(0, 100, how=How.ESTIMATED), seen(1, 101, how=How.ESTIMATED)])) == 1


def test_times_step_where_two_runs_hold_the_new_level() -> None:
    (change,) = noisy_steps(started(0.100, 0.101, 0.099, 0.150, 0.151, 0.149))
    assert change == Change(run_id="run3", commit="commit3", before=0.100, after=0.150)


def test_a_step_down_is_one_too() -> None:
    (change,) = noisy_steps(started(0.150, 0.151, 0.100, 0.101))
    assert (change.run_id, change.before > change.after) == ("run2", True)


def test_up_and_down_again_are_two_steps() -> None:
    changes = noisy_steps(started(0.1, 0.101, 0.1, 0.2, 0.201, 0.1, 0.101, 0.1))
    assert where(changes) == ["run3", "run5"]


@pytest.mark.parametrize(
    "medians",
    [
        (0.100, 0.101, 0.099, 0.300, 0.100, 0.101),  # one run stood out: the machine was busy
        (0.100, 0.101, 0.099, 0.300),  # so may the last one be
        (0.100, 0.101, 0.099, 0.300, 0.050, 0.101),  # one up, one down
        (0.100, 0.101, 0.099, 0.107, 0.108, 0.107),  # sure, but below 10 %
        (0.080, 0.120, 0.095, 0.140, 0.141),  # within three deviations of a level that moves
        (0.100, 0.200, 0.201),  # one run is no level
    ],
)
def test_what_is_not_sure_and_large_is_no_step(medians: tuple[float, ...]) -> None:
    assert noisy_steps(started(*medians)) == ()


def test_medians_that_moved_by_a_few_starts_alone_are_no_step() -> None:
    """Both medians are 20 % up, but the single starts overlap so far that chance would do."""
    level = started(0.100, 0.100, spread=0.030)
    later = [
        seen(2, 0.120, each=(0.05, 0.06, 0.12, 0.13, 0.14)),
        seen(3, 0.120, each=(0.05, 0.07, 0.12, 0.13, 0.15)),
    ]
    assert noisy_steps([*level, *later]) == ()
    assert where(noisy_steps([*plain(0.100, 0.100), *[seen(n, 0.120) for n in (2, 3)]])) == ["run2"]


def test_memory_steps_without_starts() -> None:
    (change,) = noisy_steps(plain(20_000_000, 20_100_000, 20_050_000, 30_000_000, 30_100_001))
    assert (change.run_id, change.before, change.after) == ("run3", 20_050_000, 30_050_000)
    assert isinstance(change.after, int)


@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_makes_hardly_a_step_and_a_step_in_noise_is_found_where_it_is(seed: int) -> None:
    """Runs of five starts with 3 % of noise between runs and within; a third slower from run 20 on."""
    dice = random.Random(seed)  # noqa: S311

    def run(number: int, level: float) -> Seen:
        each = [level * dice.gauss(1, 0.03) * dice.gauss(1, 0.03) for _ in range(5)]
        return seen(number, median(each), each=each)

    assert noisy_steps([run(number, 0.2) for number in range(40)]) == ()
    stepped = [run(number, 0.2 if number < 20 else 0.27) for number in range(40)]
    (change,) = noisy_steps(stepped)
    assert change.run_id == "run20"
    assert change.before == pytest.approx(0.2, rel=0.05)
    assert change.after == pytest.approx(0.27, rel=0.05)


@pytest.mark.parametrize(
    ("medians", "steps"),
    [
        ((0.100, 0.101, 0.115, 0.116), 1),  # they hardly move: 10 % is enough
        ((0.100, 0.110, 0.128, 0.137), 0),  # they move by 10 %, and the step is no more than 25 %
        ((0.100, 0.110, 0.200, 0.210), 1),
    ],
)
def test_the_least_step_that_is_told_is_that_of_the_rule(medians: tuple[float, ...], steps: int) -> None:
    level, after = median(medians[:2]), median(medians[2:])
    assert len(noisy_steps(plain(*medians))) == steps
    assert ((after - level) / level > told_from(medians)) is bool(steps)


def test_without_a_move_or_a_figure_the_least_step_is_the_least_of_all() -> None:
    assert told_from([0.1, 0.1, 0.1, 0.1]) == told_from([0.1]) == told_from([0, 0]) == 0.10


@pytest.mark.parametrize(
    "words", ["two runs in a row", "two or more before", "10%", "3 deviations", "all runs move"]
)
def test_the_rule_that_is_told_has_all_of_its_parts(words: str) -> None:
    assert words in RULE


def test_the_rule_for_bytes_is_told_with_its_share() -> None:
    assert "by 0.1% or more" in BYTE_RULE
