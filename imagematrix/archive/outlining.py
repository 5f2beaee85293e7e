"""Archived runs in outline: of thousands of them, what a list shows, or where a tag or a revision is.

A record's outline is read by its layout, which is ours: `json.dumps` with an indent of 2 puts each member of
a variant on a line that begins with six spaces, and no text has a line break in it.  A record that is laid
out in any other way is decoded whole.  That is some 20 times as fast, and needs no index that could differ
from the records.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from imagematrix.archive import sound
from imagematrix.archive.folder import goes_on, in_progress
from imagematrix.archive.names import RECORD, ids
from imagematrix.archive.reading import RECORD_LIMIT_BYTES, check_place, read
from imagematrix.errors import InputError
from imagematrix.model import EngineFacts, Git, Run, RunStatus, Status, UnreadableRun
from imagematrix.model.outline import Outline, OutlinedVariant
from imagematrix.record import SCHEMA_VERSION

_HEAD_BYTES: Final = 16 << 10  # a record has all but its variants in some 1.5 kB
_BEGINS: Final = b'{\n  "schema_version": %d,\n' % SCHEMA_VERSION
_VARIANTS: Final = b',\n  "variants": ['
_ENDS: Final = b"\n}\n"
_MEMBERS: Final = (b'\n      "name": ', b'\n      "label": ', b'\n      "status": ', b'\n      "reason": ')


def outlines(results: Path, *, since: str = "", until: str = "") -> Iterator[Outline | UnreadableRun]:
    """The archived runs, newest first, each read when it is asked for.

    `since` and `until` are times as ids begin with, both of them included; "" is no bound.
    """
    for name in ids(results):
        begun = name.partition("-")[0]
        if since <= begun and (not until or begun <= until):
            yield outline(results / name)


def outline(folder: Path) -> Outline | UnreadableRun:
    """One run in outline."""
    try:
        told = _by_layout(folder / RECORD) or _of_run(read(folder / RECORD))
        check_place(told.id, folder / RECORD)
    except InputError as error:
        begun = not (folder / RECORD).exists() and in_progress(folder)
        reason = "it is running, and nothing is reached yet" if begun else error.what
        return UnreadableRun(id=folder.name, reason=reason)
    return replace(told, running=goes_on(told.status, folder))


def heads(results: Path, names: Iterable[str]) -> Iterator[Outline | UnreadableRun]:
    """These runs; `variants` is () here, and `running` False.  Each is read when it is asked for."""
    for name in names:
        path = results / name / RECORD
        try:
            yield _head_alone(path) or _of_run(read(path))
        except InputError as error:
            yield UnreadableRun(id=name, reason=error.what)


def _head_alone(path: Path) -> Outline | None:
    """What the beginning of a record tells, where it is laid out as ours are.  Raises InputError."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = _head(file.read(_HEAD_BYTES))
    except OSError:
        return None
    told = _outline(head, ()) if head is not None else None
    if told is not None:
        check_place(told.id, path)
    return told


def _by_layout(path: Path) -> Outline | None:
    """The outline of a record that is laid out as ours are; None where it is not, or not there."""
    try:
        if not path.is_file() or path.stat().st_size > RECORD_LIMIT_BYTES:
            return None  # a pipe, say, which would never end
        raw = path.read_bytes()
    except OSError:
        return None
    head = _head(raw)
    if head is None or not raw.endswith(_ENDS):
        return None
    variants = []
    at = raw.index(_VARIANTS)
    try:
        while (at := raw.find(_MEMBERS[0], at)) >= 0:
            texts = []
            for member in _MEMBERS:
                start = raw.index(member, at) + len(member)
                at = raw.index(b"\n", start)
                texts.append(json.loads(raw[start:at].rstrip(b",")))
            name, label, status, reason = texts
            variants.append(OutlinedVariant(name=name, label=label, status=Status(status), reason=reason))
    except (ValueError, RecursionError):
        return None
    return _outline(head, tuple(variants))


def _head(raw: bytes) -> Mapping[str, Any] | None:
    """What a record has before its variants."""
    end = raw.find(_VARIANTS)
    if end < 0 or not raw.startswith(_BEGINS):
        return None
    try:
        head: dict[str, Any] = json.loads(raw[:end] + _ENDS)
    except (ValueError, RecursionError):
        return None
    return head


def _outline(head: Mapping[str, Any], variants: tuple[OutlinedVariant, ...]) -> Outline | None:
    try:
        told = Outline(
            id=head["id"],
            started_at=head["started_at"],
            seconds=head["seconds"],
            status=RunStatus(head["status"]),
            running=False,
            engine=EngineFacts(**head["engine"]),
            git=head["git"] and Git(**head["git"]),
            app=head["app"],
            tag=head["tag"],
            variants=variants,
        )
        sound.check(told)
        return told
    except (KeyError, TypeError, ValueError):
        return None


def _of_run(run: Run) -> Outline:
    variants = (
        OutlinedVariant(name=r.name, label=r.label, status=r.status, reason=r.reason) for r in run.results
    )
    return Outline(
        id=run.id,
        started_at=run.started_at,
        seconds=run.seconds,
        status=run.status,
        running=False,
        engine=run.engine,
        git=run.git,
        app=run.app,
        tag=run.tag,
        variants=tuple(variants),
    )
