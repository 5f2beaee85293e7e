"""What an advice is not sure of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imagematrix.model import AtMost, BaseSource, Budget, How, Result, Run, RunStatus
from imagematrix.verdicts import advice_wording as wording
from imagematrix.verdicts.apart import ESTIMATE, RULES, number
from imagematrix.verdicts.choosing import Chosen
from imagematrix.verdicts.profiles import DOWNLOAD, START, UNPACKED
from imagematrix.verdicts.taken_over import at_other_times, measured_in, surely_less
from imagematrix.verdicts.told import under
from imagematrix.verdicts.unseen import hidden_secrets_unsought
from imagematrix.verdicts.wants import NO_SECRETS, Want


def doubts(
    run: Run,
    left: Sequence[Result],
    chosen: Chosen,
    objectives: Sequence[str],
    *,
    wants: Sequence[Want],
    wishes: Sequence[Budget],
) -> Iterator[str]:
    """Each a sentence; `left` are those that were weighed, of which one at least is there, by these `wants`."""
    choice = chosen.left[0]
    if run.status is RunStatus.INTERRUPTED:
        yield "the run did not come to its end: what it did not reach is not weighed"
    yield from filter(None, (_close(choice, wish) for wish in wishes))
    if len(chosen.left) > 1:
        labels = wording.listed([result.label for result in chosen.left])
        yield f"{labels} cannot be told apart by all this; {choice.label} is the first of the matrix"
    if without := [result.label for result in left if number(result, DOWNLOAD.measurement) is None]:
        yield (
            f"{wording.noun(DOWNLOAD.measurement)} was not measured of {wording.listed(without)}; "
            f"{wording.noun(UNPACKED.measurement)} is weighed in its place for all (`invoke matrix --deep` "
            "measures it)"
        )
    if chosen.unasked:
        yield f"not measured of all, so not weighed: {wording.listed(chosen.unasked)}"
    for want in dict.fromkeys(want for want, _ in chosen.unknown):
        labels = wording.listed([label for name, label in chosen.unknown if name == want])
        yield f"{want}: not measured of {labels}; that neither rules out nor in"
    if NO_SECRETS in wants and hidden_secrets_unsought(choice) and _has_all_of(choice, NO_SECRETS):
        yield (
            f"{NO_SECRETS.name}: those that a later layer deletes were not looked for in {choice.label} "
            "(`invoke matrix --deep` finds them, too)"
        )
    if START.measurement in objectives:
        yield from _at_other_times(left)
    near = [name for name in objectives if any(_near(choice, other, name) for other in left)]
    yield from (RULES[name] for name in near if name in RULES)
    stand_ins = [r.label for r in left if any(base.source is BaseSource.STAND_IN for base in r.bases)]
    if stand_ins:
        yield (
            f"bases of {wording.listed(stand_ins)} are stand-ins, made on this machine from packages: with a "
            "registry's images the figures will be others"
        )


def _has_all_of(result: Result, want: Want) -> bool:
    answer = want.ask(result)
    return answer is not None and answer.short == 0


def _close(choice: Result, wish: Budget) -> str:
    """Whether an estimate is so near a limit that the truth may be over it; "" where it is not."""
    figure, limit = number(choice, wish.measurement), wish.limit
    if not isinstance(limit, AtMost) or figure is None:
        return ""
    if under(choice, wish.measurement).how is not How.ESTIMATED or figure * (1 + ESTIMATE) <= limit.limit:
        return ""
    shown = f"{wording.shown(figure, wish.measurement)} {wording.figure_name(wish.measurement)}"
    return f"{shown} is an estimate within {ESTIMATE:.0%}: the truth may be over {wish.text}"


def _at_other_times(left: Sequence[Result]) -> Iterator[str]:
    """Which start-ups are of which run, where they are of several."""
    measured: dict[str, list[str]] = {}
    for result in left:
        measured.setdefault(measured_in(result, START.measurement), []).append(result.label)
    if len(measured) > 1:
        of_runs = ", ".join(
            f"that of {wording.listed(labels)} in {f'run {run_id}' if run_id else 'this run'}"
            for run_id, labels in measured.items()
        )
        yield (
            f"start-ups were measured in several runs, {of_runs}: the machine may have been busier in one, so "
            "between these no start-up counts as slower (`invoke matrix --fresh` measures all of them anew)"
        )


def _near(one: Result, other: Result, name: str) -> bool:
    """Whether their figures differ, but within noise or as estimates."""
    return (
        number(one, name) != number(other, name)
        and not at_other_times(one, other, name)
        and (
            How.ESTIMATED in (under(one, name).how, under(other, name).how)
            or not (surely_less(one, other, name) or surely_less(other, one, name))
        )
    )
