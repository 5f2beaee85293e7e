from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import Finding, Severity, Status, exact, unavailable
from imagematrix.report.console import Look
from imagematrix.report.findings import (
    counted,
    findings_view,
    hidden_secrets_note,
    one_finding,
    stand_in_note,
)
from tests import made

PLAIN = Look(width=100, color=False)
HIGH = Finding(
    rule="pid1-wrapper",
    severity=Severity.HIGH,
    text="PID 1 is npm",
    remedy="start the app itself",
    measurement="stop_verdict",
    file="dockerfiles/a.Dockerfile",
    line=12,
)
LOW = replace(HIGH, rule="headers", severity=Severity.LOW, text="headers", file="", line=0)
ACCEPTED = replace(HIGH, rule="runs-as-root", severity=Severity.MEDIUM, accepted="a user namespace")
SEEN = exact("secret_files", "none", method="walk")


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_each_variant_has_its_own_with_remedy_and_place_and_the_accepted_last() -> None:
    first = replace(made.result("one"), findings=(ACCEPTED, HIGH, LOW), measurements=(SEEN,), bases=())
    second = replace(made.result("two"), findings=(), measurements=(SEEN,), bases=())
    assert lines(findings_view([first, second], look=PLAIN)) == [
        "one: 1 high, 1 low, 1 accepted",
        "high pid1-wrapper: PID 1 is npm",
        "remedy: start the app itself",
        "at dockerfiles/a.Dockerfile:12",
        "low headers: headers",
        "remedy: start the app itself",
        "accepted runs-as-root: PID 1 is npm",
        "accepted (medium): a user namespace",
        "at dockerfiles/a.Dockerfile:12",
        "",
        "two: nothing",
    ]


def test_what_was_not_looked_at_is_not_called_clean() -> None:
    unknown = replace(made.result(), measurements=(unavailable("secret_files", "no node inside"),), bases=())
    assert lines(findings_view([unknown], look=PLAIN))[-1] == "its files were not looked at: no node inside"
    failed = replace(made.result(), image=None, status=Status.FAILED, reason="build: no\nlog: x", bases=())
    assert (
        lines(findings_view([failed], look=PLAIN))[-1]
        == "nothing was looked at, there is no image: build: no"
    )
    built = replace(made.result(), measurements=(), bases=())
    assert lines(findings_view([built], look=PLAIN))[-1].startswith("its files were not looked at")


def test_stand_ins_are_explained() -> None:
    assert "(stand-in): no registry's image" in stand_in_note([made.result()], look=PLAIN)
    assert stand_in_note([replace(made.result(), bases=())], look=PLAIN) == ""


def test_hostile_text_does_nothing() -> None:
    bad = replace(HIGH, text="\x1b[2Jx\nhigh fake", remedy="\x1b]0;t\x07", file="\x1b[31m/D")
    bad_reason = replace(bad, accepted="\x1b[0m\nfake")
    named = replace(made.result("\x1b[1m"), findings=(bad, bad_reason), measurements=(SEEN,), bases=())
    shown = findings_view([named], look=PLAIN)
    assert "\x1b" not in shown
    assert not any(line.startswith("high fake") for line in shown.splitlines())


@pytest.mark.parametrize("width", [30, 60, 200])
def test_long_texts_stay_within_the_width_and_beside_the_severity(width: int) -> None:
    long = replace(HIGH, text="word " * 40)
    told = one_finding(long, look=Look(width=width, color=False)).splitlines()
    assert max(map(len, told)) <= width
    assert all(line.startswith(" " * 9) for line in told[1:])


def test_colour_is_added_and_not_needed() -> None:
    coloured = one_finding(HIGH, look=Look(width=100, color=True))
    assert "\x1b[1;31mhigh" in coloured
    assert "\x1b[2m" in one_finding(ACCEPTED, look=Look(width=100, color=True))


def test_counts_are_in_order_of_weight() -> None:
    assert counted([LOW, HIGH, ACCEPTED, LOW]) == "1 high, 2 low, 1 accepted"
    assert counted([]) == "nothing"


def test_that_hidden_secrets_were_not_looked_for_is_told_once_and_of_whom() -> None:
    both = [made.result("one"), made.result("t\x1bwo")]
    told = "secrets that a later layer deletes were not looked for{}: `invoke matrix --deep` finds them, too"
    assert lines(hidden_secrets_note(both, of=both, look=PLAIN))[1:] == [told.format("")]
    [line] = lines(hidden_secrets_note(both[1:], of=both, look=Look(width=200, color=False)))[1:]
    assert line == told.format(" in t\\x1bwo")
    assert hidden_secrets_note([], of=both, look=PLAIN) == ""
