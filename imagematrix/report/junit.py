"""A run as JUnit XML, which every CI system shows: a suite, in it a case a variant and a case a budget."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from imagematrix.model import BudgetResult, BudgetStatus, Finding, Report, Result, RunStatus, Status
from imagematrix.report.figures import base_of, failed_step, on_stand_in, plain, unfinished

_CUT_OFF: Final = "the run was interrupted: what it came to was not told, and no budget was held"


def junit(report: Report) -> str:
    """The document.  Times are seconds: of the suite the whole run's, of a variant its build and first answer."""
    run = report.run
    suite = TestSuite(plain(run.app or "imagematrix"))
    suite.timestamp = run.started_at.removesuffix("Z")  # the format knows no time zone; it is UTC
    commit = run.git.commit + (", changed" if run.git.dirty else "") if run.git else ""
    engine = f"{run.engine.name} {run.engine.version} {run.engine.image_store}"
    for name, value in (
        ("run", run.id),
        ("status", run.status),
        ("tag", run.tag),
        ("commit", commit),
        ("engine", engine),
        ("record", report.place),
        ("baseline", run.baseline),
    ):
        if value:
            suite.add_property(name, plain(value))
    for result in run.results:
        suite.add_testcases(list(_cases(result, run.app)))
    if run.status is RunStatus.INTERRUPTED and not any(map(unfinished, run.results)):
        # All variants came to their ends, but the run did not: it must not pass for one that did.
        cut_off = TestCase("the run", classname=plain(run.app or "imagematrix"))
        cut_off.result = Error(_CUT_OFF, run.status)
        suite.add_testcase(cut_off)
    document = JUnitXml("imagematrix")
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    suite.time = document.time = run.seconds  # and not the sum of its cases, which went side by side
    out = io.BytesIO()
    document.write(out)
    return out.getvalue().decode() + "\n"


def _cases(result: Result, app: str) -> Iterator[TestCase]:
    case = TestCase(plain(result.label), classname=plain(app or "imagematrix"), time=_seconds(result))
    if step := failed_step(result):
        case.result = _failure(result.reason, step)
    elif unfinished(result):
        case.result = Error(plain(result.reason), RunStatus.INTERRUPTED)
    elif result.status is Status.SKIPPED:
        case.result = Skipped(plain(result.reason))
    out = [_stand_in(result), *map(_finding, result.findings)]
    if any(out):
        case.system_out = "\n".join(line for line in out if line)
    yield case
    # A variant that only its budgets fail is told of by their cases, once.
    for budget in result.budgets:
        yield _budget(result.label, budget, app)


def _budget(label: str, budget: BudgetResult, app: str) -> TestCase:
    name = f"{label}: budget {budget.name}: {budget.text}"
    case = TestCase(plain(name), classname=plain(f"{app or 'imagematrix'}.budgets"), time=0.0)
    if budget.status.fails:
        case.result = _failure(budget.reason, budget.status, *budget.causes)
    elif budget.status is BudgetStatus.NOT_HELD:
        case.result = Skipped(plain(f"{budget.status}: {budget.reason}"))
    else:
        case.system_out = plain(budget.reason)
    return case


def _failure(reason: str, kind: str, *causes: str) -> Failure:
    """The first line of the reason for lists, all of it with what brought it where one failure is shown."""
    lines = [*reason.split("\n"), *causes]
    failure = Failure(plain(lines[0]), kind)
    failure.text = "\n".join(map(plain, lines))
    return failure


def _seconds(result: Result) -> float | None:
    """None, which leaves the attribute out, where neither was reached."""
    build = result.build.seconds if result.build else None
    answer = result.smoke.first_response_seconds if result.smoke else None
    known = [seconds for seconds in (build, answer) if seconds is not None]
    return round(sum(known), 6) if known else None


def _stand_in(result: Result) -> str:
    base = base_of(result)
    return plain(f"stand-in base: {base.reference}") if base and on_stand_in(result) else ""


def _finding(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}: " if finding.file else ""
    accepted = f"; accepted: {finding.accepted}" if finding.accepted else ""
    told = f"{place}{finding.severity}: {finding.rule}: {finding.text}; remedy: {finding.remedy}{accepted}"
    return plain(told)
