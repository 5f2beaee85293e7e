"""Records, read: our own, and those that come from elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from imagematrix import record
from imagematrix.archive import sound
from imagematrix.archive.names import RECORD, ids, is_id
from imagematrix.errors import InputError
from imagematrix.model import Run
from imagematrix.text import one_line

if TYPE_CHECKING:
    from jsonschema import Draft7Validator  # noqa: TID251

RECORD_LIMIT_BYTES: Final = 64 << 20  # a variant takes some 100 kB
_INTEGER_LIMIT: Final = 1 << 63
_SAID_LIMIT: Final = 200  # characters of what a record has in a wrong place
_UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_NEXT: Final = "`invoke runs` lists the archived runs"


def newest_first(results: Path) -> Iterator[Run]:
    """The archived runs that can be read, newest first, each read when it is asked for."""
    for name in ids(results):
        with suppress(InputError):
            yield read(results / name / RECORD)


def read(path: Path) -> Run:
    """One record of ours.  Raises InputError when it is not there, not a record of this version, or not here."""
    try:
        run = _run(json.loads(_bounded(path)), path.parent)
    except _UNREADABLE as error:
        what = f"not a record that this version reads: {one_line(str(error))[:_SAID_LIMIT]}"
        raise InputError(what, where=str(path), next_step=_NEXT) from error
    check_place(run.id, path)
    return run


def _run(told: Any, folder: Path) -> Run:
    """Raises one of `_UNREADABLE` where the record holds what no record can."""
    run = record.from_json(told, folder)
    sound.check_tables(told)
    sound.check(run)
    return run


def check_place(run_id: object, path: Path) -> None:
    """Raise InputError where an archived record lies in a folder that is not named by its id."""
    if run_id != path.parent.name:
        said = one_line(str(run_id))[:_SAID_LIMIT]
        raise InputError(
            f"set aside: it says that it is run {said}, which is not its folder's name",
            where=str(path),
            next_step=f"give the folder that name, or name the record by its path: {path}",
        )


def read_foreign(path: Path) -> Run:
    """One record from elsewhere, which may say anything.  Raises InputError."""
    return parse_record(_bounded(path), where=str(path), folder=path.parent)


def _bounded(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():  # a pipe, say, which would never end
            raise InputError("no record of a run: it is no file", where=str(path), next_step=_NEXT)
        with path.open("rb") as file:
            raw = file.read(RECORD_LIMIT_BYTES + 1)
    except OSError as error:
        what = f"no record of a run: {error.strerror}"
        raise InputError(what, where=str(path), next_step=_NEXT) from error
    if len(raw) > RECORD_LIMIT_BYTES:
        raise InputError(
            f"larger than any record ({RECORD_LIMIT_BYTES} bytes)", where=str(path), next_step=_NEXT
        )
    return raw


def parse_record(raw: str | bytes, *, where: str = "", folder: Path = Path()) -> Run:
    """The run that a text from elsewhere tells of, held against run.schema.json before it is believed.

    `where` is the place to be named, `folder` the one where its logs would lie.  Raises InputError.
    """
    if len(raw) > RECORD_LIMIT_BYTES:
        raise _refused(f"larger than any record ({RECORD_LIMIT_BYTES} bytes)", where)
    try:
        told = json.loads(raw, parse_int=_integer, parse_float=_finite, parse_constant=_finite)
        json.dumps(told, ensure_ascii=False).encode()  # half a surrogate pair could not be written again
        if not isinstance(told, dict) or "schema_version" not in told:
            raise _refused("no record of a run: it has no schema_version", where)
        if told["schema_version"] != record.SCHEMA_VERSION:
            said = one_line(str(told["schema_version"]))[:_SAID_LIMIT]
            raise _refused(
                f"schema_version {said} is not {record.SCHEMA_VERSION}, which this version reads", where
            )
        for error in _validator().iter_errors(told):
            place = ".".join(str(part) for part in error.absolute_path) or "the record"
            raise _refused(f"not a record: {one_line(f'{place}: {error.message}')[:_SAID_LIMIT]}", where)
        if not is_id(told["id"]):
            raise ValueError("its id is no id of a run")
        logs = [variant["build"]["log"] for variant in told["variants"] if variant["build"]]
        if any(Path(log).is_absolute() or ".." in Path(log).parts for log in logs):
            raise ValueError("it names a log outside its folder")
        return _run(told, folder)
    except _UNREADABLE as error:
        raise _refused(f"not a record: {one_line(str(error))[:_SAID_LIMIT]}", where) from error


def _refused(what: str, where: str) -> InputError:
    return InputError(what, where=where, next_step="name a run.json or a bundle that imagematrix has written")


def _integer(text: str) -> int:
    number = int(text)
    if abs(number) >= _INTEGER_LIMIT:
        raise ValueError("a number is too large")
    return number


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no number")
    return number


@cache
def _validator() -> Draft7Validator:
    # Imported where it is needed: only records from elsewhere pay for it.
    from jsonschema import Draft7Validator  # noqa: TID251

    schema = json.loads(
        resources.files("imagematrix").joinpath("run.schema.json").read_text(encoding="utf-8")
    )
    # What is in a table or a list is left to `sound`, which is some hundred times as fast.
    for kind in schema["definitions"]["measurement"]["properties"]["value"]["anyOf"]:
        kind.pop("items", None)
        for inner in kind.get("properties", {}).values():
            inner.pop("items", None)
    return Draft7Validator(schema)
