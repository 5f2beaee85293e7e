"""Which image to choose, for whom, and why: from the figures of one run alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imagematrix.model import Advice, Against, Budget, Result, Run, Status
from imagematrix.verdicts import advice_wording as wording
from imagematrix.verdicts.advice_doubts import doubts
from imagematrix.verdicts.apart import number
from imagematrix.verdicts.choosing import Chosen, choose, pareto
from imagematrix.verdicts.constraints import (
    Short,
    condition,
    failed_budgets,
    nearest,
    over_budget,
    short_of,
)
from imagematrix.verdicts.profiles import DOWNLOAD, MEMORY, PROFILES, START, UNPACKED, YOURS, Amount, Profile
from imagematrix.verdicts.taken_over import surely_less


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """One question: of which variants one is to be chosen, and which are out from the start."""

    profile: Profile
    left: tuple[Result, ...]
    out: Mapping[str, str]  # label -> why
    none: str  # why there is no choice, where nothing is left
    wishes: tuple[Budget, ...] = ()  # that are asked before the profile's own wants

    @property
    def conditions(self) -> tuple[str, ...]:
        return tuple(condition(wish) for wish in self.wishes)


def weighed(run: Run) -> tuple[Result, ...]:
    """The variants of which one can be chosen: that passed, or failed by nothing but their budgets."""
    return tuple(r for r in run.results if r.status is Status.PASSED or failed_budgets(r))


def measured(run: Run) -> bool:
    """Whether there is anything to weigh: a run of `build` or `smoke` alone has measured nothing."""
    return any(result.looked_into for result in weighed(run))


def advise(run: Run) -> tuple[Advice, ...]:
    """An advice for each of the three users of the article.

    A variant that did not get through every step is never chosen, nor one for production that breaks a budget
    of its own.  None at all of a run that measured nothing.
    """
    if weighed(run) and not measured(run):
        return ()
    return tuple(_advice(run, _for_profile(run, profile)) for profile in PROFILES)


def _for_profile(run: Run, profile: Profile) -> _Case:
    out, none = _not_weighed(run), "no variant passed, so none can be chosen"
    if profile.within_budgets:
        over = {result.label: over_budget(result) for result in weighed(run) if failed_budgets(result)}
        if over:
            none = "every variant that can be weighed breaks a budget of its own, so none is recommended"
        out |= over
    return _Case(profile=profile, left=_left(run, out), out=out, none=none)


def advise_for(run: Run, wishes: Sequence[Budget]) -> Advice:
    """An advice for one's own constraints: of the variants that hold them all, the smallest to download.

    A wish is a budget whose limit is `AtMost`, or whose name is one of `ASKED`.  What was not measured of a
    variant does not hold.
    """
    out, none = _not_weighed(run), "no variant passed, so none can be chosen"
    short: dict[str, list[Short]] = {}
    for result in weighed(run):
        if fails := [found for wish in wishes if (found := short_of(result, wish))]:
            short[result.label] = fails
            out[result.label] = "; ".join(each.text for each in fails)
    if short:
        wanted = ", ".join(condition(wish) for wish in wishes)
        none = "; ".join(filter(None, (f"no variant has what is wanted ({wanted})", nearest(short))))
    return _advice(run, _Case(profile=YOURS, left=_left(run, out), out=out, none=none, wishes=tuple(wishes)))


def _left(run: Run, out: Mapping[str, str]) -> tuple[Result, ...]:
    return tuple(result for result in run.results if result.label not in out)


def _not_weighed(run: Run) -> dict[str, str]:
    """Why each is out, without the log that may follow on further lines."""
    there = weighed(run)
    return {r.label: f"{r.status}: {r.reason.partition(chr(10))[0]}" for r in run.results if r not in there}


def _advice(run: Run, case: _Case) -> Advice:
    profile, left = case.profile, case.left
    amounts = _replaced(profile.amounts, left)
    wants = wording.wants(profile, case.conditions, amounts)
    if not left:
        return Advice(
            profile=profile.name,
            wants=wants,
            choice="",
            why=case.none,
            costs=(),
            against=tuple(Against(label=r.label, out=True, reason=case.out[r.label]) for r in run.results),
            front=(),
            objectives=(),
            doubts=(),
        )
    objectives = _objectives(left)
    chosen = choose(left, profile.wants, amounts)
    choice = chosen.left[0]
    return Advice(
        profile=profile.name,
        wants=wants,
        choice=choice.label,
        why=wording.why(choice, chosen.steps, left, case.conditions, alone=len(run.results) == 1),
        costs=tuple(_costs(choice, left, profile, objectives)),
        against=tuple(_against(run, case, choice, chosen, objectives)),
        front=pareto(left, objectives),
        objectives=objectives,
        doubts=tuple(doubts(run, left, chosen, objectives, wants=profile.wants, wishes=case.wishes)),
    )


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
    costs = [over_budget(choice)] if failed_budgets(choice) else []
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
        better = [other for other in left if surely_less(other, choice, name)]
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
        reasons = (wording.against(choice, other, by, objectives), over_budget(other))
        reason = "; ".join(filter(None, reasons))
        against.append(Against(label=other.label, out=False, reason=reason))
    return against
