from __future__ import annotations

from dataclasses import replace

from imagematrix.model import (
    BaseSource,
    BudgetResult,
    BudgetStatus,
    Measurement,
    Result,
    Status,
    unavailable,
)
from imagematrix.model.difference import AnswerDifference, OneSided
from imagematrix.verdicts.answers import (
    answer_differences,
    budget_differences,
    one_sided,
)
from tests import made
from tests.verdicts.pairs import BASE, answer, missing, result, starts


def of(*measurements: Measurement) -> Result:
    return result("x", "a", (BASE,), measurements)


def told(old: Result, new: Result) -> list[tuple[str, str, str]]:
    return [(each.name, each.old, each.new) for each in answer_differences(old, new)]


def test_words_and_truths_and_codes() -> None:
    old = of(
        answer("user", "root"), answer("healthcheck_can_run", True), answer("exec_sh", 0, unit="exit code")
    )
    new = of(
        answer("user", "node"), answer("healthcheck_can_run", False), answer("exec_sh", 127, unit="exit code")
    )
    assert told(old, new) == [
        ("user", "root", "node"),
        ("healthcheck_can_run", "yes", "no"),
        ("exec_sh", "0", "127"),
    ]
    assert told(old, old) == []


def test_lists_tell_what_came_and_what_went_whatever_their_order() -> None:
    old, new = of(answer("shells", ("sh", "bash"))), of(answer("shells", ("ash", "sh")))
    assert answer_differences(old, new) == (
        AnswerDifference(name="shells", old="bash, sh", new="ash, sh", added=("ash",), removed=("bash",)),
    )
    assert told(old, of(answer("shells", ("bash", "sh")))) == []
    assert told(old, of(answer("shells", ()))) == [("shells", "bash, sh", "none")]


def test_the_order_of_a_command_is_part_of_it() -> None:
    assert told(of(answer("command", ("a", "b"))), of(answer("command", ("b", "a")))) == [
        ("command", "a b", "b a")
    ]


def test_the_words_of_a_command_are_not_run_together() -> None:
    assert told(of(answer("command", ("a", "b c"))), of(answer("command", ("a", "b", "c")))) == [
        ("command", "a 'b c'", "a b c")
    ]


def test_nothing_of_the_kind_is_an_answer_and_not_measured_is_none() -> None:
    glibc = of(answer("libc", "glibc"))
    assert told(glibc, of(missing("libc"))) == [("libc", "glibc", "not applicable")]
    assert told(glibc, of(unavailable("libc", "no loader"))) == []
    assert told(glibc, of()) == []


def test_figures_times_and_keys_are_no_answers() -> None:
    old, new = of(*starts(0.1, key="a")), of(*starts(0.2, key="b"))
    assert told(old, new) == []
    assert told(of(answer("layers", 3, unit="layers")), of(answer("layers", 4, unit="layers"))) == []


def test_how_a_variant_ended_is_told_in_a_line() -> None:
    failed = made.result(status=Status.FAILED, reason="smoke: exited with 1\n| a trace")
    assert told(made.result(), failed) == [("status", "passed", "failed: smoke: exited with 1")]


def test_another_status_of_the_smoke_test() -> None:
    old = made.result()
    assert old.smoke is not None
    new = replace(old, smoke=replace(old.smoke, http_status=204))
    assert told(old, new) == [("http_status", "200", "204")]


def test_a_base_that_is_another_image_under_the_same_name() -> None:
    old = made.result()
    base = replace(old.bases[0], source=BaseSource.REGISTRY, digest=made.digest("d"))
    assert told(old, replace(old, bases=(base,))) == [
        ("base node:24-alpine", "stand-in sha256:bbbbbbbbbbbb", "registry sha256:dddddddddddd")
    ]


def test_what_one_side_alone_measured_is_told_by_the_reason() -> None:
    old = of(answer("a_bytes", 1, unit="bytes"), answer("b", "x"), answer("c", "x"))
    new = of(unavailable("a_bytes", "deep"), unavailable("b", "deep"), answer("d", "x"))
    assert one_sided(old, new) == (
        OneSided(names=("a_bytes", "b"), missing="new", reason="deep"),
        OneSided(names=("d",), missing="old", reason="this run did not measure it"),
        OneSided(names=("c",), missing="new", reason="this run did not measure it"),
    )
    assert one_sided(old, replace(new, image=None)) == (
        OneSided(names=("image",), missing="new", reason="there is none"),
    )


def budget(name: str, status: BudgetStatus) -> BudgetResult:
    return BudgetResult(
        name=name, text="60MB", measurement="unpacked_bytes", status=status, reason=f"{name} why", causes=()
    )


def test_budgets_that_changed_or_are_not_kept() -> None:
    kept, broken, undecided = BudgetStatus.KEPT, BudgetStatus.BROKEN, BudgetStatus.UNDECIDED
    not_held = BudgetStatus.NOT_HELD
    before = {"a": kept, "b": kept, "c": broken, "d": broken, "e": kept, "g": kept, "h": not_held}
    after = {"a": kept, "b": broken, "c": kept, "d": broken, "f": undecided, "g": not_held, "h": not_held}
    old, new = (
        replace(of(), budgets=tuple(budget(*each) for each in side.items())) for side in (before, after)
    )
    assert [(x.name, x.old, x.new, x.reason) for x in budget_differences(old, new)] == [
        ("b", "kept", "broken", "b why"),
        ("c", "broken", "kept", "c why"),
        ("d", "broken", "broken", "d why"),
        ("f", "not set", "undecided", "f why"),
        ("g", "kept", "not held", "g why"),
        ("e", "kept", "not set", ""),
    ]
