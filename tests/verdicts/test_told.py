from __future__ import annotations

from dataclasses import replace

from imagematrix.model import Status, exact, unavailable
from imagematrix.verdicts.told import samples, under
from tests.verdicts.pairs import BASE, answer, missing, result, starts


def test_samples_are_those_that_a_figure_is_the_median_of() -> None:
    known = result("x", "a", (BASE,), (*starts(0.3, 0.1, 0.2, key="k"), answer("memory_idle_bytes", 7)))
    assert samples(known, "start_seconds") == (0.3, 0.1, 0.2)
    assert samples(known, "memory_idle_bytes") == ()
    without = (unavailable("start_each_seconds", "-"), exact("start_seconds", 0.1, method="-"))
    assert samples(result("x", "a", (BASE,), without), "start_seconds") == ()
    assert samples(result("x", "a", (BASE,)), "start_seconds") == ()


def test_what_is_known_of_a_built_image_is_no_looking_into_it() -> None:
    assert not result("x", "a", (BASE,), (answer("user", "root"), answer("layers", 2))).looked_into
    for name in ("shells", "bytes_by_origin"):
        assert result("x", "a", (BASE,), (missing(name),)).looked_into
        assert result("x", "a", (BASE,), (unavailable(name, "no node"),)).looked_into


def test_what_a_variant_did_not_come_to_tells_what_ended_it() -> None:
    known = replace(result("x", "a", (BASE,)), status=Status.FAILED, reason="smoke: it ended\nits log")
    assert under(known, "start_seconds").reason == "it failed before that: smoke: it ended"
    skipped = replace(known, status=Status.SKIPPED, reason="base: no registry answers", image=None)
    assert under(skipped, "start_seconds").reason == "it was skipped before that: base: no registry answers"
    over = replace(known, reason="budget max_own: too large")
    assert under(over, "start_seconds").reason == "this run did not measure it"
