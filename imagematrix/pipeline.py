"""One variant: bases -> build -> smoke -> measure.  The matrix: the same over an executor.

All images are built before any is started, and one start is timed at a time: a figure of time must not
depend on what the other variants happen to be doing.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from imagematrix import bases, container, engine, expectations, image, probes
from imagematrix.build import build
from imagematrix.engine.guard import guard
from imagematrix.errors import BaseImageError, EngineError, StepError
from imagematrix.model import (
    LABEL_KIND,
    LABEL_OWNER,
    LABEL_RUN,
    NAMESPACE,
    Built,
    Engine,
    EngineImage,
    Listener,
    Matrix,
    Places,
    ReadyBase,
    Result,
    Status,
    Step,
    StepEvent,
    Variant,
)

Going = tuple[Variant, Result]  # a variant on its way, and what it has so far
Taking = tuple[Step, Callable[[Variant, Result], Result]]  # a step, and what takes a variant through it


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How far to go, and with what."""

    until: Step
    jobs: int
    bases: bases.Mode
    build_args: tuple[tuple[str, str], ...]  # of every build: the user's HTTP proxies
    secrets: tuple[tuple[str, Path], ...]  # of every build: (("ca", bundle),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """What every step of one run has at hand; each step takes a variant's result and returns the next."""

    matrix: Matrix
    engine: Engine
    options: Options
    places: Places
    run_id: str
    logs: Path
    listener: Listener
    stop: threading.Event
    one_start: threading.Lock

    def run(self, on_result: Callable[[Result], None]) -> None:
        """Take every variant as far as it is asked to go and gets.

        `on_result` is called in this thread with each variant's result whenever it has grown; the last
        call for a variant has its final status.  Raises BaseImageError when no variant has all its bases,
        EngineError when the engine is gone.  Whatever ends this, all that was started is ended first.
        """
        try:
            going = self._find_bases(on_result)
            only_build = self.options.until is Step.BUILD
            make = ((Step.BUILD, self._build), (Step.MEASURE, self._read))
            going = self._each(going, make, on_result, last=only_build)
            if not only_build:
                behave = ((Step.SMOKE, self._behave), (Step.MEASURE, self._hold))
                self._each(going, behave, on_result, last=True)
        finally:
            self.stop.set()
            self._sweep()

    def _sweep(self) -> None:
        """Remove what a worker could not; when the engine is gone, that is being told already."""
        told = suppress(EngineError, StepError)
        with told, guard(self.engine, Step.SMOKE), closing(engine.connect(self.engine)) as client:
            container.sweep(client, self.run_id)

    def _each(
        self,
        going: Sequence[Going],
        steps: Sequence[Taking],
        on_result: Callable[[Result], None],
        *,
        last: bool,
    ) -> list[Going]:
        """Take all variants through some steps, several at a time; those that got through, in order."""
        through: dict[str, Going] = {}
        with ThreadPoolExecutor(max_workers=self.options.jobs) as executor:
            futures = {executor.submit(self._advance, *each, steps, last=last): each for each in going}
            try:
                for future in as_completed(futures):
                    variant, _ = futures[future]
                    result = future.result()
                    on_result(result)
                    if result.status is not Status.FAILED:
                        through[variant.label] = (variant, result)
            except BaseException:
                self.stop.set()
                executor.shutdown(wait=True, cancel_futures=True)
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
        for step, take in steps:
            try:
                with guard(self.engine, step):
                    result = take(variant, result)
            except StepError as failure:
                return self._failed(variant, result, failure)
        if last:
            return replace(result, status=Status.PASSED, reason="")
        return result

    def _failed(self, variant: Variant, result: Result, failure: StepError) -> Result:
        log = f"\n    whole log: {failure.log}" if failure.log else ""
        self._tell(variant, failure.step, "failed", failure.reason)
        return replace(result, status=Status.FAILED, reason=f"{failure.step}: {failure.reason}{log}")

    def _tell(
        self,
        variant: Variant,
        step: str,
        state: Literal["started", "note", "done", "failed"],
        detail: str = "",
        seconds: float = 0.0,
    ) -> None:
        self.listener(
            StepEvent(subject=variant.label, step=step, state=state, detail=detail, seconds=seconds)
        )

    # --- the steps ---

    def _find_bases(self, on_result: Callable[[Result], None]) -> list[Going]:
        """Bases are found or made once for all variants; a variant that lacks one ends here."""
        found: dict[tuple[str, str], bases.Found] = {}
        for platform in dict.fromkeys(variant.platform for variant in self.matrix.variants):
            refs = dict.fromkeys(r for v in self.matrix.variants if v.platform == platform for r in v.bases)
            with closing(engine.connect(self.engine)) as client:
                told = bases.prepare(
                    self.engine,
                    client,
                    list(refs),
                    mode=self.options.bases,
                    platform=platform,
                    places=self.places,
                    listener=self.listener,
                    stop=self.stop,
                )
            for reference, base in told.items():
                found[platform, reference] = base
        going = []
        for variant in self.matrix.variants:
            own = [found[variant.platform, ref.reference] for ref in variant.bases]
            at_hand = tuple(base for base in own if isinstance(base, ReadyBase))
            result = replace(unfinished(variant), bases=at_hand)
            lost = [base for base in own if isinstance(base, BaseImageError)]
            if lost:
                on_result(self._failed(variant, result, StepError(Step.BASE, str(lost[0]))))
            else:
                going.append((variant, result))
        lost = [base for base in found.values() if isinstance(base, BaseImageError)]
        if lost and not going:
            raise lost[0]
        return going

    def _build(self, variant: Variant, result: Result) -> Result:
        self._tell(variant, Step.BUILD, "started")
        built = build(
            self.engine,
            context=self.matrix.app.context,
            dockerfile=variant.dockerfile,
            tag=image_tag(self.matrix, variant),
            log=self.logs / f"{variant.slug}.build.log",
            build_args=(*self.options.build_args, *variant.build_args),
            target=variant.target,
            platform=variant.platform,
            contexts=tuple((b.reference, f"docker-image://{b.build_ref}") for b in _ready(result)),
            labels=((LABEL_KIND, "variant"), (LABEL_OWNER, owner(self.matrix))),
            secrets=self.options.secrets,
            on_progress=lambda text: self._tell(variant, Step.BUILD, "note", text),
            stop=self.stop,
        )
        self._tell(variant, Step.BUILD, "done", "cached" if built.cached else "", built.seconds)
        return replace(result, build=built)

    def _read(self, _variant: Variant, result: Result) -> Result:
        assert isinstance(result.build, Built)
        with closing(engine.connect(self.engine)) as client:
            read = image.read_image(
                self.engine,
                client,
                result.build.image_ref,
                config_digest=result.build.config_digest,
                bases=_ready(result),
                cache=self.places.cache / "images",
            )
        return replace(result, image=read, measurements=image.measures(self.engine, read, _ready(result)))

    def _behave(self, variant: Variant, result: Result) -> Result:
        """Smoke-test; and ask the probes while the same container runs."""
        assert isinstance(result.image, EngineImage)
        self._tell(variant, Step.SMOKE, "started")
        with closing(engine.connect(self.engine)) as client, ExitStack() as stack:
            with self.one_start:
                begun = time.monotonic()
                running = stack.enter_context(
                    container.running(
                        client,
                        result.image.ref,
                        port=self.matrix.app.port,
                        env=dict(variant.env),
                        command=variant.command,
                        labels={LABEL_OWNER: owner(self.matrix), LABEL_RUN: self.run_id},
                        entrypoint=result.image.config.entrypoint,
                    )
                )
                answer = probes.smoke(running, variant.smoke, self.stop)
            shown = f"answered {answer.http_status} after {answer.first_response_seconds:.3f} s"
            self._tell(variant, Step.SMOKE, "done", shown, time.monotonic() - begun)
            result = replace(result, smoke=answer)
            if self.options.until is Step.SMOKE:
                return result
            self._tell(variant, Step.MEASURE, "started")
            begun = time.monotonic()
            asked = tuple(measurement for probe in probes.PROBES for measurement in probe(running))
            self._tell(variant, Step.MEASURE, "done", "", time.monotonic() - begun)
        return replace(result, measurements=(*result.measurements, probes.first_response(answer), *asked))

    def _hold(self, variant: Variant, result: Result) -> Result:
        """The variant's expectations, held against what was found."""
        if self.options.until is Step.MEASURE:
            unmet = expectations.broken(variant.expect, result.measurements)
            if unmet:
                raise StepError(Step.MEASURE, "; ".join(unmet))
        return result


def unfinished(variant: Variant) -> Result:
    """The result of a variant that has not come to its end."""
    return Result(
        name=variant.name,
        axes=variant.axes,
        label=variant.label,
        status=Status.SKIPPED,
        reason="the run was interrupted before this variant was finished",
    )


def owner(matrix: Matrix) -> str:
    """What marks objects on an engine as made for this matrix file, whoever else uses the engine."""
    return hashlib.sha256(str(matrix.path).encode()).hexdigest()[:12]


def image_tag(matrix: Matrix, variant: Variant) -> str:
    """The tag under which a variant's image can be found on the engine."""
    return f"{NAMESPACE}/{matrix.app.name}:{variant.slug}"


def _ready(result: Result) -> list[ReadyBase]:
    return [base for base in result.bases if isinstance(base, ReadyBase)]
