"""Figures of behaviour that a run took over from an earlier one: their mark, and the line that explains it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from imagematrix.model import Measurement, Result
from imagematrix.report.figures import MARK, figures, mark, plain
from imagematrix.text import first_few

_NAMED: Final = 6  # variants of one run


def of_one_time(measurements: Sequence[Measurement | None]) -> bool:
    """Whether all times that are known were measured in one run: else none of them is called the least."""
    return len({each.measured_in for each in measurements if each is not None and each.measured}) < 2


def remark(results: Sequence[Result], *names: str, shown: Callable[[str], str] = plain) -> str:
    """For under a table that has these figures: what the mark means; "" where none has it.

    `shown` makes a text from elsewhere fit for the format.
    """
    runs: dict[str, list[str]] = {}
    for result in results:
        found = figures(result)
        taken = [found[name].measured_in for name in names if mark(found.get(name))]
        for run_id in dict.fromkeys(taken):
            runs.setdefault(run_id, []).append(shown(result.label))
    if not runs:
        return ""
    which = (
        f"run {shown(next(iter(runs)))}"
        if len(runs) == 1
        else "earlier runs, "
        + "; ".join(f"of {first_few(labels, _NAMED)} in {shown(run_id)}" for run_id, labels in runs.items())
    )
    return f"{MARK} measured in {which}: image, engine, machine and expectations are the same; --fresh measures again"
