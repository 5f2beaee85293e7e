"""Command `runs`: list the archived runs, or remove old ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

from imagematrix import archive
from imagematrix.commands.outcome import Outcome, Show, as_json, places
from imagematrix.commands.which import commit
from imagematrix.errors import InputError
from imagematrix.model import UnreadableRun
from imagematrix.model.outline import Outline
from imagematrix.report.runs import runs_json, runs_table
from imagematrix.settings import Settings
from imagematrix.text import first_few, is_called, one_line

_REVISION: Final = re.compile(r"[0-9a-fA-F]{4,64}")
_TOLD: Final = 20  # variants that a message lists


def runs(settings: Settings, show: Show) -> Outcome:
    """The archived runs that were asked for, oldest first; with --prune all but the newest are removed."""
    results = places(settings).results
    if settings.prune:
        return _pruned(settings, show, results)
    if settings.keep:
        raise InputError("--keep says how many runs --prune leaves", where="--keep", next_step="add --prune")
    if settings.variants:
        _check_variants(settings.variants, results)
    found = list(_asked_for(settings, results))[::-1]
    return Outcome(text=as_json(runs_json(found)) if show.json else runs_table(found, look=show.look))


def _check_variants(wanted: Sequence[str], results: Path) -> None:
    """Raise InputError for a variant that no archived run has."""
    known = [run for run in archive.outlines(results) if isinstance(run, Outline)]
    for pattern in wanted:
        if known and not any(_has(run, pattern) for run in known):
            labels = dict.fromkeys(variant.label for run in known for variant in run.variants)
            raise InputError(
                f"no archived run has a variant {pattern!r}",
                where="--variant",
                next_step=f"there are {one_line(first_few(list(labels), _TOLD))}",
            )


def _asked_for(settings: Settings, results: Path) -> Iterator[Outline | UnreadableRun]:
    """Newest first.  A run that cannot be read is told of, unless more is asked than when it was."""
    since, until = _bound(settings.since, "--since"), _bound(settings.until, "--until", end=True)
    revision = _revision(settings) if settings.revision else ""
    for run in archive.outlines(results, since=since, until=until):
        if isinstance(run, UnreadableRun):
            if not (settings.variants or settings.tag or settings.revision):
                yield run
        elif _is_asked_for(settings, run, revision):
            yield run


def _is_asked_for(settings: Settings, run: Outline, revision: str) -> bool:
    own = run.git.commit if run.git else ""
    return (
        (not settings.tag or run.tag == settings.tag)
        and (not revision or own.startswith(revision))
        and (not settings.variants or any(_has(run, pattern) for pattern in settings.variants))
    )


def _revision(settings: Settings) -> str:
    """The hash, or its beginning, of a commit.  Raises InputError."""
    text = settings.revision
    found = text.lower() if _REVISION.fullmatch(text) else commit(settings)(text)
    if not found:
        next_step = "use 4 hexadecimal digits or more of a commit, or what git calls one, as HEAD~1"
        raise InputError(f"no git revision: {text!r}", where="--revision", next_step=next_step)
    return found


def _has(run: Outline, pattern: str) -> bool:
    return any(is_called(pattern, variant.name, variant.label) for variant in run.variants)


def _bound(text: str, flag: str, *, end: bool = False) -> str:
    """The text of a date or a time as ids have theirs; "" for none.  A date's end is that of its last second.

    A time without a zone is UTC, as all that the records tell.  Raises InputError.
    """
    if not text:
        return ""
    try:
        moment = datetime.combine(date.fromisoformat(text), time(23, 59, 59) if end else time())
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
            moment = moment.astimezone(UTC) if moment.tzinfo else moment
        except (ValueError, OverflowError) as error:
            next_step = "write a date, 2026-11-24, or a time in UTC, 2026-11-24T12:00"
            raise InputError(f"no date: {text!r}", where=flag, next_step=next_step) from error
    return f"{moment.year:04}{moment:%m%dT%H%M%SZ}"


def _pruned(settings: Settings, show: Show, results: Path) -> Outcome:
    """Remove old runs; with --dry only say which."""
    flags = ("variant", settings.variants), ("tag", settings.tag), ("revision", settings.revision)
    given = [
        f"--{name}" for name, value in (*flags, ("since", settings.since), ("until", settings.until)) if value
    ]
    if given:
        raise InputError(
            f"--prune goes by age alone, and {given[0]} chooses runs",
            where=given[0],
            next_step="list them first, and prune with --keep",
        )
    if not settings.keep.isdecimal() or not 1 <= len(settings.keep) <= 9 or int(settings.keep) < 1:
        what = (
            f"no number of runs: {settings.keep!r}"
            if settings.keep
            else "--prune must be told how many to keep"
        )
        raise InputError(what, where="--keep", next_step="use --prune --keep 20: a whole number, 1 or more")
    pruned = archive.prune(results, keep=int(settings.keep), dry=show.dry)
    if show.json:
        told = asdict(pruned)
        told["stayed"] = [{"id": name, "reason": reason} for name, reason in pruned.stayed]
        return Outcome(text=as_json({"removed": not show.dry, **told}))
    return Outcome(text=_lines(pruned, dry=show.dry))


def _lines(pruned: archive.Pruned, *, dry: bool) -> str:
    verb = "would remove" if dry else "removed"
    lines = [
        *(f"{verb} run {name}" for name in pruned.runs),
        *(f"{verb} the files of image {digest}, which no run refers to" for digest in pruned.listings),
        *(f"kept run {name}: {one_line(reason)}" for name, reason in pruned.stayed),
    ]
    if pruned.listings_stayed:
        lines.append(f"kept the files of all images: {pruned.listings_stayed}")
    return "".join(f"{line}\n" for line in lines or ["there is nothing to remove"])
