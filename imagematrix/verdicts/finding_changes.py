"""Which findings of two results are new, gone or others; and what was not looked for on one side."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, TypeAlias

from imagematrix.model import Finding, Result
from imagematrix.model.difference import Change, FindingDifference, OneSided
from imagematrix.verdicts.told import known, rows, under
from imagematrix.verdicts.unseen import BY_LAYER, SECRETS, layers_read

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
            if not _unsought(each, new, old)
        ]
        found += [
            FindingDifference(change=Change.GONE, finding=each, was="")
            for each in was[len(both) :]
            if not _unsought(each, old, new)
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
            if missing := _unsought(each, having, lacking):
                names_by[under(lacking, missing).reason].append(f"finding {each.rule}")
    for reason, rules in names_by.items():
        yield OneSided(names=tuple(dict.fromkeys(rules)), missing=side, reason=reason)


def _left(old: Result, new: Result) -> Iterator[tuple[list[Finding], list[Finding]]]:
    """By what they are about, what is left of both sides without the findings that say the same; the new's first."""
    before, after = _by_subject(old), _by_subject(new)
    for subject in dict.fromkeys((*after, *before)):
        was, now = before.get(subject, []), []
        for finding in after.get(subject, []):
            same = next((each for each in was if _said(each) == _said(finding)), None)
            if same is None:
                now.append(finding)
            else:
                was.remove(same)
        yield was, now


def _by_subject(result: Result) -> dict[tuple[str, str], list[Finding]]:
    """By rule; those of secrets by file as well: one of another file is another finding, and not another wording."""
    subjects: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in result.findings:
        subjects[finding.rule, _file(finding)].append(finding)
    return dict(subjects)


def _file(finding: Finding) -> str:
    """The file that a finding of a secret begins with; "" of any other."""
    return finding.text.partition(" (")[0] if finding.measurement == SECRETS else ""


def _said(finding: Finding) -> _Said:
    return finding.rule, finding.severity, _PLACE.sub(r"\1", finding.text), finding.accepted


def _unsought(finding: Finding, having: Result, lacking: Result) -> str:
    """The measurement for want of which a result that lacks a finding cannot tell; "" where it can."""
    if not known(under(lacking, finding.measurement)):
        return finding.measurement
    hidden = finding.measurement == SECRETS and not _is_seen(finding, having)
    return BY_LAYER if hidden and not layers_read(lacking) else ""


def _is_seen(secret: Finding, result: Result) -> bool:
    """Whether a container sees the file, so that it is found where the layers are not read, too."""
    return any(
        seen is True and secret.text.startswith(f"{path} (")
        for path, _, _, seen, _ in rows(under(result, SECRETS))
    )
