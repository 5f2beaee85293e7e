"""Measure images that are no variants: on the engine, Node or not, or in an archive without any engine."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from imagematrix import engine, image
from imagematrix.commands.outcome import Outcome, Show, as_json, places
from imagematrix.container import Client
from imagematrix.engine.guard import guard
from imagematrix.errors import InputError, StepError
from imagematrix.image.subject import Subject
from imagematrix.model import Engine, EngineImage, How, Result, Status, Step, StepEvent
from imagematrix.record import result_json
from imagematrix.report.full import full_view
from imagematrix.report.progress import Progress
from imagematrix.report.sharing import sharing_table
from imagematrix.settings import Settings
from imagematrix.text import one_line
from imagematrix.verdicts.findings import findings
from imagematrix.verdicts.sharing import sharing


def some_images(settings: Settings, show: Show) -> Outcome:
    """All that is read of these images; nothing is built, started or archived.  Raises InputError."""
    _refuse_mixed(settings)
    if show.dry:
        return would_measure(settings, show)
    with show.progress() as progress:
        read = _of_archives if settings.image_archives else _on_engine
        found = [_result(ref, subject) for ref, subject in read(settings, progress)]
    if show.json:
        return Outcome(text=as_json([result_json(result) for result in found]))
    return Outcome(text="".join(full_view(result, look=show.look) for result in found) + _set(found, show))


def _set(found: Sequence[Result], show: Show) -> str:
    """What several images share, under the views of each."""
    shared = sharing(found)
    if shared is None or len(shared.variants) < 2:
        return ""
    near = {each.label for each in found if each.image and each.image.bytes_how is How.ESTIMATED}
    return sharing_table(shared, look=show.look, of="image", near=near)


def would_measure(settings: Settings, show: Show) -> Outcome:
    """What would be measured, without touching anything.  Raises InputError where an archive is seen to be none."""
    what = settings.images or settings.image_archives
    for path in settings.image_archives:
        image.check_archive(Path(path))
    if show.json:
        return Outcome(text=as_json({"would_measure": list(what)}))
    return Outcome(text=f"would measure {one_line(', '.join(what))}; nothing is touched\n")


def _refuse_mixed(settings: Settings) -> None:
    """Flags that each mean something else to measure."""
    one = "--image" if settings.images else "--image-archive"
    if settings.images and settings.image_archives:
        other = "--image-archive"
    elif settings.variants or settings.settings:
        other = "--variant" if settings.variants else "--set"
    elif ignored := next((flag for flag, given in _of_a_run(settings) if given), ""):
        raise InputError(
            f"{one} measures images alone: no run is archived, and nothing is started that {ignored} is about",
            where=ignored,
            next_step=f"leave out {ignored}, or {one}",
        )
    else:
        return
    raise InputError(
        f"{one} and {other} name different things to measure",
        where=other,
        next_step="give one of them, and the other in a run of its own",
    )


def _of_a_run(settings: Settings) -> tuple[tuple[str, object], ...]:
    return (("--tag", settings.tag), ("--baseline", settings.baseline), ("--fresh", settings.fresh))


def of_engine(settings: Settings, progress: Progress) -> list[Result]:
    """The images that the settings name, in their order, each with its files.  Raises InputError."""
    return [
        replace(_result(ref, subject), listing=image.listing(subject))
        for ref, subject in _on_engine(settings, progress)
    ]


def _on_engine(settings: Settings, progress: Progress) -> list[tuple[str, Subject]]:
    found = engine.find(places(settings), notify=progress.notice, to_build=False)
    subjects = _OnEngine(settings=settings, engine=found, progress=progress).subjects()
    return [(ref, subjects[ref]) for ref in settings.images]


@contextmanager
def _reading(*refs: str) -> Iterator[None]:
    """Names the images that cannot be read.  Raises InputError."""
    try:
        yield
    except StepError as failure:
        raise InputError(
            f"the image cannot be measured: {failure.reason}",
            where=one_line(", ".join(refs)),
            next_step="`docker images` lists what is on the engine; --image takes a name or an id",
        ) from failure


@dataclass(frozen=True, kw_only=True, slots=True)
class _OnEngine:
    """Images on an engine: walked by their own node; by their layers with --deep, or where no node can walk.

    Also with --deep they are walked: what their node is, no layer tells.
    """

    settings: Settings
    engine: Engine
    progress: Progress
    stop: threading.Event = field(default_factory=threading.Event)

    def subjects(self) -> dict[str, Subject]:
        """All that is read of each, by its ref."""
        refs = dict.fromkeys(self.settings.images)
        deep = self.settings.deep or self.settings.exact_download
        with ThreadPoolExecutor(self.settings.jobs) as executor:
            try:
                walked = dict(zip(refs, executor.map(self._walked, refs), strict=True))
                seen = {ref: each for ref, each in walked.items() if each.files is not None and not deep}
                unseen = [each for ref, each in walked.items() if ref not in seen]
                return seen | (self._of_layers(unseen) if unseen else {})
            except (KeyboardInterrupt, SystemExit):
                self.stop.set()  # or this would wait for all of them to come to their ends
                raise

    def _walked(self, ref: str) -> Subject:
        one = self._read(ref)
        with self._asking(ref) as client:
            return image.subject(
                self.engine,
                client,
                one,
                (),
                layers=None,
                labels={},
                cache=places(self.settings).cache,
                stop=self.stop,
            )

    def _read(self, ref: str) -> EngineImage:
        """As the engine tells it; where its layers are read, they tell their bytes themselves."""
        with self._asking(ref) as client:
            return image.read_image(
                self.engine,
                client,
                ref,
                config_digest="",
                bases=(),
                cache=places(self.settings).cache,
                stop=self.stop,
                estimate=True,
            )

    @contextmanager
    def _asking(self, ref: str) -> Iterator[Client]:
        with (
            _reading(ref),
            guard(self.engine, Step.MEASURE),
            closing(engine.connect(self.engine)) as client,
        ):
            yield client

    def _of_layers(self, walked: Sequence[Subject]) -> dict[str, Subject]:
        images = [each.image for each in walked]
        with _reading(*(each.ref for each in images)), guard(self.engine, Step.MEASURE):
            layers = image.read_layers(
                partial(engine.connect, self.engine),
                {each.ref: [layer.diff_id for layer in each.layers] for each in images},
                cache=places(self.settings).cache / "layers",
                compressing=_compressing(self.settings),
                exact_sizes=self.settings.exact_download,
                on_progress=_noting(self.progress, "layers"),
                stop=self.stop,
            )
        return {
            each.image.ref: image.of_layers(self.engine, each.image, layers, walked=each.files)
            for each in walked
        }


def _of_archives(settings: Settings, progress: Progress) -> list[tuple[str, Subject]]:
    """By their names; those of one name in several archives with their archive's before it."""
    read = {
        path: _of_archive(Path(path), settings, progress) for path in dict.fromkeys(settings.image_archives)
    }
    archives = Counter(ref for found in read.values() for ref in found)
    return [
        (f"{path}: {ref}" if archives[ref] > 1 else ref, subject)
        for path in settings.image_archives
        for ref, subject in read[path].items()
    ]


def _of_archive(path: Path, settings: Settings, progress: Progress) -> dict[str, Subject]:
    images, layers = image.read_archive(
        path,
        cache=places(settings).cache / "layers",
        compressing=_compressing(settings),
        exact_sizes=settings.exact_download,
        on_progress=_noting(progress, path.name),
        stop=threading.Event(),
    )
    return {read.ref: image.of_layers(None, read, layers) for read in images}


def _compressing(settings: Settings) -> type[image.ExactSampler] | type[image.Sampler]:
    return image.ExactSampler if settings.exact_download else image.Sampler


def _noting(progress: Progress, subject: str) -> Callable[[str], None]:
    return lambda text: progress(StepEvent(subject=subject, step=Step.MEASURE, state="note", detail=text))


def _result(label: str, subject: Subject) -> Result:
    measured = (
        *image.measures(subject.engine, subject.image, ()),
        *image.runs_on(subject),
        *image.examine(subject),
    )
    result = Result(
        name=label,
        axes=(),
        label=label,
        status=Status.PASSED,
        reason="",
        image=subject.image,
        measurements=measured,
        findings=image.addon_findings(subject, measured),
    )
    return replace(result, findings=findings(result, ()))
