"""A run as Markdown for the summary of a CI job: what to know first on top, the rest folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from imagematrix.model import (
    Advice,
    BudgetResult,
    BudgetStatus,
    Finding,
    Report,
    Result,
    Run,
    Severity,
    Sharing,
    Status,
)
from imagematrix.report.budgets import counted, having
from imagematrix.report.figures import (
    NONE,
    base_of,
    figure,
    figures,
    libc,
    mark,
    on_stand_in,
    start_up,
    words,
)
from imagematrix.report.markdown_text import block, cell, code, inert, title
from imagematrix.report.taken_over import remark
from imagematrix.units import duration, size

# GitHub takes 1 MiB of a step's summary, and nothing at all of a larger one.
_LIMIT: Final = 1_000_000  # bytes
_FINDINGS: Final = 40  # of one variant
_AMISS: Final = (BudgetStatus.BROKEN, BudgetStatus.UNDECIDED, BudgetStatus.NOT_HELD)
_MARKS: Final = {Status.PASSED: "passed", Status.FAILED: "**failed**", Status.SKIPPED: "skipped"}
_HEADINGS: Final = (
    *("variant", "verdict", "unpacked", "download", "start-up", "memory", "layers", "shells", "libc"),
    "user",
)
_NUMBERS: Final = ("unpacked", "download", "start-up", "memory")


def markdown(report: Report) -> str:
    """The page, under 1,000,000 bytes: a part that does not fit is left out, and that is said."""
    run = report.run
    parts = (
        ("verdict", _verdict(run, report.place)),
        ("table", _table(run)),
        ("budgets", _budgets(run.results)),
        ("findings", _findings(run.results)),
        ("advice", _advice(report.advice)),
        ("set", _set(run.sharing)),
    )
    page, left_out = "", []
    for name, lines in parts:
        part = "".join(f"{line}\n" for line in lines)
        if len((page + part).encode()) < _LIMIT - 500:
            page += part
        else:
            left_out.append(name)
    if left_out:
        page += f"\nToo long for this page, and left out: {', '.join(left_out)}. The record has it.\n"
    return page


def _verdict(run: Run, place: str) -> Iterator[str]:
    counts = ", ".join(
        f"{count} {status}" for status in Status if (count := sum(r.status is status for r in run.results))
    )
    yield f"## Images of {inert(run.app) or 'the matrix'}: {run.status}"
    yield ""
    yield f"{counts or 'no variant'} in {duration(run.seconds)}"
    yield ""
    amiss = [result for result in run.results if result.status is not Status.PASSED]
    for result in amiss:
        yield from _reason(result)
    if amiss:
        yield ""
    commit = (
        f", commit {code(run.git.commit[:12])}{' with changes' if run.git.dirty else ''}" if run.git else ""
    )
    tag = f", tag {code(run.tag)}" if run.tag else ""
    engine = f"{code(f'{run.engine.name} {run.engine.version}')}, image store {code(run.engine.image_store)}"
    yield f"Run {code(run.id)}{tag} of {inert(run.started_at)}{commit}; on {engine}; record {code(place)}"
    yield ""


def _reason(result: Result) -> Iterator[str]:
    """Why a variant did not pass; with the last lines of a log where the reason has such."""
    told = f"- {code(result.label)} {_MARKS[result.status]}"
    if "\n" not in result.reason:
        yield f"{told}: {inert(result.reason)}"
        return
    yield f"{told}:"
    yield ""
    yield from block(result.reason, indent="  ")
    yield ""


def _table(run: Run) -> Iterator[str]:
    yield _row(_HEADINGS)
    yield _row(["--:" if heading in _NUMBERS else ":--" for heading in _HEADINGS])
    for result in run.results:
        yield _row(_cells(result))
    yield ""
    if any(map(on_stand_in, run.results)):
        yield "(stand-in): on no registry's image, but on one made on the spot from packages"
        yield ""
    if taken := remark(run.results, "start_seconds", "memory_idle_bytes", shown=code):
        yield f"\\{taken}"  # else it would begin a list
        yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(cell, cells))} |"


def _cells(result: Result) -> Iterator[str]:
    found = figures(result)
    base = base_of(result)
    below = f" on {code(base.reference)}" if base else ""
    yield f"{code(result.label)}{below}{' (stand-in)' if on_stand_in(result) else ''}"
    yield _MARKS[result.status]
    yield size(result.image.unpacked_bytes) if result.image else NONE
    yield figure(found.get("download_bytes"))
    yield start_up(result)
    memory = found.get("memory_idle_bytes")
    yield f"{figure(memory)}{mark(memory)}"
    yield str(len(result.image.layers)) if result.image else NONE
    yield inert(words(found.get("shells")))
    yield inert(libc(result))
    yield inert(words(found.get("user")))


def _budgets(results: Sequence[Result]) -> Iterator[str]:
    counts = counted(results)
    if not counts:
        return
    yield f"### Budgets: {counts}"
    yield ""
    kept = having(results, BudgetStatus.KEPT)
    others = [each for status in _AMISS for each in having(results, status)]
    for label, budget in others:
        yield f"- {_budget(label, budget)}"
        yield from (f"  - {_cause(cause)}" for cause in budget.causes)
    if others:
        yield ""
    if kept:
        yield from _folded(f"{len(kept)} kept", [f"- {_budget(*each)}" for each in kept])


def _cause(cause: str) -> str:
    """The verdict has told the weightiest alone, and how many there are beside: "and 100 more"."""
    return inert(cause) if cause.startswith("and ") else f"from {inert(cause)}"


def _budget(label: str, budget: BudgetResult) -> str:
    status = budget.status if budget.status is BudgetStatus.KEPT else f"**{budget.status}**"
    return f"{code(label)} {code(f'{budget.name}: {budget.text}')} {status}: {inert(budget.reason)}"


def _findings(results: Sequence[Result]) -> Iterator[str]:
    every = [finding for result in results for finding in result.findings]
    if not every:
        return
    is_open = [finding for finding in every if not finding.accepted]
    counts = [
        f"{count} {severity}"
        for severity in Severity
        if (count := sum(finding.severity is severity for finding in is_open))
    ]
    accepted = len(every) - len(is_open)
    counts += [f"{accepted} accepted"] if accepted else []
    yield f"### Findings: {', '.join(counts)}"
    yield ""
    for result in results:
        if result.findings:
            lines = [line for finding in result.findings[:_FINDINGS] for line in _finding(finding)]
            more = len(result.findings) - _FINDINGS
            lines += [f"- and {more} more; the record has them all"] if more > 0 else []
            yield from _folded(f"{title(result.label)}: {len(result.findings)}", lines)


def _finding(finding: Finding) -> Iterator[str]:
    place = f" {code(f'{finding.file}:{finding.line}')}" if finding.file else ""
    yield f"- **{finding.severity}** {code(finding.rule)}{place}: {inert(finding.text)}"
    yield f"  - Remedy: {inert(finding.remedy)}"
    if finding.accepted:
        yield f"  - Accepted: {inert(finding.accepted)}"


def _advice(advice: Sequence[Advice]) -> Iterator[str]:
    if not advice:
        return
    yield "### Which to choose"
    yield ""
    for each in advice:
        yield f"- For {inert(each.profile)}: **{code(each.choice) or 'none'}**. {inert(each.why)}"
    yield ""
    for each in advice:
        lines = [f"- Wanted: {inert(each.wants)}"]
        lines += [f"- It costs: {inert(cost)}" for cost in each.costs]
        for other in each.against:
            reason, _, _ = other.reason.partition("\n")  # the lines of a log are above
            out = ", which is out" if other.out else ""
            lines.append(f"- Against {code(other.label)}{out}: {inert(reason)}")
        lines += [f"- Doubt: {inert(doubt)}" for doubt in each.doubts]
        yield from _folded(f"Why, what it costs, and what is in doubt: {title(each.profile)}", lines)


def _set(sharing: Sharing | None) -> Iterator[str]:
    if sharing is None or len(sharing.variants) < 2:
        return
    apart = sum(share.bytes for share in sharing.variants)
    lines = [
        _row(("variant", "layers", "shared", "alone")),
        _row((":--", "--:", "--:", "--:")),
        *(
            _row((code(share.label), *map(size, (share.bytes, share.shared_bytes, share.marginal_bytes))))
            for share in sharing.variants
        ),
    ]
    yield from _folded(f"The set on one host: {size(sharing.union_bytes)}, apart {size(apart)}", lines)


def _folded(summary: str, lines: Sequence[str]) -> Iterator[str]:
    """A part that opens by a click.  `summary` is HTML; an empty line makes what follows Markdown again."""
    yield f"<details><summary>{summary}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"
    yield ""
