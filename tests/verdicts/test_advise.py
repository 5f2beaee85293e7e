"""Runs in which the right choice is known by construction."""

from __future__ import annotations

import re
from dataclasses import replace

from imagematrix.model import (
    RunStatus,
    Status,
)
from imagematrix.verdicts.advise import advise, advise_for, measured
from tests import made
from tests.verdicts.advised import (
    ALPINE,
    ARTICLE,
    DISTROLESS,
    DOWNLOAD_60,
    MB,
    VANILLA,
    asked,
    at_most,
    by_profile,
    variant,
    without,
)


def test_figures_like_the_articles_lead_to_its_conclusion() -> None:
    assert {advice.profile: advice.choice for advice in advise(ARTICLE)} == {
        "production and security": "distroless",
        "smallest": "alpine",
        "development and debugging": "vanilla",
    }


def test_other_figures_lead_to_another() -> None:
    """No name is known: with the figures exchanged, so are the choices."""
    exchanged = (replace(ALPINE, label="distroless"), replace(DISTROLESS, label="alpine"), VANILLA)
    choices = [advice.choice for advice in advise(made.run(*exchanged))]
    assert choices == ["alpine", "distroless", "vanilla"]


def test_a_variant_that_did_not_pass_is_never_chosen() -> None:
    failed = replace(DISTROLESS, status=Status.FAILED, reason="smoke: no answer\n    | Error")
    advice = by_profile(VANILLA, failed, ALPINE)["production and security"]
    assert advice.choice == "alpine"
    assert "distroless" not in advice.front
    out = next(each for each in advice.against if each.label == "distroless")
    assert (out.out, out.reason) == (True, "failed: smoke: no answer")


def test_where_none_passed_none_is_chosen() -> None:
    results = [replace(each, status=Status.FAILED, reason="build: no") for each in (VANILLA, ALPINE)]
    for advice in advise(made.run(*results, status=RunStatus.FAILED)):
        assert (advice.choice, advice.front, advice.costs) == ("", (), ())
        assert "no variant passed" in advice.why
        assert [each.reason for each in advice.against] == ["failed: build: no"] * 2


def test_it_says_what_ruled_the_others_out() -> None:
    found = by_profile(VANILLA, DISTROLESS, ALPINE)
    assert (
        found["production and security"].why == "distroless has no shell, which rules out vanilla and alpine"
    )
    assert found["smallest"].why == (
        "alpine has the smallest download (40.0 MB), which rules out vanilla (400 MB) and distroless (45.0 MB)"
    )


def test_it_tells_of_each_other_variant_by_figures() -> None:
    others = {each.label: each.reason for each in by_profile(VANILLA, DISTROLESS, ALPINE)["smallest"].against}
    assert list(others) == ["vanilla", "distroless"]
    assert others["vanilla"] == (
        "360 MB more to download (10 x); starts 20 ms slower (1.2 x); 20.0 MB more memory (2.0 x)"
    )
    assert others["distroless"] == ("5.00 MB more to download (1.1 x); starts as fast; as much memory")


def test_a_choice_has_its_price() -> None:
    found = by_profile(VANILLA, DISTROLESS, ALPINE)
    assert found["production and security"].costs == (
        "has no shell to run; vanilla: a shell to run (bash, sh)",
        "has no package manager; vanilla and alpine: package managers (apt)",
        "has no build tool; vanilla: build tools (gcc)",
        "5.00 MB more to download (1.1 x) than alpine",
    )
    assert "runs on musl; vanilla and distroless: glibc" in found["smallest"].costs


def test_a_choice_that_is_best_at_all_costs_nothing() -> None:
    best = variant("best", shells=(), package_managers=(), user="node")
    worse = variant("worse", download=200 * MB)
    assert by_profile(worse, best)["production and security"].costs == ()


def test_the_front_is_over_download_start_up_and_memory() -> None:
    advice = by_profile(VANILLA, DISTROLESS, ALPINE)["smallest"]
    assert advice.objectives == ("download_bytes", "start_seconds", "memory_idle_bytes")
    assert advice.front == ("alpine",)


def test_one_variant_alone_is_chosen_as_such() -> None:
    failed = made.result("vanilla", status=Status.FAILED, reason="build: none")
    assert by_profile(ALPINE, failed)["smallest"].why == "alpine is the only variant of this run that passed"


def test_the_only_variant_of_a_run_is_not_said_to_have_come_through_where_others_have_not() -> None:
    why = "alpine is the only variant of this run; no other was in it to be weighed"
    assert by_profile(ALPINE)["smallest"].why == why


def test_a_run_that_measured_nothing_is_known_as_such() -> None:
    assert measured(ARTICLE)
    built = replace(ALPINE, measurements=ALPINE.measurements[1:2])
    assert not measured(made.run(built))
    assert advise(made.run(built)) == ()


def test_what_is_said_has_no_names_of_measurements_in_it() -> None:
    runs = [
        made.run(*(without(without(each, "download_bytes"), name) for each in (VANILLA, ALPINE)))
        for name in ("start_seconds", "memory_idle_bytes", "executables", "user", "stop_verdict")
    ]
    wishes = [DOWNLOAD_60, at_most("max_start", 0.001, "1ms", "start_seconds"), asked("glibc")]
    for run in runs:
        for advice in (*advise(run), advise_for(run, wishes)):
            told = (
                advice.wants,
                advice.why,
                *advice.costs,
                *advice.doubts,
                *(a.reason for a in advice.against),
            )
            assert not re.search(r"[a-z]_[a-z]", " ".join(told))
