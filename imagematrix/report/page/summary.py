"""The table of variants, and the facts of the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from imagematrix.model import BaseSource, Measurement, Report, Result, Run, Severity
from imagematrix.report.figures import figures, libc, on_stand_in, words
from imagematrix.report.page.grid import (
    TONES,
    Cell,
    Column,
    Grid,
    Missing,
    Words,
    amount,
    columns,
    figure,
    missing,
    turned,
    with_bars,
)
from imagematrix.report.taken_over import of_one_time, remark
from imagematrix.units import duration, size

# Measurement, heading: columns that are left out where no variant has the figure.
_FIGURES: Final = (
    ("download_bytes", "Download"),
    ("unpacked_bytes", "Unpacked"),
    ("own_bytes", "Added"),
    ("start_seconds", "Start-up"),
    ("memory_idle_bytes", "Memory"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """The table, and what it leaves out."""

    grid: Grid
    left_out: tuple[tuple[str, str], ...]  # (heading, reason)
    estimated: bool  # some figure is
    taken_over: str  # what the mark of figures of earlier runs means; "" where none has it
    failures: tuple[tuple[str, Words, tuple[str, ...]], ...]  # label, status, lines of the reason


def summary(report: Report) -> Summary:
    results = report.run.results
    facts = [figures(result) for result in results]
    heads: list[Column] = [Column(name="Variant"), Column(name="Result")]
    cells: list[tuple[Cell, ...]] = [
        tuple(_name(result, number) for number, result in enumerate(results, 1)),
        tuple(_outcome(result) for result in results),
    ]
    left_out, estimated = [], False
    for name, heading in _FIGURES:
        column = [_figure(name, result) for result in results]
        if all(isinstance(cell, Missing) for cell in column):
            why = next((cell.reason for cell in column if isinstance(cell, Missing)), "no variant")
            if len(results) > 1 and all(result.not_reached for result in results):
                why = "no variant came that far"
            left_out.append((heading, why))
            continue
        estimated = estimated or any(getattr(cell, "estimated", False) for cell in column)
        heads.append(Column(name=heading, right=True))
        known = [each.get(name) for each in facts]
        cells.append(with_bars(column, best=name != "start_seconds" or of_one_time(known)))
    cells += [
        tuple(_build(result) for result in results),
        tuple(_layers(result, each) for result, each in zip(results, facts, strict=True)),
        tuple(map(_shells, results)),
        tuple(map(_libc, results)),
        tuple(_issues(result) for result in results),
    ]
    heads += columns("Build", "Layers", "Shells", "C library", "To do", right=("Build", "Layers"))
    return Summary(
        grid=Grid(
            caption="The variants, side by side",
            columns=tuple(heads),
            rows=turned(*cells) if results else (),
            sortable=True,
        ),
        left_out=tuple(left_out),
        estimated=estimated,
        taken_over=remark(results, "start_seconds", "memory_idle_bytes"),
        failures=tuple(
            (r.label, _outcome(r), tuple(r.reason.splitlines()) or ("no reason is recorded",))
            for r in results
            if r.reason
        ),
    )


def _name(result: Result, number: int) -> Words:
    base = figures(result).get("base")
    below = words(base) if base and base.measured else ""
    chip = "stand-in" if on_stand_in(result) else ""
    return Words(text=result.label, note=below, chip=chip, tone="fair", link=f"#image-{number}")


def _outcome(result: Result) -> Words:
    asked = f"answered {result.smoke.http_status}" if result.smoke else ""
    return Words(text="", chip=result.status.value, tone=TONES[result.status], note=asked)


def _figure(name: str, result: Result) -> Cell:
    facts = figures(result)
    spread = facts.get("start_spread_seconds")
    note = ""
    if name == "start_seconds" and spread and isinstance(spread.value, float):
        note = f"± {duration(spread.value)}"
    return figure(facts.get(name), of=result, note=note)


def _build(result: Result) -> Cell:
    if result.build is None:
        return Missing(word="not reached", reason=result.reason)
    return amount(result.build.seconds, "seconds", note="cached" if result.build.cached else "")


def _layers(result: Result, facts: dict[str, Measurement]) -> Cell:
    if result.image is None:
        return Missing(word="not reached", reason=result.reason)
    own = facts.get("own_layers")
    note = f"{own.value} own" if own and own.measured else ""
    return amount(len(result.image.layers), "", note=note)


def _shells(result: Result) -> Cell:
    found = figures(result).get("shells")
    return Words(text=words(found)) if found and found.measured else missing(found, result)


def _libc(result: Result) -> Cell:
    found = figures(result).get("libc")
    return Words(text=libc(result)) if found and found.measured else missing(found, result)


def _issues(result: Result) -> Words:
    broken = sum(budget.status.fails for budget in result.budgets)
    open_ = [finding for finding in result.findings if not finding.accepted]
    counts = [(sum(f.severity is severity for f in open_), severity.value) for severity in Severity]
    lines = [f"{count} {word}" for count, word in counts if count]
    if broken:
        lines.append(f"{broken} over budget")
    return Words(text="" if lines else "nothing", lines=tuple(lines))


def facts(report: Report) -> tuple[tuple[str, str], ...]:
    """What the run was made of and on; (term, text)."""
    run, host, engine = report.run, report.run.host, report.run.engine
    told = [
        ("App", run.app or "not named"),
        ("Run", f"{run.id}, tagged {run.tag}" if run.tag else run.id),
        (
            "Started",
            f"{run.started_at.replace('T', ' ').removesuffix('Z')} UTC, took {duration(run.seconds)}",
        ),
        ("Revision", revision(run)),
        (
            "Engine",
            f"{engine.name} {engine.version}, {engine.image_store}"
            + (", imagematrix's own" if engine.embedded else ""),
        ),
        (
            "Machine",
            f"{host.machine}, {host.cpus} processors, {size(host.memory_bytes)} of memory, "
            f"{host.system} {host.release}",
        ),
        ("Budgets held against", run.baseline or "no earlier run"),
        ("Record", report.place),
    ]
    return tuple(told)


def revision(run: Run) -> str:
    if run.git is None:
        return "not in a git checkout"
    branch = f" on {run.git.branch}" if run.git.branch else ""
    return f"{run.git.commit[:12]}{branch}{', with changes' if run.git.dirty else ''}"


def bases(run: Run) -> Grid | None:
    """Every base image of the run, and where it came from."""
    every = {(base.reference, base.digest): base for result in run.results for base in result.bases}
    rows = tuple(
        (
            Words(text=base.reference),
            Words(
                text="",
                chip=base.source.value,
                tone="fair" if base.source is BaseSource.STAND_IN else "good",
                note=f"recipe {base.recipe}" if base.recipe else "",
            ),
            Words(text=base.digest[:19] + "…" if len(base.digest) > 20 else base.digest, code=True),
        )
        for base in every.values()
    )
    return (
        Grid(caption="Base images", columns=columns("Base image", "From", "Digest"), rows=rows)
        if rows
        else None
    )


def any_stand_in(run: Run) -> bool:
    return any(base.source is BaseSource.STAND_IN for result in run.results for base in result.bases)
