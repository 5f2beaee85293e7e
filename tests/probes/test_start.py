from __future__ import annotations

import socket
import statistics
import threading
import time

import pytest

from imagematrix.errors import Interrupted, StepError
from imagematrix.probes.start import NAMES, deviation, outliers, starts, summary
from tests import made
from tests.probes.servers import Handler, answer, serving
from tests.probes.starting import at


def slow(seconds: float) -> Handler:
    def handle(link: socket.socket) -> None:
        time.sleep(seconds)
        answer()(link)

    return handle


def test_each_start_is_timed_in_order_in_a_container_of_its_own() -> None:
    handlers = [slow(0.1), slow(0.3), slow(0.1)]
    with serving(*handlers) as port:
        start = at(port)
        told = {
            m.name: m
            for m in starts(start, made.smoke(), repeat=3, one_start=threading.Lock(), stop=threading.Event())
        }
    each = told["start_each_seconds"].value
    assert isinstance(each, tuple)
    assert [0.1 <= float(s) < 0.25 for s in each] == [True, False, True]
    assert float(each[1]) >= 0.3
    assert told["start_seconds"].value == statistics.median(map(float, each))
    assert told["start_min_seconds"].value == min(map(float, each))
    assert tuple(told) == NAMES
    assert (len(start.asked), start.alive) == (3, [])


def test_two_variants_are_never_timed_at_once() -> None:
    lock, at_once, most = threading.Lock(), [0], [0]

    def watched(link: socket.socket) -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.05)
        at_once[0] -= 1  # before the answer: whoever has it lets the next one start
        answer()(link)

    with serving(watched) as one, serving(watched) as other:
        threads = [
            threading.Thread(
                target=starts,
                args=(at(port), made.smoke()),
                kwargs={"repeat": 4, "one_start": lock, "stop": threading.Event()},
            )
            for port in (one, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == [1]


def test_a_start_without_a_right_answer_is_told_by_its_number() -> None:
    with serving(answer(), answer("500 Internal Server Error")) as port, pytest.raises(StepError) as caught:
        starts(at(port), made.smoke(), repeat=5, one_start=threading.Lock(), stop=threading.Event())
    assert caught.value.reason.startswith("start 2 of 5: GET /: expected status 200, got 500")


def test_a_stop_request_ends_it_and_frees_the_lock() -> None:
    lock, stop = threading.Lock(), threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        starts(at(1), made.smoke(), repeat=5, one_start=lock, stop=stop)
    assert not lock.locked()


def test_the_spread_is_not_spoiled_by_one_outlier() -> None:
    assert deviation((1.0, 2.0, 3.0, 4.0, 1000.0)) == pytest.approx(1.4826)  # the MAD is 1


def test_the_spread_estimates_the_standard_deviation() -> None:
    normal = statistics.NormalDist(mu=5, sigma=0.25)
    values = [normal.inv_cdf((i + 0.5) / 2001) for i in range(2001)]
    assert deviation(values) == pytest.approx(statistics.stdev(values), rel=0.01)


def test_outliers_are_named_with_how_far_they_are_out() -> None:
    # median 0.30, MAD 0.01: 0.4 is 0.6745 * 0.1 / 0.01 = 6.7 out; 0.35 would be 3.37, just within.
    assert outliers((0.4, 0.30, 0.29, 0.31, 0.30, 0.29, 0.31)) == ("start 1: 0.400 s, modified z-score 6.7",)
    assert outliers((0.35, 0.30, 0.29, 0.31, 0.30, 0.29, 0.31)) == ()


def test_an_outlier_on_the_fast_side_counts_too() -> None:
    assert outliers((0.2, 0.30, 0.29, 0.31, 0.30, 0.29, 0.31)) == ("start 1: 0.200 s, modified z-score -6.7",)


def test_without_any_spread_none_is_named() -> None:
    assert outliers((0.3, 0.3, 0.3, 0.3, 0.9)) == ()


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_starts_have_no_spread(count: int) -> None:
    told = {m.name: m for m in summary((0.3, 0.4)[:count])}
    assert told["start_seconds"].value == pytest.approx(0.3 if count == 1 else 0.35)
    assert not told["start_spread_seconds"].measured
    assert not told["start_outliers"].measured
    assert "fewer than 3" in told["start_spread_seconds"].reason
    assert set(told) == set(NAMES)
