"""Two archived runs and a bundle whose every text is hostile, and the commands over them, as a user gives them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from imagematrix import record, settings
from imagematrix.archive.reading import _validator
from imagematrix.commands.bundle import bundle
from imagematrix.commands.compare import compare
from imagematrix.commands.findings import findings
from imagematrix.commands.outcome import Show
from imagematrix.commands.report import report
from imagematrix.commands.runs import runs
from imagematrix.commands.trend import trend
from imagematrix.errors import ImagematrixError
from imagematrix.model import Result, Run, Value
from imagematrix.report.console import Look
from imagematrix.report.progress import PlainProgress
from tests.commands.reading import READING, Command
from tests.hostile import tars
from tests.hostile_text.turning import turned
from tests.hostile_text.wholes import harmless

OLD: Final = "20260101T000000Z-aaaaaa"
NEW: Final = "20260102T000000Z-bbbbbb"
BUNDLE: Final = "bundle.tar.gz"  # of the older, in the folder
NAME: Final = "\x1b[35;45m\x1b]0;TURNED\x07\x9b31m\u202e"  # of a file in it
COMMANDS: Final[dict[str, tuple[Command, dict[str, object]]]] = {
    **READING,
    "report": (report, {}),
    "archive --verify": (bundle, {"verify": BUNDLE}),
    "compare of a bundle": (compare, {"old": BUNDLE, "new": NEW}),
    "findings of a bundle": (findings, {"run": BUNDLE}),
    "report of a bundle": (report, {"run": BUNDLE}),
    "no such variant, findings": (findings, {"variant": ["nothing"]}),
    "no such variant, compare": (compare, {"variant": ["nothing"]}),
    "no such variants, compare": (compare, {"variant": ["nothing", "either"]}),
    "no such variant, trend": (trend, {"variant": ["nothing"]}),
    "no such figure, trend": (trend, {"figure": ["nothing"]}),
    "no such variant, runs": (runs, {"variant": ["nothing"]}),
}


def archived(folder: Path, text: str) -> Path:
    """The folder of a matrix file, with the two runs beside it; the newer is larger, and broke more."""
    whole = turned(harmless(), text)
    for name, more in ((OLD, 0), (NEW, 1_000_000)):
        run = replace(whole.run, id=name, started_at=f"{name[:4]}-{name[4:6]}-{name[6:8]}T00:00:00Z")
        run = replace(run, results=tuple(_grown(each, text, more) for each in run.results), baseline=OLD)
        (folder / "results" / name).mkdir(parents=True)
        told = record.to_json(run)
        written = json.dumps(told, indent=2)
        (folder / "results" / name / "run.json").write_text(f"{written}\n", encoding="ascii")
        if name == OLD:
            sound = json.dumps(_as_its_schema_has_it(told, text))
            (folder / BUNDLE).write_bytes(_bundled(sound.encode()))
    return folder


def _as_its_schema_has_it(told: Any, text: str) -> Any:
    """The record without the text where one from elsewhere may have none: it would be refused for that."""
    for error in list(_validator().iter_errors(told)):
        *path, last = error.absolute_path
        holder = told
        for step in path:
            holder = holder[step]
        holder[last] = error.instance.replace(text, "")
    return told


def _bundled(record: bytes) -> bytes:
    """A record in a bundle that lists a file which is not there, and ends with one that no bundle has."""
    sums = "".join(f"{hashlib.sha256(record).hexdigest()}  {name}\n" for name in ("run.json", f"lost {NAME}"))
    files = {"run.json": record, "SHA256SUMS": sums.encode(), f"more {NAME}": b""}
    parts = [tars.member(f"imagematrix-{OLD}/{name}".encode(), told) for name, told in files.items()]
    return gzip.compress(b"".join(parts) + tars.END, 1, mtime=0)


def read_again(folder: Path) -> Run:
    told = json.loads((folder / "results" / NEW / "run.json").read_text(encoding="ascii"))
    return record.from_json(told, folder / "results" / NEW)


def done(
    folder: Path, name: str, *, as_json: bool = False, width: int = 100, color: bool = False
) -> tuple[str, str]:
    """What a command says on standard output, and on standard error with the message that it ends with."""
    command, flags = COMMANDS[name]
    given = {flag: str(folder / BUNDLE) if value == BUNDLE else value for flag, value in flags.items()}
    given["file"] = str(folder / "variants.yml")
    resolved = settings.resolve({}, given, {"XDG_CACHE_HOME": str(folder / "cache")})
    beside = io.StringIO()
    progress = PlainProgress(Console(file=beside, width=width, markup=False, highlight=False, soft_wrap=True))
    show = Show(look=Look(width=width, color=color), json=as_json, dry=False, progress=lambda: progress)
    try:
        out = command(resolved, show).text
    except ImagematrixError as error:
        return "", f"{beside.getvalue()}{error}"
    return out, beside.getvalue()


def _grown(result: Result, text: str, more: int) -> Result:
    """The same in another run: with another layer, other packages and other answers, where there is more."""
    if result.image is None or not more:
        return result
    *below, top = result.image.layers
    layer = replace(top, diff_id=f"{top.diff_id}{more}", bytes=top.bytes + more)
    image = replace(
        result.image,
        config_digest=f"{result.image.config_digest}{more}",
        unpacked_bytes=result.image.unpacked_bytes + more,
        layers=(*below, layer),
    )
    answers: dict[str, Value] = {"user": f"{text} node", "libc": f"{text} glibc", "shells": (f"{text} bash",)}
    measurements = tuple(
        replace(each, value=answers[each.name])
        if each.name in answers
        else replace(each, value=each.value + more)
        if each.unit == "bytes" and isinstance(each.value, int) and each.measured
        else each
        for each in result.measurements
    )
    return replace(
        result,
        image=image,
        measurements=measurements,
        findings=result.findings[1:],
        budgets=result.budgets[1:],
    )
