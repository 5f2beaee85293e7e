from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from pydantic_sarif.model import (  # type: ignore[import-untyped]
    StaticAnalysisResultsFormatSarifVersion210JsonSchema as Log,
)

from imagematrix.model import Finding, Report, RunStatus, Severity
from imagematrix.report.sarif import sarif
from tests.report.reports import ACCEPTED, FINDING, HOSTILE, full, planted


def read(report: Report) -> dict[str, Any]:
    """The one run of the log, which is held against the standard's schema first."""
    text = sarif(report)
    Log.model_validate_json(text)
    log = json.loads(text)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return cast(dict[str, Any], run)


def with_findings(*findings: Finding) -> Report:
    report = full()
    result = replace(report.run.results[0], findings=findings)
    return replace(report, run=replace(report.run, results=(result,)))


def test_the_schema_can_say_no() -> None:
    log = json.loads(sarif(full()))
    log["runs"][0]["results"][0]["level"] = "terrible"
    with pytest.raises(ValueError, match="level"):
        Log.model_validate(log)


def test_a_rule_is_a_kind_of_finding() -> None:
    driver = read(full())["tool"]["driver"]
    assert driver["name"] == "imagematrix"
    assert [(rule["id"], rule["defaultConfiguration"]["level"]) for rule in driver["rules"]] == [
        ("runs-as-root", "error"),
        ("waste", "note"),
    ]
    assert "measurement user" in driver["rules"][0]["fullDescription"]["text"]
    assert driver["rules"][0]["help"] == {"text": "add USER node"}
    assert driver["rules"][0]["shortDescription"] == {"text": "runs as root"}


def test_a_finding_is_a_result_at_its_line() -> None:
    run = read(full())
    first = run["results"][0]
    assert first["ruleId"] == run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "runs-as-root"
    assert first["level"] == "error"
    assert first["message"]["text"] == "alpine: runs as root; remedy: add USER node"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "dockerfiles/alpine.Dockerfile"
    assert place["region"] == {"startLine": 7}
    assert first["locations"][0]["logicalLocations"][0]["name"] == "alpine"


def test_without_a_line_it_is_where_the_variants_stage_begins() -> None:
    place = read(full())["results"][2]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "dockerfiles/vanilla.Dockerfile"
    assert place["region"] == {"startLine": 2}


def test_with_no_dockerfile_known_it_is_in_the_matrix_file() -> None:
    report = full()
    bare = replace(report.run.results[1], instructions=())
    place = read(replace(report, run=replace(report.run, results=(bare,))))["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "variants.yml"
    assert place["physicalLocation"]["region"] == {"startLine": 1}


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/#?%2e%2e\\x:y", "a%20b/%23%3F%252e%252e%5Cx%3Ay"),
        ("./a//./b", "a/b"),
        ("http://host/x", "http%3A/host/x"),
        *(
            (out, "variants.yml")
            for out in ("//host/x", "/etc/passwd", "///x", "../../x", "a/../../x", "..", ".", "./", "/")
        ),
    ],
)
def test_a_place_is_a_file_below_or_the_matrix_file(file: str, uri: str) -> None:
    place = read(with_findings(replace(FINDING, file=file)))["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 1 if uri == "variants.yml" else FINDING.line}
    begun = replace(full().run.results[1].instructions[0], file=file, keyword="FROM", built=True, line=3)
    bare = replace(full().run.results[1], instructions=(begun,))
    place = read(replace(full(), run=replace(full().run, results=(bare,))))["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_an_accepted_finding_is_suppressed_with_its_reason() -> None:
    first, second, *_ = read(full())["results"]
    assert first["suppressions"] == []
    assert second["suppressions"] == [{"kind": "external", "justification": "it goes with the next release"}]


@pytest.mark.parametrize(
    ("severity", "level"), [(Severity.HIGH, "error"), (Severity.MEDIUM, "warning"), (Severity.LOW, "note")]
)
def test_a_severity_is_a_level(severity: Severity, level: str) -> None:
    assert read(with_findings(replace(FINDING, severity=severity)))["results"][0]["level"] == level


def test_a_fingerprint_stays_while_lines_and_figures_change() -> None:
    def prints(*findings: Finding) -> list[str]:
        return [
            each["partialFingerprints"]["imagematrix/v1"]
            for each in read(with_findings(*findings))["results"]
        ]

    before = prints(FINDING, ACCEPTED)
    assert prints(replace(FINDING, line=9, text="runs as root still"), ACCEPTED) == before
    twice = prints(FINDING, replace(FINDING, line=12), ACCEPTED)
    assert twice[0] == before[0]
    assert len(set(twice)) == 3


def test_a_run_that_was_interrupted_did_not_succeed() -> None:
    report = full()
    assert read(report)["invocations"][0]["executionSuccessful"] is True
    cut = replace(report, run=replace(report.run, status=RunStatus.INTERRUPTED))
    assert read(cut)["invocations"][0]["executionSuccessful"] is False


def test_nothing_to_find_is_a_whole_log_too() -> None:
    assert read(with_findings())["results"] == []


def test_brackets_and_braces_are_no_links_and_no_placeholders() -> None:
    run = read(with_findings(replace(FINDING, text="[x](y) {0}")))
    assert run["results"][0]["message"]["text"].startswith("alpine: \\[x\\](y) {{0}};")


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_is_text(text: str) -> None:
    run = read(planted(text))
    assert len(run["results"]) == 3
    assert all(ord(c) >= 32 and not 0xD800 <= ord(c) < 0xE000 for c in json.dumps(run, ensure_ascii=False))
