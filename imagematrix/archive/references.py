"""Which run a text means: an id, a tag, a revision, `latest~2`, a file from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from imagematrix.archive import unbundle
from imagematrix.archive.names import RECORD, ids
from imagematrix.archive.outlining import heads
from imagematrix.archive.reading import read, read_foreign
from imagematrix.errors import InputError
from imagematrix.model import Run, RunStatus
from imagematrix.text import one_line

LATEST: Final = "latest"
PREVIOUS: Final = "previous"
_BACK: Final = re.compile(r"latest(?:~([0-9]{1,9}))?")
_ID_PREFIX: Final = re.compile(r"[0-9]{1,8}|[0-9]{8}T[0-9]{0,6}|[0-9]{8}T[0-9]{6}Z(?:-[0-9a-f]{0,6})?")
_REVISION: Final = re.compile(r"[0-9a-f]{7,40}(?:[0-9a-f]{24})?")  # SHA-1, or whole SHA-256
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_TOLD: Final = 5  # runs that a message lists
_MEASURED: Final = "bytes_by_origin"  # each variant has it, be it as unavailable, that was measured
_FIRST: Final = "`invoke matrix` makes the first"
_KINDS: Final = "name an id, latest, previous, latest~2, a tag, a git revision, a run.json or a bundle"


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


def resolve(results: Path, text: str, *, until: str = "") -> Run:
    """The run that a text means: the first of these that fits.

    - "" or `latest`: the newest run; `previous` or `latest~1`: the one before; `latest~2`: two before
    - an id, or a prefix that one run alone has
    - a tag: the newest run of it
    - a git revision, 7 hexadecimal digits or more: the newest run of that commit
    - a path to a run.json, to a folder with one, or to a bundle

    With `until`, the id of a run, only it and older ones are looked at, and it is the latest.
    Raises InputError where the text means none, or several, or one that cannot be read.
    """
    known = [name for name in _recorded(results) if not until or name <= until]
    if until and (not known or known[0] != until):
        known.insert(0, until)  # a run from elsewhere has its place in the order too
    return _meant(results, text, known)


def baseline(results: Path, text: str, before: str, *, app: str = "") -> Run | None:
    """The run that one is held against: of those older than `before`, the id of that one.

    "" is the newest that passed, measured, and is of the same app; `app` tells its name where the record of
    `before` is not there yet.  `latest` and `previous` are the newest.  None where there is no older run that
    these mean; else as `resolve`, with its errors.
    """
    known = [name for name in _recorded(results) if name < before]
    if text in (LATEST, PREVIOUS):
        return _readable(results, known[0]) if known else None
    if text:
        return _meant(results, text, known)
    wanted = app or next((head.app for _, head in heads(results, [before])), "")
    for name, head in heads(results, known):
        if head.status is RunStatus.PASSED and (not wanted or head.app == wanted):
            try:
                run = _readable(results, name)
            except InputError:
                continue  # torn behind its head: it counts as one that has not passed
            if any(figure.name == _MEASURED for result in run.results for figure in result.measurements):
                return run
    return None


def _recorded(results: Path) -> list[str]:
    """The runs that have a record, newest first; one that was begun a moment ago has none yet."""
    return [name for name in ids(results) if (results / name / RECORD).is_file()]


def _meant(results: Path, text: str, known: Sequence[str]) -> Run:
    text = text.strip()
    back = 1 if text == PREVIOUS else _steps_back(text)
    if back is not None:
        if back >= len(known):
            raise _unknown(
                text or LATEST, known, f"there are {len(known)} runs" if known else "no run is archived"
            )
        return _readable(results, known[back])
    if not _is_path(text):
        name = _by_id(text, known) or _by_head(results, text, known)
        if name:
            return _readable(results, name)
    return _from_elsewhere(text, known)


def _readable(results: Path, name: str) -> Run:
    return read(results / name / RECORD)


def _steps_back(text: str) -> int | None:
    match = _BACK.fullmatch(text or LATEST)
    return int(match[1] or 0) if match else None


def _is_path(text: str) -> bool:
    return "/" in text or text in (".", "..")


def _by_id(text: str, known: Sequence[str]) -> str:
    if not _ID_PREFIX.fullmatch(text):
        return ""
    fits = [name for name in known if name.startswith(text)]
    if len(fits) > 1:
        what = f"{text!r} is the beginning of {len(fits)} runs"
        raise InputError(what, next_step=f"write more of it: {_some(fits)}")
    return fits[0] if fits else ""


def _by_head(results: Path, text: str, known: Sequence[str]) -> str:
    """The newest run with this tag; where none has it, the newest of this commit."""
    of_commit = ""
    revision = _REVISION.fullmatch(text.lower()) is not None
    for name, head in heads(results, known):
        if head.tag == text:
            return name
        if revision and not of_commit and head.git is not None and head.git.commit.startswith(text.lower()):
            of_commit = name
    return of_commit


def _from_elsewhere(text: str, known: Sequence[str]) -> Run:
    path = Path(text)
    try:
        if path.is_dir():
            return read_foreign(path / RECORD)
        if path.is_file():
            return unbundle.read_record(path) if unbundle.is_packed(path) else read_foreign(path)
    except (OSError, ValueError) as error:  # a name that no file can have
        raise _unknown(text, known, str(error)) from error
    raise _unknown(
        text, known, "no such file" if _is_path(text) else "no id, tag, revision or file is so named"
    )


def _unknown(text: str, known: Sequence[str], why: str) -> InputError:
    there = f"; the newest here: {_some(known)}" if known else f"; {_FIRST}"
    return InputError(f"no run {one_line(text)[:140]!r}: {one_line(why)}", next_step=f"{_KINDS}{there}")


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _TOLD
    return ", ".join(names[:_TOLD]) + (f" and {rest} more" if rest > 0 else "")
