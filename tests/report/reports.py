"""Reports for the tests of their formats."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeVar

from imagematrix.model import (
    Advice,
    Against,
    BudgetResult,
    BudgetStatus,
    Change,
    Finding,
    Instruction,
    Point,
    Report,
    Result,
    RunStatus,
    Series,
    Severity,
    Status,
    Table,
    exact,
)
from tests import made

T = TypeVar("T")

# Each would do something somewhere: HTML, Markdown, GitHub's own, spreadsheets, terminals, XML, SARIF, encoders.
HOSTILE: Final = (
    "<script>alert(1)</script>",
    "</details></summary></code><img src=x onerror=alert(1)>",
    "a | b \\| c \\",
    "`` ` ``` x `",
    "[click](http://evil.example) ![x](//evil.example/x.png) [1]: http://evil.example",
    "@octocat octocat/hello#12 #12 GH-12 www.evil.example http://evil.example a@evil.example",
    "**bold** _x_ ~~y~~ $x$ :smile: &lt; &#64;octocat",
    "# h\n\n- x\n\n```\n<b>\n",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "\x00\x1b[31m\x7f\x9b\u202e\u2028\ufffe\ud800",
    "]]>--><!-- {0} {{1}",
)

FINDING: Final = Finding(
    rule="runs-as-root",
    severity=Severity.HIGH,
    text="runs as root",
    remedy="add USER node",
    measurement="user",
    file="dockerfiles/alpine.Dockerfile",
    line=7,
)
ACCEPTED: Final = Finding(
    rule="waste",
    severity=Severity.LOW,
    text="chmod copied 126 MB",
    remedy="set the mode where the files are copied",
    measurement="waste_bytes",
    accepted="it goes with the next release",
)
KEPT: Final = BudgetResult(
    name="max_download",
    text="60MB",
    measurement="download_bytes",
    status=BudgetStatus.KEPT,
    reason="57.3 MB is 2.7 MB under 60 MB",
    causes=(),
)
BROKEN: Final = replace(
    KEPT,
    name="shells",
    text="none",
    measurement="shells",
    status=BudgetStatus.BROKEN,
    reason="there is sh",
    causes=("file /bin/sh: 1.0 MB", "file /bin/ash: 1.0 MB"),
)
FROM: Final = Instruction(
    file="dockerfiles/alpine.Dockerfile", line=4, keyword="FROM", text="node:24-alpine", stage=0, built=True
)
PACKAGES: Final = (
    exact(
        "packages_apk",
        Table(columns=("name", "version"), rows=(("busybox", "1.37.0-r30"), ("musl", "1.2.5-r21"))),
        method="apk's own database in the image",
    ),
    exact(
        "packages_npm",
        Table(
            columns=("name", "version", "path"),
            rows=(
                ("express", "5.1.0", "/app/node_modules/express"),
                ("@types/node", "24.0.0", "/app/node_modules/@types/node"),
                ("express", "5.1.0", "/app/node_modules/x/node_modules/express"),
            ),
        ),
        method="package.json files under node_modules",
    ),
    exact(
        "os_end_of_life",
        "2027-11-01",
        method="the last day of alpine 3.23.6, as its project has announced it",
    ),
)


def full() -> Report:
    """A run with one variant of each fate."""
    passed = made.result()
    passed = replace(
        passed,
        measurements=(*passed.measurements, *PACKAGES),
        findings=(FINDING, ACCEPTED),
        budgets=(KEPT,),
        instructions=(FROM,),
    )
    over = replace(
        made.result("vanilla", status=Status.FAILED, reason="budget shells: there is sh"),
        findings=(replace(FINDING, file="", line=0),),
        budgets=(KEPT, BROKEN),
        instructions=(replace(FROM, file="dockerfiles/vanilla.Dockerfile", line=2),),
    )
    broken = Result(
        name="broken",
        axes=(),
        label="broken",
        status=Status.FAILED,
        reason="smoke: expected status 200, got 500",
    )
    skipped = Result(name="lost", axes=(), label="lost", status=Status.SKIPPED, reason="base: no registry")
    run = made.run(passed, over, broken, skipped, status=RunStatus.FAILED)
    return Report(
        run=replace(run, app="shop", tag="nightly"),
        place="results/20261124T024000Z-3fa9c1/run.json",
        advice=(
            Advice(
                profile="production and security",
                wants="It asks for no shell, then for little to download.",
                choice="alpine",
                why="It is the only one that passed.",
                costs=("musl instead of glibc",),
                against=(Against(label="vanilla", out=True, reason="it failed"),),
                front=("alpine",),
                objectives=("download_bytes",),
                doubts=("on a stand-in base",),
            ),
        ),
        trend=(
            Series(
                label="alpine",
                measurement="unpacked_bytes",
                unit="bytes",
                points=(
                    Point(
                        run_id=run.id, started_at=run.started_at, commit="a" * 40, tag="", value=62_000_000
                    ),
                ),
                changes=(Change(run_id=run.id, commit="a" * 40, before=61_000_000, after=62_000_000),),
            ),
        ),
        listings={},
    )


def planted(text: str) -> Report:
    """The same with a text in every place that holds one.

    A run's time of start stays: it is checked where it is used.  So do measurements' names, by which formats find
    what they show, but for one more measurement.
    """
    report: Report = _planted(full(), text)
    odd = exact(text, (text, text), unit=text, method=text)
    results = tuple(replace(r, measurements=(*r.measurements, odd)) for r in report.run.results)
    return replace(report, run=replace(report.run, results=results))


def _planted(value: Any, text: str, field: str = "") -> Any:
    if isinstance(value, (Enum, Path)) or field == "started_at":
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        keep = {"name"} if hasattr(value, "how") else {"columns"}
        changed = {
            f.name: _planted(getattr(value, f.name), text, f.name)
            for f in dataclasses.fields(value)
            if f.name not in keep
        }
        return replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(_planted(each, text) for each in value)
    return text if isinstance(value, str) else value
