"""Command `report`: what a run came to, in the format that someone wants to read it in."""

from __future__ import annotations

import webbrowser
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from imagematrix import archive, whole
from imagematrix.commands.outcome import Outcome, Show, as_json, places, short
from imagematrix.commands.which import concluded_from, tell
from imagematrix.errors import InputError, MachineError
from imagematrix.model import Listing, Report, Run, Series
from imagematrix.report.formats import FORMATS
from imagematrix.report.whole_run import whole_run
from imagematrix.settings import Settings
from imagematrix.verdicts.advise import advise
from imagematrix.verdicts.trend import trend

_NAME: Final = "report"  # of a file, before its suffix
STDOUT: Final = "-"  # as --output, what elsewhere means standard output too
_TREND_RUNS: Final = 50  # that a trend looks back at; reading a record takes some 10 ms


def report(settings: Settings, show: Show) -> Outcome:
    """Write a report; without `--output` to standard output, but the HTML page beside the run's record.

    Standard output is for the report alone: which files were written is told on standard error, and with --json
    as an object.
    """
    names = _formats(settings, show)
    results = places(settings).results
    run = concluded_from(settings, show, settings.run)
    files = _files(settings, names, results / run.id)
    if show.dry:
        return _would_write(run, names, files, show)
    made = concluded(results, run, names, elsewhere=settings.run)
    if not files:
        (name,) = names
        text = whole_run(made, look=show.look) if name == "terminal" else FORMATS[name].write(made)
        return Outcome(text=text)
    for name, path in files.items():
        _write(path, FORMATS[name].write(made))
    tell(show, [f"wrote {short(path)}" for path in files.values()])
    if settings.open:
        tell(show, _opened(files["html"]))
    return Outcome(text=_written(run, files, written=True) if show.json else "")


def _would_write(run: Run, names: Sequence[str], files: Mapping[str, Path], show: Show) -> Outcome:
    if show.json:
        return Outcome(text=_written(run, files, written=False))
    would = "".join(f"would write {short(path)}\n" for path in files.values())
    return Outcome(text=would or f"would write {names[0]} to standard output\n")


def _written(run: Run, files: Mapping[str, Path], *, written: bool) -> str:
    told = {name: str(path.absolute()) for name, path in files.items()}
    return as_json({"run": run.id, "written": written, "files": told})


def _formats(settings: Settings, show: Show) -> tuple[str, ...]:
    """The names that were asked for, each once.  Raises InputError."""
    given = tuple(dict.fromkeys(filter(None, map(str.strip, settings.format.split(",")))))
    if show.json and given not in ((), ("json",)):
        raise InputError(
            "--json is the format json, and another was asked for",
            where="--json",
            next_step=f"leave it out, or use --format json,{settings.format} with --output FOLDER",
        )
    default = "json" if show.json else "html" if settings.open else "terminal"
    names = given or (default,)
    for name in names:
        if name not in FORMATS:
            raise InputError(
                f"no such format: {name!r}", where="--format", next_step=f"use one of {', '.join(FORMATS)}"
            )
    if settings.open and settings.output == STDOUT:
        raise InputError(
            "a browser is shown a file, and --output - is standard output",
            where="--open",
            next_step="name a file by --output, or leave one of the two out",
        )
    if settings.open and "html" not in names:
        raise InputError(
            "a browser is shown the html page alone",
            where="--open",
            next_step="use --format html, or leave --open out",
        )
    return names


def _files(settings: Settings, names: tuple[str, ...], folder: Path) -> dict[str, Path]:
    """Where each format goes; none where it goes to standard output.  `folder` is the run's own."""
    if settings.output == STDOUT and len(names) == 1:
        return {}
    if settings.output and settings.output != STDOUT:
        out = Path(settings.output)
        if out.is_dir() or settings.output.endswith("/") or (len(names) > 1 and not out.exists()):
            return {name: out / f"{_NAME}{FORMATS[name].suffix}" for name in names}
        if len(names) == 1:
            return {names[0]: out}
        raise InputError(
            f"{len(names)} formats cannot go into one file",
            where=f"--output {settings.output}",
            next_step="name a folder, or one format",
        )
    if names == ("html",) and not settings.output:
        if not folder.is_dir():
            raise InputError(
                "the run is not from the archive here, so there is no place beside its record",
                where="--run",
                next_step="say where the page is to go: --output FILE",
            )
        return {"html": folder / f"{_NAME}{FORMATS['html'].suffix}"}
    if len(names) > 1:
        raise InputError(
            f"{len(names)} formats cannot go to standard output together",
            where="--format",
            next_step="say where they are to go: --output FOLDER",
        )
    return {}


def _write(path: Path, text: str) -> None:
    try:
        whole.write(path, text.encode(), mode=0o644)
    except IsADirectoryError as error:
        next_step = "name a file or another folder by --output, or remove the one that is there"
        raise InputError("a folder is there already", where=str(path), next_step=next_step) from error
    except OSError as error:
        raise MachineError(
            f"the report cannot be written: {error.strerror or error}",
            where=str(path),
            next_step="make room there, make the folder writable, or name another by --output",
        ) from error


def _opened(path: Path) -> list[str]:
    """Show a page; what is to be told where no browser did."""
    try:
        shown = webbrowser.open(path.absolute().as_uri())
    except webbrowser.Error:
        shown = False
    return [] if shown else [f"no browser is here: open {path.absolute().as_uri()}"]


def concluded(results: Path, run: Run, names: Collection[str], *, elsewhere: str = "") -> Report:
    """A run with all that is concluded from it and its archive, as far as these formats show it.

    `elsewhere` is what the user calls it by, where it does not lie in `results`.
    """
    kept = results / run.id / archive.RECORD
    formats = [FORMATS[name] for name in names]
    return Report(
        run=run,
        place=short(kept) if kept.is_file() else elsewhere,
        advice=advise(run),
        trend=_trend(results, run) if any(each.trend for each in formats) else (),
        listings=_listings(results, run) if any(each.listings for each in formats) else {},
    )


def _trend(results: Path, run: Run) -> tuple[Series, ...]:
    return trend([run, *islice(archive.earlier(results, run), _TREND_RUNS)])


def _listings(results: Path, run: Run) -> dict[str, Listing]:
    """The files of each variant's image, by its label, where they are kept."""
    return {
        result.label: listing
        for result in run.results
        if result.image and (listing := archive.listing(results, result.image.config_digest))
    }
