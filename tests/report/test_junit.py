from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from imagematrix.model import BudgetStatus, Result, RunStatus, Status
from imagematrix.report.junit import junit
from tests.report.reports import HOSTILE, KEPT, full, planted


def suite_of(text: str) -> TestSuite:
    (suite,) = JUnitXml.fromstring(text.encode())
    assert isinstance(suite, TestSuite)
    return suite


def cases(text: str) -> dict[str, TestCase]:
    return {str(case.name): case for case in suite_of(text)}


def test_a_suite_is_the_run_and_a_case_is_a_variant_or_a_budget() -> None:
    suite = suite_of(junit(full()))
    assert (suite.name, suite.timestamp, suite.time) == ("shop", "2026-11-24T02:40:00", 34.5)
    assert [case.name for case in suite] == [
        "alpine",
        "alpine: budget max_download: 60MB",
        "vanilla",
        "vanilla: budget max_download: 60MB",
        "vanilla: budget shells: none",
        "broken",
        "lost",
    ]
    assert (suite.tests, suite.failures, suite.skipped, suite.errors) == (7, 2, 1, 0)
    root = ElementTree.fromstring(junit(full()))  # noqa: S314 - our own
    told = {each.get("name"): each.get("value") for each in root.findall("testsuite/properties/property")}
    assert told["run"] == "20261124T024000Z-3fa9c1"
    assert told["tag"] == "nightly"


def test_the_attributes_say_the_same_as_the_elements() -> None:
    root = ElementTree.fromstring(junit(full()))  # noqa: S314 - our own
    assert root.tag == "testsuites"
    for each in (root, root[0]):
        assert int(each.get("tests", "")) == len(root.findall(".//testcase"))
        assert int(each.get("failures", "")) == len(root.findall(".//failure"))
        assert int(each.get("skipped", "")) == len(root.findall(".//skipped"))
    # The order that the format's schemas want.
    assert [child.tag for child in root[0]] == ["properties"] + ["testcase"] * 7


def test_a_failure_names_the_step_and_the_reason() -> None:
    (failure,) = cases(junit(full()))["broken"].result
    assert isinstance(failure, Failure)
    assert (failure.type, failure.message) == ("smoke", "smoke: expected status 200, got 500")


def test_of_a_reason_with_a_log_the_message_is_the_first_line() -> None:
    report = full()
    logged = replace(report.run.results[2], reason="build: exit code 1\n    | ls: no\n    whole log: x")
    (failure,) = cases(junit(replace(report, run=replace(report.run, results=(logged,)))))["broken"].result
    assert isinstance(failure, Failure)
    assert failure.message == "build: exit code 1"
    assert failure.text == "build: exit code 1\n    | ls: no\n    whole log: x"


def test_a_variant_that_only_its_budget_fails_is_failed_once() -> None:
    found = cases(junit(full()))
    assert found["vanilla"].is_passed
    (failure,) = found["vanilla: budget shells: none"].result
    assert isinstance(failure, Failure)
    assert failure.message == "there is sh"
    assert failure.text == "there is sh\nfile /bin/sh: 1.0 MB\nfile /bin/ash: 1.0 MB"


def test_a_failure_without_a_step_or_a_budget_is_one_all_the_same() -> None:
    report = full()
    odd = replace(report.run.results[2], reason="something else")
    assert cases(junit(replace(report, run=replace(report.run, results=(odd,)))))["broken"].is_failure


def test_a_variant_that_was_skipped_is_so() -> None:
    (skipped,) = cases(junit(full()))["lost"].result
    assert isinstance(skipped, Skipped)
    assert skipped.message == "base: no registry"


def test_a_budget_that_could_not_be_held_is_skipped_with_why() -> None:
    report = full()
    open_ = replace(KEPT, status=BudgetStatus.NOT_HELD, reason="no run before this one has passed")
    held = replace(report.run.results[0], budgets=(open_,))
    found = cases(junit(replace(report, run=replace(report.run, results=(held,)))))
    (skipped,) = found["alpine: budget max_download: 60MB"].result
    assert isinstance(skipped, Skipped)
    assert skipped.message == "not held: no run before this one has passed"


CUT_OFF = "the run was interrupted before this variant was finished"


def test_what_an_interrupted_run_did_not_finish_is_an_error() -> None:
    report = full()
    done, _, _, left_out = report.run.results
    cut_off = Result(name="x", axes=(), label="x", status=Status.SKIPPED, reason=CUT_OFF)
    run = replace(report.run, status=RunStatus.INTERRUPTED, results=(done, cut_off, left_out))
    found = junit(replace(report, run=run))
    (error,) = cases(found)["x"].result
    assert isinstance(error, Error)
    assert (error.type, error.message) == ("interrupted", CUT_OFF)
    assert cases(found)["alpine"].is_passed
    assert cases(found)["lost"].is_skipped
    suite = suite_of(found)
    assert (suite.tests, suite.errors, suite.skipped, suite.failures) == (4, 1, 1, 0)


def test_a_run_that_an_error_ended_does_not_pass_either() -> None:
    reason = "the run ended before this was finished: no engine answers"
    ended = Result(name="x", axes=(), label="x", status=Status.SKIPPED, reason=reason)
    report = full()
    run = replace(report.run, status=RunStatus.FAILED, results=(ended,))
    assert cases(junit(replace(report, run=run)))["x"].is_error


@pytest.mark.parametrize("variants", [0, 1])
def test_a_run_that_was_interrupted_at_its_very_end_or_beginning_does_not_pass(variants: int) -> None:
    report = full()
    run = replace(report.run, status=RunStatus.INTERRUPTED, results=report.run.results[:variants])
    found = junit(replace(report, run=run))
    assert cases(found)["the run"].is_error
    assert suite_of(found).errors == 1


def test_times_are_seconds_and_are_left_out_where_there_are_none() -> None:
    found = cases(junit(full()))
    assert found["alpine"].time == pytest.approx(12.345 + 0.1834)
    assert found["broken"].time is None


def test_findings_and_stand_ins_are_told_in_the_output() -> None:
    out = str(cases(junit(full()))["alpine"].system_out).splitlines()
    assert out == [
        "stand-in base: node:24-alpine",
        "dockerfiles/alpine.Dockerfile:7: high: runs-as-root: runs as root; remedy: add USER node",
        "low: waste: chmod copied 126 MB; remedy: set the mode where the files are copied; "
        "accepted: it goes with the next release",
    ]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_is_text_to_two_readers(text: str) -> None:
    xml = junit(planted(text))
    assert suite_of(xml).tests == 7
    root = ElementTree.fromstring(xml)  # noqa: S314 - our own
    known = {
        "testsuites",
        "testsuite",
        "properties",
        "property",
        "testcase",
        "error",
        "failure",
        "skipped",
        "system-out",
    }
    assert {each.tag for each in root.iter()} <= known
    assert len(root.findall(".//testcase")) == 7
    assert "\x1b" not in xml
