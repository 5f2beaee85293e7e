"""Which findings of two results are new, gone or others; and what was not looked for on one side."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, TypeAlias

from imagematrix.model import Finding, Result
from imagematrix.model.difference import Change, FindingDifference, OneSided
from imagematrix.verdicts.told import known, under

# Places in a finding's words: they move with a line that is added above.
_PLACE: Final = re.compile(r"\b(layers?|lines?) \d+(?: to \d+)?")
_Said: TypeAlias = tuple[str, str, str, str]


def finding_changes(old: Result, new: Result, *, same_image: bool) -> tuple[FindingDifference, ...]:
    """Those of a rule that are new, gone, or there in other words; those that are the same are left out.

    A finding that has but moved to another line or layer is the same, and so is one of the very same image
    that was measured by other means.  What one side did not look for is neither new nor gone.
    """
    if not (old.looked_into and new.looked_into):
        return ()
    found: list[FindingDifference] = []
    for was, now in _left(old, new):
        both = list(zip(was, now, strict=False))
        found += [
            FindingDifference(change=Change.SAME, finding=after, was=before.text)
            for before, after in both
            if not (same_image and before.accepted == after.accepted)
        ]
        found += [
            FindingDifference(change=Change.NEW, finding=each, was="")
            for each in now[len(both) :]
            if _could_tell(old, each)
        ]
        found += [
            FindingDifference(change=Change.GONE, finding=each, was="")
            for each in was[len(both) :]
            if _could_tell(new, each)
        ]
    return tuple(found)


def not_looked_for(old: Result, new: Result) -> tuple[OneSided, ...]:
    """Findings and budgets of one side for which the other was not measured; () where a side has no image."""
    if old.image is None or new.image is None:
        return ()
    return (*_missing(old, new, "new"), *_missing(new, old, "old"))


def _missing(having: Result, lacking: Result, side: str) -> Iterator[OneSided]:
    if not lacking.looked_into:
        names = [
            name for name, there in (("findings", having.findings), ("budgets", having.budgets)) if there
        ]
        if names:
            yield OneSided(names=tuple(names), missing=side, reason="this run measured nothing")
        return
    names_by: defaultdict[str, list[str]] = defaultdict(list)
    for first, second in _left(having, lacking):
        for each in first[len(second) :]:
            if not _could_tell(lacking, each):
                names_by[under(lacking, each.measurement).reason].append(f"finding {each.rule}")
    for reason, rules in names_by.items():
        yield OneSided(names=tuple(dict.fromkeys(rules)), missing=side, reason=reason)


def _left(old: Result, new: Result) -> Iterator[tuple[list[Finding], list[Finding]]]:
    """By rule, what is left of both sides without the findings that say the same; the new side's rules first."""
    before, after = _by_rule(old), _by_rule(new)
    for rule in dict.fromkeys((*after, *before)):
        was, now = before.get(rule, []), []
        for finding in after.get(rule, []):
            same = next((each for each in was if _said(each) == _said(finding)), None)
            if same is None:
                now.append(finding)
            else:
                was.remove(same)
        yield was, now


def _by_rule(result: Result) -> dict[str, list[Finding]]:
    rules: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in result.findings:
        rules[finding.rule].append(finding)
    return dict(rules)


def _said(finding: Finding) -> _Said:
    return finding.rule, finding.severity, _PLACE.sub(r"\1", finding.text), finding.accepted


def _could_tell(result: Result, finding: Finding) -> bool:
    """Whether a result that lacks a finding knows what it rests on."""
    return known(under(result, finding.measurement))
