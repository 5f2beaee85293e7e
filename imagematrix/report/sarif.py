"""The findings of a run as SARIF 2.1.0 (OASIS), for code scanning and editors."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from importlib import metadata
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from imagematrix.model import Finding, Report, Result, Run, RunStatus, Severity
from imagematrix.report.figures import plain

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
# Of a record from before there were `instructions`: the place that a viewer must be given.
_MATRIX_FILE: Final = "variants.yml"

Json = dict[str, Any]


def sarif(report: Report) -> str:
    """The log: one run, a rule for each kind of finding, an accepted finding as one that is suppressed."""
    run = report.run
    rules: dict[str, Finding] = {}
    for result in run.results:
        for finding in result.findings:
            rules.setdefault(finding.rule, finding)
    names = sorted(rules)
    driver = {
        "name": "imagematrix",
        "semanticVersion": metadata.version("imagematrix"),
        "rules": [_rule(rules[name]) for name in names],
    }
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": f"imagematrix/{plain(run.id)}"},
                "invocations": [_invocation(run)],
                "originalUriBaseIds": {
                    "%SRCROOT%": {"description": {"text": "The folder that the matrix file lies in."}}
                },
                "columnKind": "unicodeCodePoints",
                "results": [found for result in run.results for found in _results(result, names)],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _invocation(run: Run) -> Json:
    return {
        "executionSuccessful": run.status is not RunStatus.INTERRUPTED,
        "startTimeUtc": run.started_at,
        "properties": {
            "app": plain(run.app),
            "tag": plain(run.tag),
            "commit": plain(run.git.commit) if run.git else "",
        },
    }


def _rule(finding: Finding) -> Json:
    """By the first finding of its kind: all of them have one severity and one remedy, but for names in it."""
    rests_on = f"Of an image this is found by its measurement {finding.measurement}."
    return {
        "id": plain(finding.rule),
        "shortDescription": {"text": _message(finding.rule.replace("-", " "))},
        "fullDescription": {"text": _message(rests_on)},  # GitHub does without none
        "help": {"text": _message(finding.remedy)},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {"measurement": plain(finding.measurement)},
    }


def _results(result: Result, rules: list[str]) -> list[Json]:
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for finding in result.findings:
        key = (finding.rule, result.label, finding.file)
        seen[key] += 1
        found.append(_result(result, finding, rules, (*map(plain, key), str(seen[key]))))
    return found


def _result(result: Result, finding: Finding, rules: list[str], key: tuple[str, ...]) -> Json:
    accepted = _message(finding.accepted)
    # No `status`: drafts of the standard, which readers still go by, call it otherwise; none is accepted (3.35.3).
    suppression = {"kind": "external", "justification": accepted}
    return {
        "ruleId": plain(finding.rule),
        "ruleIndex": rules.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(f"{result.label}: {finding.text}; remedy: {finding.remedy}")},
        "locations": [
            {
                "physicalLocation": _place(result, finding),
                "logicalLocations": [
                    {"name": plain(result.label), "fullyQualifiedName": f"variants.{plain(result.label)}"}
                ],
            }
        ],
        # Neither a line nor a figure is in it: both may change while the finding stays the same.
        "partialFingerprints": {"imagematrix/v1": hashlib.sha256("\0".join(key).encode()).hexdigest()},
        # Where one result has them, all are to have them (3.27.23).
        "suppressions": [suppression] if finding.accepted else [],
    }


def _place(result: Result, finding: Finding) -> Json:
    """The finding's line; else where the variant's own stage begins in its Dockerfile."""
    file, line = finding.file, finding.line
    if not file:
        begins = [each for each in result.instructions if each.built and each.keyword == "FROM"]
        file, line = (begins[-1].file, begins[-1].line) if begins else (_MATRIX_FILE, 1)
    if not _lies_below(file):
        file, line = _MATRIX_FILE, 1
    return {
        "artifactLocation": {
            "uri": quote(PurePosixPath(file).as_posix(), errors="replace"),
            "uriBaseId": "%SRCROOT%",
        },
        "region": {"startLine": max(line, 1)},  # GitHub takes no place without a line
    }


def _lies_below(file: str) -> bool:
    """Whether it is a file in the matrix file's folder: as a URI, `//host/x` is another machine's (RFC 3986, 4.2)."""
    path = PurePosixPath(file)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _message(text: str) -> str:
    """Text in which nothing is a placeholder (3.11.5) and nothing a link (3.11.6)."""
    bare = plain(text).replace("{", "{{").replace("}", "}}")
    return bare.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
