"""Command `archive`: a run in one file, and whether such a file is as it was packed."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from imagematrix import archive, engine, image
from imagematrix.archive import bundle as bundles
from imagematrix.archive import unbundle
from imagematrix.commands.outcome import Outcome, Show, as_json, places, short
from imagematrix.commands.report import STDOUT, concluded
from imagematrix.commands.which import which
from imagematrix.container import Client
from imagematrix.engine.guard import guard
from imagematrix.errors import EngineError, InputError, MachineError, StepError
from imagematrix.model import NAMESPACE, Engine, Result, Run, Step, StepEvent
from imagematrix.report.formats import FORMATS
from imagematrix.report.progress import Progress
from imagematrix.settings import Settings
from imagematrix.text import one_line
from imagematrix.units import size

_REPORTS: Final = ("markdown", "html")  # for people, without this tool


def bundle(settings: Settings, show: Show) -> Outcome:
    """Pack a run; with --verify check a bundle.  Exit code 1 when it is not as it was packed.

    That a file was written is told on standard error, and with --json as an object.
    """
    if settings.verify:
        return _verified(settings, show)
    results = places(settings).results
    run = which(settings, show, settings.run)
    if not (results / run.id / archive.RECORD).is_file():
        raise InputError(
            f"the run {run.id} is not archived here",
            where=f"--run {settings.run}",
            next_step="pack it where it was made, or put its folder into results/",
        )
    if archive.in_progress(results / run.id):
        raise InputError(f"the run {run.id} is still running", next_step="pack it when it has ended")
    out = _out(settings, show, run)
    parts = bundles.own_parts(results, run)
    reports = {f"report{FORMATS[name].suffix}": name for name in _REPORTS}
    if show.dry:
        saved = [_image_name(result) for result in _images(run)] if settings.with_images else []
        return _would_write(run, out, [*parts, *reports, *saved, unbundle.SUMS], show)
    report = replace(concluded(results, run, _REPORTS), place=f"{unbundle.PREFIX}{run.id}/{archive.RECORD}")
    parts |= {name: FORMATS[form].write(report).encode() for name, form in reports.items()}
    with show.progress() as progress:
        with _saved(settings, run, _beside(settings, out), progress) as images:
            packed = bundles.pack(out, run, parts | images)
        files = [*parts, *images, unbundle.SUMS]
        progress.notice(f"wrote {short(out)}: run {run.id}, {_amount(len(files), packed)}")
    told = {"run": run.id, "written": True, "path": str(out), **asdict(packed), "files": files}
    return Outcome(text=as_json(told) if show.json else "")


def _amount(files: int, of: bundles.Packed | unbundle.Checked) -> str:
    return f"{files} files, {size(of.packed_bytes)} packed, {size(of.unpacked_bytes)} unpacked"


def _would_write(run: Run, out: Path, names: Sequence[str], show: Show) -> Outcome:
    if show.json:
        return Outcome(
            text=as_json({"run": run.id, "written": False, "path": str(out), "files": list(names)})
        )
    lines = "".join(f"  {one_line(name)}\n" for name in names)
    return Outcome(text=f"would write {short(out)}:\n{lines}")


def _out(settings: Settings, show: Show, run: Run) -> Path:
    """The file to write: in the folder where the user stands, unless --output names another, or a file.

    Raises InputError where that is standard output, and something else goes there.
    """
    if settings.output == STDOUT:
        if show.json or os.isatty(1):
            why = "--json tells of the bundle there" if show.json else "it is a terminal"
            raise InputError(
                f"a bundle cannot go to standard output: {why}",
                where="--output -",
                next_step="name a file or a folder by --output, or send standard output to one",
            )
        return Path("/dev/stdout")
    out = Path(settings.output or ".").absolute()
    return out / bundles.file_name(run) if out.is_dir() or settings.output.endswith("/") else out


def _beside(settings: Settings, out: Path) -> Path:
    """The folder for images on their way: that of the bundle, unless this is a pipe or a device."""
    return out.parent if out.is_file() or not out.exists() else places(settings).cache / "scratch"


def _images(run: Run) -> list[Result]:
    """The variants that have an image, each image once."""
    return list({result.image.config_digest: result for result in run.results if result.image}.values())


def _image_name(result: Result) -> str:
    return f"{unbundle.IMAGES}{result.label}.tar"


@contextmanager
def _saved(settings: Settings, run: Run, beside: Path, progress: Progress) -> Iterator[dict[str, Path]]:
    """With --with-images, those that are still on the engine, in files that are gone afterwards."""
    if not settings.with_images:
        yield {}
        return
    found = engine.find(places(settings), notify=progress.notice, to_build=False)
    try:
        beside.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".imagematrix-", dir=beside) as folder:
            with guard(found, Step.MEASURE), closing(engine.connect(found)) as client:
                saved = {
                    _image_name(result): path
                    for number, result in enumerate(_images(run))
                    if _save(found, client, run, result, path := Path(folder) / str(number), progress)
                }
            yield saved
    except StepError as failure:
        next_step = "pack the run without --with-images"
        raise EngineError(
            f"an image cannot be saved: {failure.reason}", where=found.host, next_step=next_step
        ) from failure
    except OSError as error:
        next_step = "make room there, or name another folder by --output"
        raise MachineError(
            f"an image cannot be saved: {error.strerror or error}", where=str(beside), next_step=next_step
        ) from error


def _save(found: Engine, client: Client, run: Run, result: Result, path: Path, progress: Progress) -> bool:
    """Save the image of one variant; False where the engine does not have it any more."""
    assert result.image is not None
    event = StepEvent(subject=result.label, step="save", state="started")
    progress(event)
    begun = time.monotonic()
    ref = f"{NAMESPACE}/{run.app}:{'-'.join([result.name, *map(''.join, result.axes)])}"
    there = image.save_image(found, client, result.image.config_digest, ref, path)
    detail = "" if there else "left out: its image is not on the engine any more"
    progress(replace(event, state="done", detail=detail, seconds=time.monotonic() - begun))
    return there


def _verified(settings: Settings, show: Show) -> Outcome:
    if settings.with_images or settings.run or settings.output:
        next_step = "leave the other flags out"
        raise InputError("--verify checks a bundle, and makes none", where="--verify", next_step=next_step)
    path = Path(settings.verify)
    checked = unbundle.check(path)
    code = 1 if checked.faults else 0
    if show.json:
        return Outcome(text=as_json({"ok": not checked.faults, **asdict(checked)}), exit_code=code)
    what = f"{one_line(short(path))}: run {checked.run_id}, {_amount(checked.files, checked)}"
    if not checked.faults:
        return Outcome(text=f"{what}: all as they were packed\n")
    faults = "".join(f"  {one_line(fault)}\n" for fault in checked.faults)
    return Outcome(text=f"{what}: not as it was packed\n{faults}", exit_code=code)
