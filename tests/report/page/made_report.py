"""A report with everything that the page shows, and one whose every text is hostile."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

from imagematrix.model import (
    Advice,
    Against,
    BudgetResult,
    BudgetStatus,
    Change,
    Finding,
    Instruction,
    ListedFile,
    Listing,
    Measurement,
    Point,
    Report,
    Result,
    Series,
    Severity,
    Table,
    estimated,
    exact,
)
from imagematrix.verdicts.sharing import sharing
from tests.made import digest, result, run

# Breaks out of text, of an attribute, of a script; a template, an ANSI colour, a turned direction, no UTF-8.
HOSTILE: Final = "</script><img src=x onerror=alert(1)>\"'`{{7*7}}\x1b[31m\u202e\udcff&\nx"


def variant(label: str, *, own_bytes: int = 2_000_000, start: float = 0.2) -> Result:
    """A variant as a deep run leaves it; 60 MB of base, and what it has of its own."""
    made = result(label)
    assert made.image is not None
    layers = (made.image.layers[0], replace(made.image.layers[1], bytes=own_bytes))
    origins = (("base system", 20_000_000, 900), ("node", 40_000_000, 1), ("app", own_bytes, 5))
    figures: tuple[Measurement, ...] = (
        estimated("download_bytes", 20_000_000 + own_bytes, unit="bytes", method="a sample"),
        exact("unpacked_bytes", 60_000_000 + own_bytes, unit="bytes", method="layers"),
        exact("own_bytes", own_bytes, unit="bytes", method="layers"),
        exact("bytes_by_origin", Table(columns=("origin", "bytes", "files"), rows=origins), method="a walk"),
        exact("start_seconds", start, unit="seconds", method="median of 3"),
        exact("start_each_seconds", (start - 0.01, start, start + 0.02), unit="seconds", method="all 3"),
        exact("start_spread_seconds", 0.015, unit="seconds", method="deviation"),
        exact("start_outliers", ("start 3: 0.420 s, modified z-score 13.4",), method="z-score"),
    )
    kept = tuple(m for m in made.measurements if m.name != "download_bytes")
    return replace(
        made,
        image=replace(made.image, layers=layers, unpacked_bytes=60_000_000 + own_bytes),
        measurements=kept + figures,
        findings=(finding(), finding("runs-as-root", severity=Severity.HIGH, accepted="a sandbox")),
        budgets=(budget(BudgetStatus.KEPT), budget(BudgetStatus.BROKEN)),
        instructions=(
            Instruction(file="Dockerfile", line=3, keyword="RUN", text="npm ci", stage=0, built=True),
        ),
    )


def finding(rule: str = "npm-pid-1", severity: Severity = Severity.MEDIUM, accepted: str = "") -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        text=f"{rule} is amiss",
        remedy="mend it",
        measurement="stop_verdict",
        file="Dockerfile",
        line=7,
        accepted=accepted,
    )


def budget(status: BudgetStatus) -> BudgetResult:
    return BudgetResult(
        name="max_download",
        text="60MB",
        measurement="download_bytes",
        status=status,
        reason="82.1 MB is 22.1 MB over 60 MB",
        causes=("package lodash: 1.4 MB more",),
    )


def advice(choice: str, *others: str, profile: str = "smallest") -> Advice:
    return Advice(
        profile=profile,
        wants="few bytes",
        choice=choice,
        why="it has the fewest",
        costs=("no shell",),
        against=tuple(Against(label=label, out=False, reason="more") for label in others),
        front=(choice,),
        objectives=("download_bytes",),
        doubts=("stand-in bases",),
    )


def series(label: str, measurement: str = "download_bytes", *values: int) -> Series:
    points = tuple(
        Point(
            run_id=f"2026112{day}T000000Z-00000{day}",
            started_at=f"2026-11-2{day}T00:00:00Z",
            commit="c" * 40,
            tag="",
            value=value,
        )
        for day, value in enumerate(values or (50_000_000, 50_000_000, 60_000_000))
    )
    step = Change(run_id=points[-1].run_id, commit="c" * 40, before=points[0].value, after=points[-1].value)
    return Series(
        label=label,
        measurement=measurement,
        unit="bytes",
        points=points,
        changes=(step,) if step.before != step.after else (),
    )


def listing() -> Listing:
    files = [ListedFile(f"/usr/lib/part{n}/lib.so", 100_000 + n, "base system") for n in range(300)]
    files += [ListedFile("/usr/bin/node", 40_000_000, "node"), ListedFile("/app/index.js", 2_000, "app")]
    return Listing(config_digest=digest("c"), files=tuple(sorted(files)))


def report(*results: Result) -> Report:
    """Two variants: `alpine` is the smaller, `vanilla` the quicker one."""
    results = results or (variant("alpine", start=0.4), variant("vanilla", own_bytes=9_000_000, start=0.1))
    labels = [each.label for each in results]
    return Report(
        run=replace(run(*results), app="my-app", tag="v1", sharing=sharing(results)),
        place="results/20261124T024000Z-3fa9c1/run.json",
        advice=(advice(*labels),) if labels else (),
        trend=tuple(series(label) for label in labels),
        listings={label: listing() for label in labels},
    )


def bare() -> Report:
    """What a run leaves that was interrupted before it did anything."""
    empty = replace(run(), results=(), sharing=None, git=None, app="")
    return Report(run=empty, place="run.json", advice=(), trend=(), listings={})


def hostile() -> Report:
    """The same report with `HOSTILE` at the end of every text in it."""
    made: Report = _spoilt(report())
    return made


def _spoilt(value: Any) -> Any:
    if isinstance(value, (Enum, bool, int, float, type(None))):
        return value
    if isinstance(value, str):
        # A measurement is known by its name and its unit.
        return value + HOSTILE
    if isinstance(value, Path):
        return Path(str(value) + HOSTILE.replace("/", "|"))
    if isinstance(value, ListedFile):
        return ListedFile(value.path + HOSTILE, value.bytes, value.origin + HOSTILE)
    if isinstance(value, tuple):
        return tuple(_spoilt(each) for each in value)
    if isinstance(value, dict):
        return {_spoilt(key): _spoilt(each) for key, each in value.items()}
    assert is_dataclass(value)
    kept = ("name", "unit") if isinstance(value, Measurement) else ("unit",)
    changed = {f.name: _spoilt(getattr(value, f.name)) for f in fields(value) if f.name not in kept}
    return replace(value, **changed)  # type: ignore[type-var]
