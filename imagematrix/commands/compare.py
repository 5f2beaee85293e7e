"""Command `compare`: what changed between two runs, two variants of a run, or two images on the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from imagematrix import archive
from imagematrix.commands.images import of_engine, would_measure
from imagematrix.commands.outcome import Outcome, Show, as_json, places
from imagematrix.commands.which import concluded_from, tell
from imagematrix.errors import InputError
from imagematrix.model import Listing, Result, Run
from imagematrix.model.difference import Comparison
from imagematrix.report.compare import comparison_view
from imagematrix.report.compare_json import comparison_json
from imagematrix.report.compare_markdown import comparison_markdown
from imagematrix.settings import Settings
from imagematrix.text import is_called, one_line
from imagematrix.verdicts.compare import compare as compare_runs
from imagematrix.verdicts.compare import compare_images, compare_variants

_FORMATS: Final = ("terminal", "markdown", "json")


def compare(settings: Settings, show: Show) -> Outcome:
    """The exit code is 0 whatever has changed: budgets are what a change can break."""
    wanted = _format(settings, show)
    _check(settings)
    if settings.images and show.dry:
        return would_measure(settings, show)
    found = _images(settings, show) if settings.images else _archived(settings, show)
    if wanted == "json":
        return Outcome(text=as_json(comparison_json(found)))
    return Outcome(
        text=comparison_markdown(found) if wanted == "markdown" else comparison_view(found, look=show.look)
    )


def _format(settings: Settings, show: Show) -> str:
    wanted = settings.format or ("json" if show.json else "terminal")
    if wanted not in _FORMATS:
        raise InputError(
            f"no such format: {wanted!r}", where="--format", next_step=f"use one of {', '.join(_FORMATS)}"
        )
    if show.json and wanted != "json":
        raise InputError(
            f"--json is the format json, and {wanted} was asked for",
            where="--json",
            next_step="leave one out",
        )
    return wanted


def _check(settings: Settings) -> None:
    """What is compared with what must be clear.  Raises InputError."""
    runs = [flag for flag, value in (("--old", settings.old), ("--new", settings.new)) if value]
    if settings.images and len(settings.images) != 2:
        raise InputError(
            f"{len(settings.images)} given, and two are compared",
            where="--image",
            next_step="give --image just twice: the old one, then the new one",
        )
    if len(settings.variants) > 2:
        raise InputError(
            f"{len(settings.variants)} given, and no more than two are compared",
            where="--variant",
            next_step="give --variant once, for that of two runs, or twice, for two of one run",
        )
    if settings.images and (settings.variants or runs):
        others = [*runs, *(["--variant"] if settings.variants else [])]
        raise InputError(
            f"images are compared with each other alone, and {' and '.join(others)} was given too",
            where="--image",
            next_step="leave one out",
        )
    if len(settings.variants) == 2 and settings.old:
        raise InputError(
            "two variants are compared within one run, and --old names another",
            where="--old",
            next_step="name the run of both by --new",
        )


def _images(settings: Settings, show: Show) -> Comparison:
    with show.progress() as progress:
        old, new = of_engine(settings, progress)
    return compare_images(old, new)


def _archived(settings: Settings, show: Show) -> Comparison:
    results = places(settings).results
    new = concluded_from(settings, show, settings.new)

    def files(config_digest: str) -> Listing | None:
        return archive.listing(results, config_digest)

    if len(settings.variants) == 2:
        old_variant, new_variant = (_variant(new, name) for name in settings.variants)
        return compare_variants(new, old_variant, new_variant, files)
    old = concluded_from(settings, show, settings.old) if settings.old else _before(results, new, show)
    labels = _labels(old, new, *settings.variants)
    return compare_runs(old, new, files, labels=labels)


def _before(results: Path, new: Run, show: Show) -> Run:
    """The one before of the same app, to conclude from.  Raises InputError."""
    notices: list[str] = []
    found = next(archive.earlier(results, new, notify=notices.append), None)
    tell(show, notices)
    if found is None:
        raise InputError(
            f"no run before {new.id} has ended and measured, so there is nothing to compare it with",
            where="--old",
            next_step="`invoke runs` lists the archived runs; --old names one, and `invoke matrix` makes one",
        )
    return found


def _labels(old: Run, new: Run, *wanted: str) -> tuple[str, ...]:
    """Those of the variants that are called so; () where none is wanted.  Raises InputError."""
    there = {result.label: result.name for run in (new, old) for result in run.results}
    for pattern in wanted:
        if not any(is_called(pattern, *names) for names in there.items()):
            raise InputError(
                f"no variant {pattern!r} in runs {old.id} and {new.id}",
                where="--variant",
                next_step=f"use one of {one_line(', '.join(there))}",
            )
    return tuple(
        label for label, name in there.items() if any(is_called(each, label, name) for each in wanted)
    )


def _variant(run: Run, wanted: str) -> Result:
    """By its label, or by its name where that has one row.  Raises InputError."""
    fits = [result for result in run.results if result.label == wanted]
    fits = fits or [result for result in run.results if result.name == wanted]
    if len(fits) == 1:
        return fits[0]
    there = one_line(", ".join(result.label for result in run.results))
    what = f"{len(fits)} rows of variant {wanted!r}" if fits else f"no variant {wanted!r}"
    raise InputError(f"{what} in run {run.id}", where="--variant", next_step=f"use one of {there}")
