"""trend: figures over the archived runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from imagematrix import archive
from imagematrix.commands.outcome import Outcome, Show, as_json, places
from imagematrix.errors import InputError
from imagematrix.model import Run, Series
from imagematrix.report.sparkline import shows_blocks
from imagematrix.report.trend import trend_json, trend_view
from imagematrix.settings import Settings
from imagematrix.text import first_few, is_called
from imagematrix.units import called
from imagematrix.verdicts.noisy import LEAST
from imagematrix.verdicts.trend import is_figure, is_noisy, labels_of, of_one_app, of_one_machine
from imagematrix.verdicts.trend import trend as trend_of
from imagematrix.verdicts.trend_steps import BYTE_RULE, ENOUGH, RULE, told_from

LOOKED_AT: Final = 200  # runs, the newest: a record takes some 100 kB a variant, and more do not fit a line
_NAMED: Final = 6  # series, in a sentence


def trend(settings: Settings, show: Show) -> Outcome:
    """Of the newest run's app, oldest run first.  Raises InputError where there is nothing to draw."""
    results = places(settings).results
    ended = (
        run for run in archive.newest_first(results) if not archive.goes_on(run.status, results / run.id)
    )
    runs = list(islice(ended, LOOKED_AT))
    if not runs:
        archive.check_readable(results)
        raise InputError(
            "no run that has ended is archived here", next_step="`invoke matrix` makes the first"
        )
    known = of_one_app(runs)
    _check_figures(settings.figures, known)
    labels = _labels(settings.variants, known)
    series = trend_of(runs, labels=labels, figures=settings.figures)
    if show.json:
        return Outcome(text=as_json(trend_json(series)))
    text = trend_view(
        series,
        remarks=_remarks(runs, known, series),
        ascii_only=not shows_blocks(show.look.encoding),
        look=show.look,
    )
    return Outcome(text=text)


def _labels(wanted: Sequence[str], runs: Sequence[Run]) -> tuple[str, ...]:
    """Of the variants whose name or label is one of these words or fits one of these globs; () is all."""
    there = labels_of(runs)
    names = {result.label: result.name for run in runs for result in run.results}
    for word in wanted:
        if not any(is_called(word, label, names[label]) for label in there):
            raise InputError(
                f"no archived run has a variant {word!r}",
                where="--variant",
                next_step=f"there are {', '.join(there)}",
            )
    return tuple(
        label for label in there if not wanted or any(is_called(word, label, names[label]) for word in wanted)
    )


def _check_figures(wanted: Sequence[str], runs: Sequence[Run]) -> None:
    there = sorted(
        {
            measurement.name
            for run in runs
            for result in run.results
            for measurement in result.measurements
            if measurement.measured and is_figure(measurement.value)
        }
    )
    for figure in wanted:
        if figure not in there:
            raise InputError(
                f"no archived run has measured a figure {figure!r}",
                where="--figure",
                next_step=f"there are {', '.join(there)}" if there else "`invoke matrix` measures",
            )


def _remarks(runs: Sequence[Run], known: Sequence[Run], series: Sequence[Series]) -> list[str]:
    """What the reader needs to know of what was compared."""
    first, last = known[0], known[-1]
    remarks = [f"{_runs(len(known))} of {last.app or 'this app'}, {first.started_at} to {last.started_at}"]
    if not series:
        remarks.insert(0, "no run has measured this")
    if len(runs) == LOOKED_AT:
        remarks.append(f"of all runs, the newest {LOOKED_AT} are looked at")
    if len(runs) > len(known):
        remarks.append(f"{_are(len(runs) - len(known), 'not of this app')} left out")
    if any(each.unit == "bytes" and not is_noisy(each.measurement) for each in series):
        remarks.append(BYTE_RULE)
    if any(point.estimated for each in series for point in each.points):
        remarks.append("~ is estimated")
    if any(is_noisy(each.measurement) for each in series):
        others = len(known) - len(of_one_machine(known))
        if others:
            remarks.append(f"times and memory: {_are(others, 'on another machine or engine')} left out")
        remarks.append("times and memory: a run that took them over from an earlier one is left out")
        remarks.append(RULE)
        remarks += _blind(series)
    return remarks


def _blind(series: Sequence[Series]) -> Iterator[str]:
    """Times and memory of which no step can be told, or none but a large one."""
    values = {
        f"{called(each.measurement)} of {each.label}": [point.value for point in each.points]
        for each in series
        if is_noisy(each.measurement)
    }
    short = [name for name, each in values.items() if len(each) < ENOUGH]
    if short:
        yield f"too few runs for a step, which takes {ENOUGH}: {first_few(short, _NAMED)}"
    least = {name: told_from(each) for name, each in values.items() if name not in short}
    noisy = [f"{name} (below {part:.0%})" for name, part in least.items() if part > LEAST]
    if noisy:
        yield f"runs move too much to tell a smaller step: {first_few(noisy, _NAMED)}"


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _are(count: int, which: str) -> str:
    return f"{_runs(count)} {which} {'is' if count == 1 else 'are'}"
