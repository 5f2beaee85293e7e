"""Two archived runs whose every text is hostile, and the commands over them, as a user gives them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console

from imagematrix import record, settings
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
from tests.hostile_text.turning import turned
from tests.hostile_text.wholes import harmless

OLD: Final = "20260101T000000Z-aaaaaa"
NEW: Final = "20260102T000000Z-bbbbbb"
COMMANDS: Final[dict[str, tuple[Command, dict[str, object]]]] = {
    **READING,
    "report": (report, {}),
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
        told = json.dumps(record.to_json(run), indent=2)
        (folder / "results" / name / "run.json").write_text(f"{told}\n", encoding="ascii")
    return folder


def read_again(folder: Path) -> Run:
    told = json.loads((folder / "results" / NEW / "run.json").read_text(encoding="ascii"))
    return record.from_json(told, folder / "results" / NEW)


def done(
    folder: Path, name: str, *, as_json: bool = False, width: int = 100, color: bool = False
) -> tuple[str, str]:
    """What a command says on standard output, and on standard error with the message that it ends with."""
    command, flags = COMMANDS[name]
    resolved = settings.resolve(
        {}, {**flags, "file": str(folder / "variants.yml")}, {"XDG_CACHE_HOME": str(folder / "cache")}
    )
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
