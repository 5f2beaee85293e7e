"""The table of rules as a whole."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from imagematrix.image import addons
from imagematrix.model import Acceptance, Finding, Severity, exact
from imagematrix.verdicts.findings import RULES, findings
from tests.verdicts.findings.results import base, result

ADDON = Finding(rule="addon-libc", severity=Severity.HIGH, text="t", remedy="m", measurement="addons")
FAULTY = replace(
    result(
        exact("user", "root", method="config"),
        exact("healthcheck", "curl", method="config"),
        exact("healthcheck_can_run", False, method="curl is not in the image"),
        exact("package_managers", ("/sbin/apk",), method="walk"),
        bases=[base("node:24")],
    ),
    findings=(ADDON,),
)


def test_every_rule_has_one_name_and_every_name_that_a_rule_gives_is_listed() -> None:
    assert len(RULES) == len(set(RULES))
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name) for name in RULES)
    given = set(re.findall(r'"(addon-[a-z-]+)"', Path(addons.__file__).read_text(encoding="utf-8")))
    assert given <= set(RULES)
    assert len(given) == 6


def test_the_most_severe_come_first_and_those_of_the_image_are_kept() -> None:
    found = findings(FAULTY, ())
    assert [each.rule for each in found] == [
        "addon-libc",
        "healthcheck-cannot-run",
        "runs-as-root",
        "package-managers",
        "base-not-pinned",
    ]
    assert {each.rule for each in found} <= set(RULES)
    assert [each.severity for each in found] == [*[Severity.HIGH] * 2, Severity.MEDIUM, *[Severity.LOW] * 2]


def test_an_accepted_rule_is_marked_with_its_reason_and_kept() -> None:
    accept = [
        Acceptance(rule="addon-libc", reason="not used"),
        Acceptance(rule="runs-as-root", reason="gVisor"),
    ]
    found = {each.rule: each.accepted for each in findings(FAULTY, accept)}
    assert found["addon-libc"] == "not used"
    assert found["runs-as-root"] == "gVisor"
    assert found["package-managers"] == ""
    assert len(found) == 5


def test_what_was_found_before_is_not_found_twice() -> None:
    first = findings(FAULTY, [Acceptance(rule="runs-as-root", reason="x")])
    assert findings(replace(FAULTY, findings=first), ()) == findings(FAULTY, ())


def test_a_result_of_which_nothing_is_known_has_no_findings() -> None:
    nothing = replace(result(), image=None)
    assert findings(nothing, ()) == ()


def test_every_finding_rests_on_a_named_figure_and_says_what_to_do() -> None:
    for each in findings(FAULTY, ()):
        assert each.measurement
        assert each.text
        assert each.remedy
        assert "\n" not in each.text + each.remedy
