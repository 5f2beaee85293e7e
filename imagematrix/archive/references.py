"""Which run a text means: an id, a tag, a revision, `latest~2`, a file from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.archive import unbundle
from imagematrix.archive.complete import lacks
from imagematrix.archive.names import RECORD, ids
from imagematrix.archive.outlining import heads, outline
from imagematrix.archive.reading import read, read_foreign
from imagematrix.errors import InputError
from imagematrix.model import Run, RunStatus, Status, UnreadableRun
from imagematrix.model.outline import Outline
from imagematrix.text import first_few, one_line

LATEST: Final = "latest"
PREVIOUS: Final = "previous"
_BACK: Final = re.compile(r"latest(?:~([0-9]{1,9}))?")
_ID_PREFIX: Final = re.compile(r"[0-9]{1,8}|[0-9]{8}T[0-9]{0,6}|[0-9]{8}T[0-9]{6}Z(?:-[0-9a-f]{0,6})?")
_REVISION: Final = re.compile(r"[0-9a-f]{7,40}(?:[0-9a-f]{24})?")  # SHA-1, or whole SHA-256
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_TOLD: Final = 5  # runs that a message lists
_FIRST: Final = "`invoke matrix` makes the first"
_KINDS: Final = "name an id, latest, previous, latest~2, a tag, a git revision, a run.json or a bundle"

Commit = Callable[
    [str], str
]  # of what git calls a commit, as `main` or `HEAD~1`, its whole hash; "" for none
Notify = Callable[[str], None]  # takes a sentence for the user: which runs were passed over, and why


def _no_git(_text: str) -> str:
    return ""


def _silent(_text: str) -> None:
    return


def checked_tag(text: str) -> str:
    """A tag that a run may be given; "" is none.  Raises InputError on one that could not be resolved."""
    if not text:
        return ""
    if not _TAG.fullmatch(text):
        what = "has letters, digits, '.', '_' and '-' alone, up to 128, and begins with no '.' or '-'"
        raise InputError(
            f"a tag {what}: {one_line(text)[:140]!r}", where="--tag", next_step="use another name"
        )
    means = (
        "the latest run" if text in (LATEST, PREVIOUS) else
        "an id of a run" if _ID_PREFIX.fullmatch(text) else
        "a git revision" if _REVISION.fullmatch(text) else ""
    )  # fmt: skip
    if means:
        raise InputError(
            f"the tag {text!r} would read as {means}", where="--tag", next_step="use another name"
        )
    return text


def resolve(results: Path, text: str, *, commit: Commit = _no_git, notify: Notify = _silent) -> Run:
    """The run that a text means: the first of these that fits.

    - "" or `latest`: the newest run that has ended and measured; `previous` or `latest~1`: the one before
      of that kind; `latest~2`: two before
    - an id, or a prefix that one run alone has
    - a tag: the newest run of it
    - a git revision, 7 hexadecimal digits or more, or any other word for a commit that `commit` knows: the
      newest run of that commit
    - a path to a run.json, to a folder with one, or to a bundle

    Of a tag or a commit, a run that has ended and measured goes before one that has not.  Raises InputError
    where the text means none, or several, or one that cannot be read.
    """
    return _Archive(results=results, known=_recorded(results), commit=commit, notify=notify).meant(text)


def earlier(results: Path, run: Run, *, notify: Notify = _silent) -> Iterator[Run]:
    """The runs of the same app before this one that have ended and measured, newest first, each read when asked for."""
    yield from _complete(results, [name for name in _recorded(results) if name < run.id], run.app, notify)


def baselines(
    results: Path,
    text: str,
    begun: str,
    *,
    app: str,
    labels: Iterable[str],
    commit: Commit = _no_git,
    notify: Notify = _silent,
) -> dict[str, Run]:
    """The run that each variant is held against, by its label: of the runs older than that of the id `begun`.

    "" is the newest of the same app that passed and measured this variant.  `latest` and `previous` are the
    newest that has ended and measured, however it ended; all else is as `resolve` has it, with its errors.  A
    variant for which there is none is left out.
    """
    known = [name for name in _recorded(results) if name < begun]
    if not text:
        return _passed(results, known, app, list(labels), notify)
    if text in (LATEST, PREVIOUS):
        run = next(_complete(results, known, app, notify), None)
    else:
        run = _Archive(results=results, known=known, commit=commit, notify=notify).meant(text)
    return dict.fromkeys(labels, run) if run is not None else {}


def _passed(
    results: Path, known: Sequence[str], app: str, labels: Sequence[str], notify: Notify
) -> dict[str, Run]:
    found: dict[str, Run] = {}
    for head in _readable(results, known, notify):
        left = set(labels) - set(found)
        if not left:
            break
        if head.status is not RunStatus.PASSED or head.app != app:
            continue
        told = outline(results / head.id)
        if isinstance(told, UnreadableRun):
            notify(_passed_over(told.id, told.reason))
        elif any(each.label in left and each.status is Status.PASSED for each in told.variants):
            run = _read(results, head.id, notify)
            has = [result.label for result in run.results if result.looked_into] if run else []
            found |= {label: run for label in has if run and label in left}
    return found


def _complete(results: Path, known: Sequence[str], app: str, notify: Notify) -> Iterator[Run]:
    """Those that have ended and measured, newest first; of one app, or of any where `app` is ""."""
    for head in _readable(results, known, notify):
        if head.status is not RunStatus.INTERRUPTED and (not app or head.app == app):
            run = _read(results, head.id, notify)
            if run is not None and not lacks(run):
                yield run


def _readable(results: Path, known: Iterable[str], notify: Notify) -> Iterator[Outline]:
    for head in heads(results, known):
        if isinstance(head, UnreadableRun):
            notify(_passed_over(head.id, head.reason))
        else:
            yield head


def _read(results: Path, name: str, notify: Notify) -> Run | None:
    try:
        return read(results / name / RECORD)
    except InputError as error:  # torn behind its head
        notify(_passed_over(name, error.what))
        return None


def check_readable(results: Path) -> None:
    """Raise InputError where runs are archived, and this version can read none of them."""
    names = _recorded(results)
    if names and all(isinstance(head, UnreadableRun) for head in heads(results, names)):
        raise InputError(
            f"none of the runs archived here ({len(names)}) is one that this version reads",
            where=str(results),
            next_step="read them with the version that wrote them, or make one that this reads by `invoke matrix`; "
            "`invoke runs` tells why of each",
        )


def _passed_over(name: str, reason: str) -> str:
    return f"run {name} is passed over: {one_line(reason)}"


def _recorded(results: Path) -> list[str]:
    """The runs that have a record, newest first; one that was begun a moment ago has none yet."""
    return [name for name in ids(results) if (results / name / RECORD).is_file()]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Archive:
    """Where a text is looked up."""

    results: Path
    known: Sequence[str]  # ids, newest first
    commit: Commit
    notify: Notify

    def meant(self, text: str) -> Run:
        text = text.strip()
        back = 1 if text == PREVIOUS else _steps_back(text)
        if back is not None:
            return self._back(back, text or LATEST)
        if name := _by_id(text, self.known):
            return read(self.results / name / RECORD)
        revision = text.lower() if _REVISION.fullmatch(text.lower()) else ""
        found = self._first(lambda head: head.tag == text)
        if found is None and not (revision and (found := self._of_commit(revision))):
            # What begins so is a path, and what begins with a dash would be read as an option of git.
            revision = "" if text.startswith((".", "/", "-")) or not text.isprintable() else self.commit(text)
            found = self._of_commit(revision) if revision else None
        return found or self._from_elsewhere(text, revision)

    def _back(self, back: int, text: str) -> Run:
        count = 0
        for run in _complete(self.results, self.known, "", self.notify):
            if count == back:
                return run
            count += 1
        if not self.known:
            raise self._unknown(text, "no run is archived")
        if count:
            raise self._unknown(text, f"of {len(self.known)} archived runs {count} have ended and measured")
        check_readable(self.results)
        raise InputError(
            f"no run {text!r}: all that are archived here measured nothing, or have not ended",
            next_step="`invoke matrix` measures; `invoke runs` lists what is archived",
        )

    def _of_commit(self, revision: str) -> Run | None:
        return self._first(lambda head: head.git is not None and head.git.commit.startswith(revision))

    def _first(self, fits: Callable[[Outline], bool]) -> Run | None:
        """The newest that fits and has ended and measured; where none has, the newest that fits."""
        fallback: Run | None = None
        for head in heads(self.results, self.known):
            if isinstance(head, UnreadableRun) or not fits(head):
                continue
            run = _read(self.results, head.id, self.notify)
            if run is not None and not lacks(run):
                return run
            fallback = fallback or run
        return fallback

    def _from_elsewhere(self, text: str, revision: str) -> Run:
        path = Path(text)
        try:
            if path.is_dir():
                return read_foreign(path / RECORD)
            if path.is_file():
                return unbundle.read_record(path) if unbundle.is_packed(path) else read_foreign(path)
        except (OSError, ValueError) as error:  # a name that no file can have
            raise self._unknown(text, str(error)) from error
        if revision:
            raise self._unknown(text, f"none is of the commit {revision[:12]}")
        raise self._unknown(
            text, "no such file" if "/" in text else "no id, tag, revision or file is so named"
        )

    def _unknown(self, text: str, why: str) -> InputError:
        there = f"the newest here: {first_few(self.known, _TOLD)}" if self.known else _FIRST
        return InputError(f"no run {one_line(text)[:140]!r}: {one_line(why)}", next_step=f"{_KINDS}; {there}")


def _steps_back(text: str) -> int | None:
    match = _BACK.fullmatch(text or LATEST)
    return int(match[1] or 0) if match else None


def _by_id(text: str, known: Sequence[str]) -> str:
    if not _ID_PREFIX.fullmatch(text):
        return ""
    fits = [name for name in known if name.startswith(text)]
    if len(fits) > 1:
        what = f"{text!r} is the beginning of {len(fits)} runs"
        raise InputError(what, next_step=f"write more of it: {first_few(fits, _TOLD)}")
    return fits[0] if fits else ""
