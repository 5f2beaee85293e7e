"""What came in with the build context and should have stayed out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from imagematrix.model import Cell, Finding, Instruction, Result, Severity
from imagematrix.text import first_few
from imagematrix.units import size
from imagematrix.verdicts.findings.figures import NAMED, records, whole
from imagematrix.verdicts.findings.places import any_stage, at, by_layer, quoted

_ENV: Final = re.compile(r"/\.env[^/]*$")
# COPY . /app: all of a folder, and not out of another stage.
_COPIES_ALL: Final = re.compile(r"^(?!.*--from=)(?:--\S+\s+)*(?:\./?|\*)\s")
_HISTORY: Final = (".git", ".hg", ".svn")
_HOST: Final = "node_modules of the host"  # image/leftovers.py


def secret_file(result: Result) -> Iterator[Finding]:
    """`secret-file`: one finding a file.  Whoever has the image has the file, deleted above or not.

    An environment file may hold nothing but harmless settings: its name alone does not tell.
    """
    makers = by_layer(result)
    rows = sorted(records(result, "secret_files"), key=lambda row: str(row["path"]))
    for path, group in groupby(rows, key=lambda row: str(row["path"])):
        found = list(group)
        severity = Severity.MEDIUM if _ENV.search(path) else Severity.HIGH
        file, line = at(makers.get(whole(found[0]["layer"])))
        yield Finding(
            rule="secret-file",
            severity=severity,
            text=f"{path} ({found[0]['why']}) is {_where(found)}",
            remedy="keep it out by .dockerignore or hand it in by RUN --mount=type=secret, and change what it holds",
            measurement="secret_files",
            file=file,
            line=line,
        )


def _where(found: list[Mapping[str, Cell]]) -> str:
    layers = [f"layer {row['layer']} ({quoted(str(row['created_by']))})" for row in found if row["layer"]]
    if not layers:
        return "in the image"
    hidden = "" if any(row["seen"] is True for row in found) else ", though no container sees it any more"
    return f"in {first_few(layers, 3)}{hidden}"


def context_leftovers(result: Result) -> Iterator[Finding]:
    """`context-leftovers`: one finding for all; a whole history, or another machine's packages, matter more."""
    rows = records(result, "context_leftovers")
    if not rows:
        return
    paths = [str(row["path"]) for row in rows]
    grave = any(path.rpartition("/")[2] in _HISTORY for path in paths) or any(r["why"] == _HOST for r in rows)
    told = [f"{row['path']} ({row['why']}, {size(whole(row['bytes']))})" for row in rows]
    names = list(dict.fromkeys(path.rpartition("/")[2] for path in paths))
    where: Instruction | None = any_stage(result, "COPY", _COPIES_ALL)
    file, line = at(where)
    yield Finding(
        rule="context-leftovers",
        severity=Severity.MEDIUM if grave else Severity.LOW,
        text=f"files that the app does not need: {first_few(told, NAMED)}",
        remedy=f"name them in .dockerignore: {first_few(names, 12)}",
        measurement="context_leftovers",
        file=file,
        line=line,
    )
