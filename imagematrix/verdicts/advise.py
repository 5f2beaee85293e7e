"""Which image to choose, for whom, and why: from the figures of one run alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from imagematrix.model import (
    Advice,
    Against,
    AtMost,
    BaseSource,
    Budget,
    How,
    Result,
    Run,
    Status,
)
from imagematrix.verdicts import advice_wording as wording
from imagematrix.verdicts.apart import ESTIMATE, RULES, less, number
from imagematrix.verdicts.choosing import Chosen, choose, pareto
from imagematrix.verdicts.profiles import DOWNLOAD, MEMORY, PROFILES, START, UNPACKED, YOURS, Amount, Profile
from imagematrix.verdicts.told import under
from imagematrix.verdicts.wants import GLIBC, NO_SHELL, NOT_ROOT, Want

# What a constraint that is yes or no asks; the others are limits of a measurement.
ASKED: Final[Mapping[str, Want]] = {"glibc": GLIBC, "no_shell": NO_SHELL, "non_root": NOT_ROOT}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """One question: of which variants one is to be chosen, and which are out from the start."""

    profile: Profile
    left: tuple[Result, ...]
    out: Mapping[str, str]  # label -> why
    wishes: tuple[Budget, ...] = ()  # that are asked before the profile's own wants

    @property
    def conditions(self) -> tuple[str, ...]:
        return tuple(_condition(wish) for wish in self.wishes)


def advise(run: Run) -> tuple[Advice, ...]:
    """An advice for each of the three users of the article; a variant that did not pass is never chosen."""
    passed = _passed(run)
    return tuple(
        _advice(run, _Case(profile=profile, left=passed, out=_not_passed(run))) for profile in PROFILES
    )


def advise_for(run: Run, wishes: Sequence[Budget]) -> Advice:
    """An advice for one's own constraints: of the variants that hold them all, the smallest to download.

    A wish is a budget whose limit is `AtMost`, or whose name is one of `ASKED`.  What was not measured of a
    variant does not hold.
    """
    out = _not_passed(run)
    for result in _passed(run):
        broken = [reason for wish in wishes if (reason := _broken(result, wish))]
        if broken:
            out[result.label] = "; ".join(broken)
    left = tuple(result for result in _passed(run) if result.label not in out)
    return _advice(run, _Case(profile=YOURS, left=left, out=out, wishes=tuple(wishes)))


def _passed(run: Run) -> tuple[Result, ...]:
    return tuple(result for result in run.results if result.status is Status.PASSED)


def _not_passed(run: Run) -> dict[str, str]:
    """Why each is out, without the log that may follow on further lines."""
    return {
        r.label: f"{r.status}: {r.reason.partition(chr(10))[0]}"
        for r in run.results
        if r.status is not Status.PASSED
    }


def _condition(wish: Budget) -> str:
    if wish.name in ASKED:
        return ASKED[wish.name].name
    return f"at most {wish.text} {wording.figure_name(wish.measurement)}"


def _broken(result: Result, wish: Budget) -> str:
    """Why a variant does not hold a wish; "" where it does."""
    if wish.name in ASKED:
        answer = ASKED[wish.name].ask(result)
        if answer is None:
            return f"whether it has {ASKED[wish.name].name} was not measured"
        return answer.text if answer.short else ""
    figure, limit = number(result, wish.measurement), wish.limit
    if not isinstance(limit, AtMost):
        raise ValueError(f"{wish.name} is no constraint")
    if figure is None:
        return f"{wish.measurement} was not measured: {under(result, wish.measurement).reason}"
    if figure <= limit.limit:
        return ""
    over = wording.shown(figure - limit.limit, wish.measurement)
    shown = wording.shown(figure, wish.measurement)
    return f"{shown} {wording.figure_name(wish.measurement)} is {over} over {wish.text}"


def _advice(run: Run, case: _Case) -> Advice:
    profile, left = case.profile, case.left
    objectives = _objectives(left)
    wants = wording.wants(profile, case.conditions, _replaced(profile.amounts, left))
    if not left:
        return Advice(
            profile=profile.name,
            wants=wants,
            choice="",
            why=_why_none(case),
            costs=(),
            against=tuple(Against(label=r.label, out=True, reason=case.out[r.label]) for r in run.results),
            front=(),
            objectives=(),
            doubts=(),
        )
    chosen = choose(left, profile.wants, _replaced(profile.amounts, left))
    choice = chosen.left[0]
    return Advice(
        profile=profile.name,
        wants=wants,
        choice=choice.label,
        why=wording.why(choice, chosen.steps, left, case.conditions),
        costs=tuple(_costs(choice, left, profile, objectives)),
        against=tuple(_against(run, case, choice, chosen, objectives)),
        front=pareto(left, objectives),
        objectives=objectives,
        doubts=tuple(_doubts(case, choice, chosen, objectives)),
    )


def _why_none(case: _Case) -> str:
    if not case.conditions:
        return "no variant passed, so none can be chosen"
    return f"no variant that passed has {wording.listed(case.conditions)}"


def _has_downloads(results: Sequence[Result]) -> bool:
    return all(number(result, DOWNLOAD.measurement) is not None for result in results)


def _replaced(amounts: Sequence[Amount], results: Sequence[Result]) -> tuple[Amount, ...]:
    """Where the download is not known of all, what is unpacked is weighed in its place, for all."""
    if _has_downloads(results):
        return tuple(amounts)
    return tuple(amount for amount in amounts if amount is not DOWNLOAD)


def _objectives(results: Sequence[Result]) -> tuple[str, ...]:
    """Of the front: a size, and the figures of running that were measured of all."""
    size = DOWNLOAD if _has_downloads(results) else UNPACKED
    names = [amount.measurement for amount in (size, START, MEMORY)]
    return tuple(name for name in names if all(number(result, name) is not None for result in results))


def _costs(choice: Result, left: Sequence[Result], profile: Profile, objectives: Sequence[str]) -> list[str]:
    """What another variant has that the choice has not, and figures at which another does better."""
    costs = []
    for want in dict.fromkeys((*profile.wants, *profile.prices)):
        own = want.ask(choice)
        others = [(r.label, answer) for r in left if (answer := want.ask(r)) is not None]
        if own is None or not others:
            continue
        best = min((answer for _, answer in others), key=lambda answer: answer.short)
        if best.short < own.short:
            labels = [label for label, answer in others if answer.short == best.short]
            costs.append(f"{own.text}; {wording.listed(labels)}: {best.what}")
    for name in objectives:
        better = [other for other in left if less(other, choice, name)]
        if better:
            best_of = min(better, key=lambda other: number(other, name) or 0)
            costs.append(f"{wording.more_than(choice, best_of, name)} than {best_of.label}")
    return costs


def _against(
    run: Run, case: _Case, choice: Result, chosen: Chosen, objectives: Sequence[str]
) -> list[Against]:
    fell = {label: step.by for step in chosen.steps for label in step.out}
    against = []
    for other in run.results:
        if other.label == choice.label:
            continue
        if other.label in case.out:
            against.append(Against(label=other.label, out=True, reason=case.out[other.label]))
            continue
        by = fell.get(other.label)
        reason = wording.against(choice, other, by, objectives)
        against.append(Against(label=other.label, out=False, reason=reason))
    return against


def _doubts(case: _Case, choice: Result, chosen: Chosen, objectives: Sequence[str]) -> list[str]:
    left = case.left
    doubts = [doubt for wish in case.wishes if (doubt := _close(choice, wish))]
    if len(chosen.left) > 1:
        labels = wording.listed([result.label for result in chosen.left])
        doubts.append(f"{labels} cannot be told apart by all this; {choice.label} is the first of the matrix")
    if not _has_downloads(left):
        missing = [r.label for r in left if number(r, DOWNLOAD.measurement) is None]
        doubts.append(
            f"download_bytes was not measured of {wording.listed(missing)}; unpacked_bytes is weighed in its "
            "place for all (`invoke matrix --deep` measures it)"
        )
    if chosen.unasked:
        doubts.append(f"not measured, so not weighed: {wording.listed(chosen.unasked)}")
    for want in dict.fromkeys(want for want, _ in chosen.unknown):
        labels = wording.listed([label for name, label in chosen.unknown if name == want])
        doubts.append(f"{want}: not measured of {labels}; that neither rules out nor in")
    near = [name for name in objectives if any(_near(choice, other, name) for other in left)]
    doubts += [RULES[name] for name in dict.fromkeys((*chosen.near, *near)) if name in RULES]
    stand_ins = [r.label for r in left if any(base.source is BaseSource.STAND_IN for base in r.bases)]
    if stand_ins:
        doubts.append(
            f"bases of {wording.listed(stand_ins)} are stand-ins, made on this machine from packages: with a "
            "registry's images the figures will be others"
        )
    return doubts


def _close(choice: Result, wish: Budget) -> str:
    """Whether an estimate is so near a limit that the truth may be over it; "" where it is not."""
    figure, limit = number(choice, wish.measurement), wish.limit
    if not isinstance(limit, AtMost) or figure is None:
        return ""
    if under(choice, wish.measurement).how is not How.ESTIMATED or figure * (1 + ESTIMATE) <= limit.limit:
        return ""
    shown = f"{wording.shown(figure, wish.measurement)} {wording.figure_name(wish.measurement)}"
    return f"{shown} is an estimate within {ESTIMATE:.0%}: the truth may be over {wish.text}"


def _near(one: Result, other: Result, name: str) -> bool:
    """Whether their figures differ, but within noise."""
    return (
        number(one, name) != number(other, name) and not less(one, other, name) and not less(other, one, name)
    )
