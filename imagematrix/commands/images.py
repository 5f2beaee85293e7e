"""Measure images that are no variants: on the engine, Node or not, or in an archive without any engine."""

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


def some_images(settings: Settings, show: Show) -> Outcome:
    """All that is read of these images; nothing is built, started or archived."""
    if show.dry:
        what = ", ".join(settings.images) or settings.image_archive
        return Outcome(text=f"would measure {what}; nothing is touched\n")
    with show.progress() as progress:
        read = _of_archive if settings.image_archive else _of_engine
        found = read(settings, progress)
    if show.json:
        return Outcome(text=as_json([result_json(result) for result in found]))
    return Outcome(text="".join(full_view(result, look=show.look) for result in found))


def _of_engine(settings: Settings, progress: Progress) -> list[Result]:
    """By their layers: without a base image that is known, an engine's figures do not do, and they are read."""
    where = places(settings)
    found = engine.find(where, notify=progress.notice, to_build=False)
    try:
        with guard(found, Step.MEASURE), closing(engine.connect(found)) as client:
            read = [
                image.read_image(found, client, ref, config_digest="", bases=(), cache=where.cache)
                for ref in settings.images
            ]
            layers = image.read_layers(
                lambda: engine.connect(found),
                {each.ref: [layer.diff_id for layer in each.layers] for each in read},
                cache=where.cache / "layers",
                compressing=_compressing(settings),
                exact_sizes=settings.exact_download,
                on_progress=_noting(progress, "layers"),
                stop=threading.Event(),
            )
    except StepError as failure:
        raise InputError(
            f"the image cannot be measured: {failure.reason}",
            where=", ".join(settings.images),
            next_step="`docker images` lists what is on the engine; --image takes a name or an id",
        ) from failure
    return [_result(each.ref, image.of_layers(found, each, layers)) for each in read]


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
