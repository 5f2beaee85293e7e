"""Figures over the archived runs, and the steps in them.

Runs of one app are compared: that of the newest.  Times and memory are compared over runs of one machine and
engine, those of the newest, and a run that took such a figure over from an earlier one did not measure it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imagematrix.model import How, Point, Run, Series, Value
from imagematrix.verdicts.taken_over import measured_in
from imagematrix.verdicts.told import samples, under
from imagematrix.verdicts.trend_steps import Seen, byte_steps, noisy_steps

# What is drawn where nothing is asked for.
FIGURES: Final = ("unpacked_bytes", "download_bytes", "start_seconds", "memory_idle_bytes")
_NOISY: Final = "memory_"


def trend(
    runs: Sequence[Run], *, labels: Sequence[str] = (), figures: Sequence[str] = ()
) -> tuple[Series, ...]:
    """One series a variant and figure, where a run has measured it; `runs` in any order.

    No `labels` are all, those of the newest run first; no `figures` are `FIGURES`.
    """
    known = of_one_app(runs)
    alike = of_one_machine(known)
    series = (
        _series(alike if is_noisy(figure) else known, label, figure)
        for label in labels or labels_of(known)
        for figure in figures or FIGURES
    )
    return tuple(each for each in series if each.points)


def of_one_app(runs: Sequence[Run]) -> list[Run]:
    """Those of the newest run's app, oldest first."""
    ordered = sorted(runs, key=lambda run: (run.started_at, run.id))
    return [run for run in ordered if run.app == ordered[-1].app]


def of_one_machine(runs: Sequence[Run]) -> list[Run]:
    """Those on the newest run's machine and engine."""
    newest = max(runs, key=lambda run: (run.started_at, run.id), default=None)
    return [run for run in runs if newest and (run.host.id, run.engine) == (newest.host.id, newest.engine)]


def labels_of(runs: Sequence[Run]) -> tuple[str, ...]:
    """Every variant of the runs; those of the last in its order, then those that it has no more."""
    return tuple(dict.fromkeys(result.label for run in reversed(runs) for result in run.results))


def is_noisy(figure: str) -> bool:
    """Whether it differs from one measurement of the same image to the next."""
    return figure.endswith("_seconds") or figure.startswith(_NOISY)


def is_figure(value: Value) -> bool:
    """Whether it can be drawn."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _series(runs: Sequence[Run], label: str, figure: str) -> Series:
    noisy = is_noisy(figure)
    seen = [found for run in runs if (found := _seen(run, label, figure, noisy=noisy)) is not None]
    return Series(
        label=label,
        measurement=figure,
        unit=seen[-1].measurement.unit if seen else "",
        points=tuple(each.point for each in seen),
        changes=noisy_steps(seen) if noisy else byte_steps(seen),
    )


def _seen(run: Run, label: str, figure: str, *, noisy: bool) -> Seen | None:
    result = next((result for result in run.results if result.label == label), None)
    if result is None or (noisy and measured_in(result, figure)):
        return None
    measurement = under(result, figure)
    value = measurement.value
    if not measurement.measured or not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    point = Point(
        run_id=run.id,
        started_at=run.started_at,
        commit=run.git.commit if run.git else "",
        tag=run.tag,
        value=value,
        dirty=bool(run.git and run.git.dirty),
        estimated=measurement.how is How.ESTIMATED,
    )
    return Seen(point=point, measurement=measurement, each=samples(result, figure))
