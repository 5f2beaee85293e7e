"""One variant: bases -> build -> read -> smoke -> measure.  The matrix: the same over an executor.

All images are built before any is started, and one start is timed at a time: a figure of time must not
depend on what the other variants happen to be doing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial

from imagematrix import bases, container, engine, image, provenance, scratch
from imagematrix.behaving import Behaving, recall
from imagematrix.engine.guard import guard
from imagematrix.engine.owned import remove_orphans
from imagematrix.errors import BaseImageError, EngineError, StepError
from imagematrix.model import EngineImage, ReadyBase, Result, Status, Step, StepEvent, Variant
from imagematrix.steps import Options, Steps, image_tags, owner

__all__ = ["Options", "Pipeline", "Steps", "image_tags", "owner", "unfinished"]

Going = tuple[Variant, Result]  # a variant on its way, and what it has so far
Taking = tuple[Step, Callable[[Variant, Result], Result]]  # a step, and what takes a variant through it


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """The way of all variants of one run."""

    steps: Steps

    def run(self, on_result: Callable[[Result], None]) -> None:
        """Take every variant as far as it is asked to go and gets.

        `on_result` is called in this thread with each variant's result whenever it has grown; the last
        call for a variant has its final status.  Raises BaseImageError when no variant has all its bases,
        EngineError when the engine is gone.  Whatever ends this, all that was started is ended first.
        """
        steps, until = self.steps, self.steps.options.until
        with closing(engine.connect(steps.engine)) as client, guard(steps.engine):
            remove_orphans(client, provenance.is_dead, notify=partial(self._note, "engine", Step.BASE))
        scratch.sweep_below(steps.places.cache)
        try:
            going = self._find_bases(on_result)
            make = ((Step.BUILD, steps.build), (Step.MEASURE, steps.read))
            going = self._each(going, make, on_result, last=until is Step.BUILD)
            if until is Step.MEASURE:
                examine = partial(steps.examine, layers=self._read_layers(going))
                going = self._each(going, ((Step.MEASURE, examine),), on_result)
            if until is not Step.BUILD:
                known = recall(steps, going)
                behaving = Behaving(steps=steps, known=known, timed=len(known) < len(going))
                last = ((Step.SMOKE, behaving.behave), (Step.MEASURE, steps.hold))
                self._each(going, last, on_result, last=True)
        finally:
            self.steps.stop.set()
            self._sweep()

    def _note(self, subject: str, step: Step, text: str) -> None:
        self.steps.listener(StepEvent(subject=subject, step=step, state="note", detail=text))

    def _sweep(self) -> None:
        """Remove what a worker could not; when the engine is gone, that is being told already."""
        told = suppress(EngineError, StepError)
        with told, guard(self.steps.engine, Step.SMOKE), closing(engine.connect(self.steps.engine)) as client:
            container.sweep(client, self.steps.run_id)

    def _each(
        self,
        going: Sequence[Going],
        steps: Sequence[Taking],
        on_result: Callable[[Result], None],
        *,
        last: bool = False,
    ) -> list[Going]:
        """Take all variants through some steps, several at a time; those that got through, in order."""
        through: dict[str, Going] = {}
        with ThreadPoolExecutor(max_workers=self.steps.options.jobs) as executor:
            futures = {executor.submit(self._advance, *each, steps, last=last): each for each in going}
            told: set[Future[Result]] = set()
            try:
                for future in as_completed(futures):
                    variant, _ = futures[future]
                    told.add(future)
                    result = future.result()
                    on_result(result)
                    if result.status is not Status.FAILED:
                        through[variant.label] = (variant, result)
            except BaseException:
                self.steps.stop.set()
                executor.shutdown(wait=True, cancel_futures=True)
                # What came to its end all the same is not thrown away.
                for future in set(futures) - told:
                    if not future.cancelled() and future.exception() is None:
                        on_result(future.result())
                raise
        return [through[variant.label] for variant, _ in going if variant.label in through]

    def _advance(
        self,
        variant: Variant,
        result: Result,
        steps: Sequence[Taking],
        *,
        last: bool,
    ) -> Result:
        """The one place where a failed step becomes a result; what was reached before it is kept."""
        hide = self.steps.options.hidden.of
        for step, take in steps:
            try:
                with guard(self.steps.engine, step):
                    result = hide(take(variant, result))
            except StepError as failure:
                return hide(self.steps.failed(variant, result, failure))
            if result.status is Status.FAILED:
                return result
        if last:
            return replace(result, status=Status.PASSED, reason="")
        return result

    def _find_bases(self, on_result: Callable[[Result], None]) -> list[Going]:
        """Bases are found or made once for all variants; a variant that lacks one ends here."""
        found: dict[tuple[str, str], bases.Found] = {}
        for platform in dict.fromkeys(variant.platform for variant in self.steps.matrix.variants):
            refs = dict.fromkeys(
                r for v in self.steps.matrix.variants if v.platform == platform for r in v.bases
            )
            with closing(engine.connect(self.steps.engine)) as client:
                told = bases.prepare(
                    self.steps.engine,
                    client,
                    list(refs),
                    mode=self.steps.options.bases,
                    platform=platform,
                    places=self.steps.places,
                    listener=self.steps.listener,
                    stop=self.steps.stop,
                )
            for reference, base in told.items():
                found[platform, reference] = base
        going, failed = [], []
        for variant in self.steps.matrix.variants:
            own = [found[variant.platform, ref.reference] for ref in variant.bases]
            at_hand = tuple(base for base in own if isinstance(base, ReadyBase))
            result = replace(unfinished(variant), bases=at_hand)
            lost = [base for base in own if isinstance(base, BaseImageError)]
            if not lost:
                going.append((variant, result))
            elif variant.skip_without_base:
                self.steps.tell(variant, Step.BASE, "done", "skipped: a base image cannot be had")
                on_result(replace(result, reason=f"{Step.BASE}: {lost[0]}"))
            else:
                failed.append(lost[0])
                on_result(self.steps.failed(variant, result, StepError(Step.BASE, str(lost[0]))))
        if failed and not going:
            raise failed[0]
        return going

    def _read_layers(self, going: Sequence[Going]) -> image.Layers | None:
        """With --deep: the layers of all images, out of one export."""
        steps = self.steps
        if not steps.options.deep or not going:
            return None
        images: Mapping[str, Sequence[str]] = {
            result.image.ref: [layer.diff_id for layer in result.image.layers]
            for _, result in going
            if isinstance(result.image, EngineImage)
        }

        try:
            with guard(steps.engine, Step.MEASURE):
                layers = image.read_layers(
                    partial(engine.connect, steps.engine),
                    images,
                    cache=steps.places.cache / "layers",
                    compressing=image.ExactSampler if steps.options.exact_download else image.Sampler,
                    exact_sizes=steps.options.exact_download,
                    on_progress=partial(self._note, "layers", Step.MEASURE),
                    stop=steps.stop,
                )
        except StepError as failure:
            raise EngineError(
                f"the layers cannot be read: {failure.reason}",
                where=steps.engine.host,
                next_step="measure without --deep",
            ) from failure
        steps.listener(StepEvent(subject="layers", step=Step.MEASURE, state="done", detail=layers.told))
        return layers


def unfinished(variant: Variant) -> Result:
    """The result of a variant that has not come to its end."""
    return Result(
        name=variant.name,
        axes=variant.axes,
        label=variant.label,
        status=Status.SKIPPED,
        reason="the run was interrupted before this variant was finished",
    )
