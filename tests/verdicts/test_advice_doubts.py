"""What an advice is not sure of."""

from __future__ import annotations

from dataclasses import replace

from imagematrix.model import (
    Base,
    BaseSource,
    Result,
    RunStatus,
)
from imagematrix.verdicts.advise import advise, advise_for
from tests import made
from tests.verdicts.advised import (
    ALPINE,
    DISTROLESS,
    DOWNLOAD_60,
    EARLIER,
    MB,
    VANILLA,
    by_profile,
    guessed,
    taken_over,
    variant,
    without,
)
from tests.verdicts.pairs import table, waste


def test_without_a_download_of_each_the_bytes_unpacked_are_weighed_for_all() -> None:
    """By downloads, distroless is smaller here; of Alpine none is known."""
    small = replace(DISTROLESS, label="distroless")
    advice = by_profile(VANILLA, small, without(ALPINE, "download_bytes"))["smallest"]
    assert advice.choice == "alpine"
    assert advice.objectives[0] == "unpacked_bytes"
    assert "smallest download" not in advice.wants
    assert any(doubt.startswith("the download was not measured of alpine; ") for doubt in advice.doubts)


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


def test_of_estimates_that_decide_the_rule_is_told_too_with_their_sign() -> None:
    small = variant("small", download=guessed(50 * MB))
    advice = by_profile(variant("a", download=guessed(100 * MB)), small)["smallest"]
    assert advice.why == "small has the smallest download (~50.0 MB), which rules out a (~100 MB)"
    assert advice.against[0].reason.startswith("~50.0 MB more to download (2.0 x)")
    assert any("within 5%" in doubt for doubt in advice.doubts)
    exact_ones = by_profile(variant("a", download=100 * MB), variant("small", download=50 * MB))["smallest"]
    assert "(50.0 MB)" in exact_ones.why
    assert not any("within 5%" in doubt for doubt in exact_ones.doubts)


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
    assert "not measured of all, so not weighed: no setuid files" in doubts
    doubts = by_profile(without(VANILLA, "user"), DISTROLESS, DISTROLESS)["production and security"].doubts
    assert not any("user" in doubt for doubt in doubts)  # it was out by then
    unknown = without(without(DISTROLESS, "shells"), "shells_on_disk")
    doubts = by_profile(VANILLA, unknown)["production and security"].doubts
    assert "no shell: not measured of distroless; that neither rules out nor in" in doubts


def test_an_estimate_near_a_limit_is_a_doubt() -> None:
    near = made.run(variant("near", download=guessed(58 * MB)))
    doubt = "58.0 MB to download is an estimate within 5%: the truth may be over 60MB"
    assert doubt in advise_for(near, [DOWNLOAD_60]).doubts
    sure = made.run(variant("sure", download=guessed(57 * MB)))
    assert doubt not in advise_for(sure, [DOWNLOAD_60]).doubts
    assert not any("estimate" in doubt for doubt in advise_for(sure, [DOWNLOAD_60]).doubts)


def test_start_ups_of_several_runs_are_a_doubt_and_no_reason() -> None:
    slow = taken_over(variant("slow", start=0.9), EARLIER)
    advice = by_profile(slow, variant("fast", start=0.1))["smallest"]
    assert advice.choice == "slow"
    assert advice.against[0].reason.startswith(
        "as much to download; starts 800 ms faster (0.11 x), measured in "
    )
    assert any(
        doubt.startswith(
            f"start-ups were measured in several runs, that of slow in run {EARLIER}, that of fast in this run: "
        )
        for doubt in advice.doubts
    )
    assert not any("rank-sum" in doubt for doubt in advice.doubts)


def test_start_ups_of_one_earlier_run_are_as_good_as_any() -> None:
    pair = [taken_over(variant("slow", start=0.9), EARLIER), taken_over(variant("fast", start=0.1), EARLIER)]
    advice = by_profile(*pair)["smallest"]
    assert advice.choice == "fast"
    assert not any("several runs" in doubt for doubt in advice.doubts)


def test_an_interrupted_run_is_said_to_be_one() -> None:
    run = made.run(VANILLA, ALPINE, status=RunStatus.INTERRUPTED)
    assert all("did not come to its end" in advice.doubts[0] for advice in advise(run))


def test_that_no_secret_was_found_without_reading_the_layers_is_a_doubt_where_it_is_wanted() -> None:
    doubt = (
        "no secret files: those that a later layer deletes were not looked for in a (`invoke matrix --deep` "
    )
    quick = with_secrets(variant("a"))
    told = by_profile(quick, variant("b", shells=("sh",)))
    assert [each.startswith(doubt) for each in told["production and security"].doubts].count(True) == 1
    assert not any(each.startswith(doubt) for each in told["smallest"].doubts)
    read = replace(quick, measurements=(*quick.measurements, *waste((), ())))
    for other in (
        read,
        variant("a"),
        with_secrets(variant("a"), ("/app/.env", 0, "", True, "environment file")),
    ):
        assert not any("later layer" in each for each in by_profile(other)["production and security"].doubts)


def with_secrets(result: Result, *rows: tuple[int | str, ...]) -> Result:
    """The same of a run that looked for them where a container sees them."""
    found = table("secret_files", ("path", "layer", "created_by", "seen", "why"), *rows)
    return replace(
        result, measurements=(*(each for each in result.measurements if each.name != found.name), found)
    )
