"""Sets in which the choice, and the front, are known by construction."""

from __future__ import annotations

from dataclasses import replace

from imagematrix.model import Result, exact
from imagematrix.verdicts.choosing import choose, pareto
from imagematrix.verdicts.profiles import DOWNLOAD, START, Amount
from imagematrix.verdicts.wants import NO_SETUID, NO_SHELL, Want
from tests.verdicts.advised import MB, guessed, taken_over, variant, without

FIGURES = ("download_bytes", "start_seconds")


def labels(results: tuple[Result, ...]) -> list[str]:
    return [result.label for result in results]


def test_the_first_want_weighs_more_than_all_that_follow() -> None:
    shell = variant("shell", shells=("sh",), download=1 * MB, start=0.01)
    bare = variant("bare", setuid=("/bin/su",), download=900 * MB, start=0.9)
    chosen = choose([shell, bare], [NO_SHELL, NO_SETUID], [DOWNLOAD, START])
    assert labels(chosen.left) == ["bare"]
    assert [(step.by, step.left, step.out) for step in chosen.steps] == [(NO_SHELL, ("bare",), ("shell",))]


def test_a_want_that_nobody_holds_rules_out_nobody() -> None:
    chosen = choose([variant("a", shells=("sh",)), variant("b", shells=("bash",))], [NO_SHELL], [])
    assert labels(chosen.left) == ["a", "b"]
    assert chosen.steps == ()


def test_within_noise_the_next_figure_decides() -> None:
    small = variant("small", download=guessed(100 * MB), start=0.2)
    fast = variant("fast", download=guessed(104 * MB), start=0.1)
    chosen = choose([small, fast], [], [DOWNLOAD, START])
    assert labels(chosen.left) == ["fast"]
    assert labels(choose([small, variant("fast", download=104 * MB)], [], [DOWNLOAD, START]).left) == ["fast"]


def test_start_ups_of_two_runs_decide_nothing() -> None:
    slow, fast = variant("slow", start=0.9), taken_over(variant("fast", start=0.1), "20261123T000000Z-000001")
    assert labels(choose([slow, fast], [], [START]).left) == ["slow", "fast"]
    assert pareto([slow, fast], ["start_seconds"]) == ("slow", "fast")
    both = [taken_over(slow, "20261123T000000Z-000001"), fast]
    assert labels(choose(both, [], [START]).left) == ["fast"]


def test_exact_sizes_decide_by_a_byte() -> None:
    chosen = choose([variant("a", download=11), variant("b", download=10)], [], [DOWNLOAD, START])
    assert labels(chosen.left) == ["b"]


def test_the_most_can_be_the_best() -> None:
    most = Amount(measurement="executables", wish="most", large=True)
    assert labels(choose([variant("a", executables=9), variant("b", executables=90)], [], [most]).left) == [
        "b"
    ]


def test_a_want_that_is_not_known_of_a_variant_does_not_rule_it_out() -> None:
    unknown = without(without(variant("unknown"), "shells"), "shells_on_disk")
    chosen = choose([unknown, variant("bare"), variant("shell", shells=("sh",))], [NO_SHELL], [])
    assert labels(chosen.left) == ["unknown", "bare"]
    assert chosen.unknown == (("no shell", "unknown"),)


def test_what_nobody_measured_is_not_weighed() -> None:
    results = [without(variant(label), "setuid_files") for label in ("a", "b")]
    chosen = choose([*results], [NO_SETUID], [])
    assert (chosen.unasked, chosen.unknown) == (("no setuid files",), ())


def test_a_figure_that_is_not_known_of_all_is_not_weighed() -> None:
    chosen = choose([variant("a", download=10), without(variant("b"), "download_bytes")], [], [DOWNLOAD])
    assert labels(chosen.left) == ["a", "b"]
    assert chosen.unasked == ("smallest download",)


def test_neighbours_within_noise_stay_with_the_best_alone() -> None:
    """c is as fast as b, and b as a; but c is slower than a."""
    results = [variant(label, start=start) for label, start in (("a", 0.1), ("b", 0.108), ("c", 0.116))]
    assert labels(choose(results, [], [START]).left) == ["a", "b"]


def test_a_ring_of_noisy_figures_leaves_all_on_the_front() -> None:
    """a has sure less y than b, b less x than c, c less z than a; all else is within noise."""
    figures = {"a": (103, 100, 106), "b": (100, 106, 103), "c": (106, 103, 100)}
    names = ("memory_x", "memory_y", "memory_z")
    results = [
        replace(
            variant(label),
            measurements=tuple(
                exact(n, v, unit="bytes", method="") for n, v in zip(names, each, strict=True)
            ),
        )
        for label, each in figures.items()
    ]
    assert pareto(results, names) == ("a", "b", "c")


def test_the_front_has_all_that_no_other_beats() -> None:
    results = [
        variant("small", download=50 * MB, start=0.3),
        variant("fast", download=90 * MB, start=0.1),
        variant("between", download=70 * MB, start=0.2),
        variant("worse", download=80 * MB, start=0.25),
    ]
    assert pareto(results, FIGURES) == ("small", "fast", "between")
    assert pareto(results, ["download_bytes"]) == ("small",)
    assert pareto(results, []) == ()


def test_within_noise_nobody_is_on_the_front_for_it() -> None:
    small = variant("small", download=50 * MB, start=0.102)
    large = variant("large", download=500 * MB, start=0.100)
    assert pareto([small, large], FIGURES) == ("small",)


def test_equals_are_all_on_the_front() -> None:
    assert pareto([variant("a"), variant("b")], FIGURES) == ("a", "b")


def test_the_front_is_that_of_a_plain_definition() -> None:
    """Held against the definition over exact figures, of every pair."""
    points = [(x * 7 % 11, x * 5 % 13) for x in range(1, 12)]
    results = [variant(str(n), download=x, unpacked=y) for n, (x, y) in enumerate(points)]
    plain = [
        str(n)
        for n, (x, y) in enumerate(points)
        if not any(u <= x and v <= y and (u, v) != (x, y) for u, v in points)
    ]
    assert list(pareto(results, ("download_bytes", "unpacked_bytes"))) == plain
    assert 1 < len(plain) < len(points)


def test_wants_have_names_of_their_own() -> None:
    from imagematrix.verdicts.profiles import PROFILES

    for profile in PROFILES:
        names = [want.name for want in profile.wants]
        assert len(names) == len(set(names))
        assert all(isinstance(want, Want) for want in profile.prices)
