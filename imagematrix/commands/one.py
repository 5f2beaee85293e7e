"""Measure one image that is not a variant: on the engine, Node or not, or in an archive without any engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from imagematrix import engine, image
from imagematrix.commands.outcome import Outcome, Show, as_json, places
from imagematrix.engine.guard import guard
from imagematrix.errors import InputError, StepError
from imagematrix.image.subject import Subject
from imagematrix.model import Result, Status, Step, StepEvent
from imagematrix.record import result_json
from imagematrix.report.full import full_view
from imagematrix.report.progress import Progress
from imagematrix.settings import Settings


def one_image(settings: Settings, show: Show) -> Outcome:
    """All that is read of one image; nothing is built, started or archived."""
    if show.dry:
        return Outcome(text=f"would measure {settings.image or settings.image_archive}; nothing is touched\n")
    with show.progress() as progress:
        found = (
            _of_archive(settings, progress) if settings.image_archive else [_of_engine(settings, progress)]
        )
    if show.json:
        told = [result_json(result) for result in found]
        return Outcome(text=as_json(told[0] if len(told) == 1 else told))
    return Outcome(text="".join(full_view(result, look=show.look) for result in found))


def _of_engine(settings: Settings, progress: Progress) -> Result:
    """By its layers: without a base image that is known, an engine's figures do not do, and they are read."""
    where, stop = places(settings), threading.Event()
    found = engine.find(where, notify=progress.notice, to_build=False)
    try:
        with guard(found, Step.MEASURE), closing(engine.connect(found)) as client:
            read = image.read_image(
                found, client, settings.image, config_digest="", bases=(), cache=where.cache
            )
            layers = image.read_layers(
                client,
                {read.ref: [layer.diff_id for layer in read.layers]},
                cache=where.cache / "layers",
                compressing=_compressing(settings),
                exact_sizes=settings.exact_download,
                on_progress=_noting(progress, settings.image),
                stop=stop,
            )
    except StepError as failure:
        raise InputError(
            f"the image cannot be measured: {failure.reason}",
            where=settings.image,
            next_step="`docker images` lists what is on the engine; --image takes a name or an id",
        ) from failure
    return _result(settings.image, image.of_layers(found, read, layers))


def _of_archive(settings: Settings, progress: Progress) -> list[Result]:
    path = Path(settings.image_archive)
    images, layers = image.read_archive(
        path,
        cache=places(settings).cache / "layers",
        compressing=_compressing(settings),
        exact_sizes=settings.exact_download,
        on_progress=_noting(progress, path.name),
        stop=threading.Event(),
    )
    return [_result(read.ref, image.of_layers(None, read, layers)) for read in images]


def _compressing(settings: Settings) -> type[image.ExactSampler] | type[image.Sampler]:
    return image.ExactSampler if settings.exact_download else image.Sampler


def _noting(progress: Progress, subject: str) -> Callable[[str], None]:
    return lambda text: progress(StepEvent(subject=subject, step=Step.MEASURE, state="note", detail=text))


def _result(label: str, subject: Subject) -> Result:
    measured = (*image.measures(subject.engine, subject.image, ()), *image.examine(subject))
    return Result(
        name=label,
        axes=(),
        label=label,
        status=Status.PASSED,
        reason="",
        image=subject.image,
        measurements=measured,
        findings=image.addon_findings(subject, measured),
    )
