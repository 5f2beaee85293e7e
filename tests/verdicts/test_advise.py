"""Runs in which the right choice is known by construction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import (
    Advice,
    AtMost,
    AtMostTimes,
    Base,
    BaseSource,
    Budget,
    Must,
    Result,
    RunStatus,
    Status,
)
from imagematrix.verdicts.advise import advise, advise_for
from tests import made
from tests.verdicts.advised import MB, guessed, variant, without

# As the article has them: Debian whole, distroless a little larger than Alpine.
VANILLA = variant(
    "vanilla",
    download=400 * MB,
    unpacked=681 * MB,
    start=0.12,
    memory=40 * MB,
    shells=("bash", "sh"),
    package_managers=("/usr/bin/apt",),
    build_tools=("/usr/bin/gcc",),
    setuid=("/usr/bin/su",),
    executables=1000,
    user="root",
)
DISTROLESS = variant("distroless", download=45 * MB, unpacked=77 * MB, executables=6, user="root")
ALPINE = variant(
    "alpine",
    download=40 * MB,
    unpacked=70 * MB,
    shells=("sh",),
    package_managers=("/sbin/apk",),
    executables=90,
    user="root",
    libc="musl",
)
ARTICLE = made.run(VANILLA, DISTROLESS, ALPINE)


def at_most(name: str, limit: float, text: str, measurement: str) -> Budget:
    return Budget(name=name, text=text, measurement=measurement, limit=AtMost(limit=limit))


def asked(name: str) -> Budget:
    return Budget(name=name, text="", measurement="", limit=Must(word=""))


DOWNLOAD_60 = at_most("max_download", 60 * MB, "60MB", "download_bytes")


def by_profile(*results: Result) -> dict[str, Advice]:
    return {advice.profile: advice for advice in advise(made.run(*results))}


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


def test_without_a_download_of_each_the_bytes_unpacked_are_weighed_for_all() -> None:
    """By downloads, distroless is smaller here; of Alpine none is known."""
    small = replace(DISTROLESS, label="distroless")
    advice = by_profile(VANILLA, small, without(ALPINE, "download_bytes"))["smallest"]
    assert advice.choice == "alpine"
    assert advice.objectives[0] == "unpacked_bytes"
    assert "smallest download" not in advice.wants
    assert any("download_bytes was not measured of alpine" in doubt for doubt in advice.doubts)


def test_start_ups_within_noise_are_called_so_and_the_rule_is_told() -> None:
    advice = by_profile(
        variant("a", download=10 * MB, start=0.100), variant("b", download=20 * MB, start=0.102)
    )
    assert "starts as fast, within noise" in advice["smallest"].against[0].reason
    assert any("rank-sum test" in doubt for doubt in advice["smallest"].doubts)


def test_estimates_that_overlap_do_not_decide_and_the_rule_is_told() -> None:
    near = variant("near", download=guessed(104 * MB), unpacked=200 * MB)
    advice = by_profile(variant("a", download=guessed(100 * MB), unpacked=300 * MB), near)["smallest"]
    assert advice.choice == "near"
    assert advice.why == "near has the fewest bytes unpacked (200 MB), which rules out a (300 MB)"
    assert any("within 5%" in doubt for doubt in advice.doubts)


def test_of_equals_the_first_is_taken_and_that_is_said() -> None:
    advice = by_profile(variant("one"), variant("two"))["smallest"]
    assert advice.choice == "one"
    assert advice.why == "nothing that is weighed tells one and two apart"
    assert advice.doubts[0] == "one and two cannot be told apart by all this; one is the first of the matrix"


def test_stand_ins_are_called_so() -> None:
    stand_in = Base(reference="x", source=BaseSource.STAND_IN, digest="", recipe="debian-node")
    advice = by_profile(replace(VANILLA, bases=(stand_in,)), ALPINE)["smallest"]
    assert any(doubt.startswith("bases of vanilla are stand-ins") for doubt in advice.doubts)
    assert not any("stand-in" in doubt for doubt in by_profile(VANILLA, ALPINE)["smallest"].doubts)


def test_what_was_not_measured_is_said() -> None:
    results = [without(each, "setuid_files") for each in (VANILLA, DISTROLESS)]
    doubts = by_profile(*results)["production and security"].doubts
    assert "not measured, so not weighed: no setuid files" in doubts
    doubts = by_profile(without(VANILLA, "user"), DISTROLESS, DISTROLESS)["production and security"].doubts
    assert not any("user" in doubt for doubt in doubts)  # it was out by then
    unknown = without(without(DISTROLESS, "shells"), "shells_on_disk")
    doubts = by_profile(VANILLA, unknown)["production and security"].doubts
    assert "no shell: not measured of distroless; that neither rules out nor in" in doubts


def test_one_variant_alone_is_chosen_as_such() -> None:
    assert by_profile(ALPINE)["smallest"].why == "alpine is the only variant that passed"


def test_a_constraint_rules_out_and_says_by_how_much() -> None:
    advice = advise_for(ARTICLE, [DOWNLOAD_60, asked("glibc")])
    assert advice.choice == "distroless"
    assert advice.why == "distroless is the only variant that has at most 60MB to download and glibc"
    assert [(each.label, each.out, each.reason) for each in advice.against] == [
        ("vanilla", True, "400 MB to download is 340 MB over 60MB"),
        ("alpine", True, "runs on musl"),
    ]
    assert advice.front == ("distroless",)


def test_of_those_that_hold_the_smallest_download_is_chosen() -> None:
    assert advise_for(ARTICLE, [DOWNLOAD_60]).choice == "alpine"
    assert advise_for(ARTICLE, [asked("no_shell")]).choice == "distroless"
    assert (
        advise_for(ARTICLE, [at_most("max_memory", 30 * MB, "30MB", "memory_idle_bytes")]).choice == "alpine"
    )


def test_a_limit_itself_holds() -> None:
    assert (
        advise_for(ARTICLE, [at_most("max_download", 40 * MB, "40MB", "download_bytes")]).choice == "alpine"
    )


def test_constraints_that_none_holds_leave_none() -> None:
    advice = advise_for(ARTICLE, [asked("non_root")])
    assert advice.choice == ""
    assert advice.why == "no variant that passed has a user other than root"
    assert {each.reason for each in advice.against} == {"runs as root"}
    assert all(each.out for each in advice.against)


def test_what_was_not_measured_does_not_hold() -> None:
    run = made.run(without(ALPINE, "download_bytes"), without(DISTROLESS, "libc"))
    assert advise_for(run, [DOWNLOAD_60]).choice == "distroless"
    reason = advise_for(run, [DOWNLOAD_60]).against[0].reason
    assert reason == "download_bytes was not measured: nobody looked"
    assert advise_for(run, [asked("glibc")]).against[1].reason == "whether it has glibc was not measured"


def test_an_estimate_near_a_limit_is_a_doubt() -> None:
    near = made.run(variant("near", download=guessed(58 * MB)))
    doubt = "58.0 MB to download is an estimate within 5%: the truth may be over 60MB"
    assert doubt in advise_for(near, [DOWNLOAD_60]).doubts
    sure = made.run(variant("sure", download=guessed(57 * MB)))
    assert doubt not in advise_for(sure, [DOWNLOAD_60]).doubts
    assert not any("estimate" in doubt for doubt in advise_for(sure, [DOWNLOAD_60]).doubts)


def test_only_limits_of_its_own_are_constraints() -> None:
    odd = replace(DOWNLOAD_60, limit=AtMostTimes(factor=0.2, variant="vanilla"))
    with pytest.raises(ValueError, match="max_download"):
        advise_for(ARTICLE, [odd])
