"""The part of a variant's way that takes a running container: smoke test, questions, behaviour."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace

from imagematrix import behaviour, container, engine, probes
from imagematrix.engine.guard import guard
from imagematrix.errors import StepError, UnansweredError, WrongAnswerError
from imagematrix.model import (
    CommandSmoke,
    EngineImage,
    Measurement,
    Result,
    Smoke,
    SmokeAnswer,
    Step,
    Variant,
    unavailable,
)
from imagematrix.steps import Steps

Known = Mapping[str, tuple[Measurement, ...]]  # by label: what an earlier run knows of the same image


def recall(steps: Steps, going: Iterable[tuple[Variant, Result]]) -> Known:
    """What earlier runs know of these variants, by label; those of which they know nothing are left out."""
    if steps.options.until is not Step.MEASURE:
        return {}
    keys = {
        variant.label: _key(steps, variant, result.image)
        for variant, result in going
        if isinstance(variant.smoke, Smoke) and isinstance(result.image, EngineImage)
    }
    found = behaviour.from_archive(steps.options.earlier(), set(keys.values()))
    return {label: found[key] for label, key in keys.items() if key in found}


def _key(steps: Steps, variant: Variant, built: EngineImage) -> str:
    return behaviour.behaviour_key(
        variant,
        config_digest=built.config_digest,
        port=steps.matrix.app.port,
        engine=steps.engine.facts,
        host_id=steps.options.host_id,
        repeat=steps.options.repeat,
        secret=steps.options.hidden.digest(variant),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaving:
    """One variant's, beside those of the others."""

    steps: Steps
    known: Known
    timed: bool  # times count, so that one variant starts at a time; false where all of them are known

    def behave(self, variant: Variant, result: Result) -> Result:
        """Smoke-test; unless it is known, ask the probes in the same container, and measure behaviour."""
        steps, built = self.steps, result.image
        assert isinstance(built, EngineImage)
        if isinstance(variant.smoke, CommandSmoke):
            return self._command(variant, variant.smoke, built, result)
        steps.tell(variant, Step.SMOKE, "started")
        with (
            closing(engine.connect(steps.engine)) as client,
            steps.one_start if self.timed else nullcontext(),
        ):
            starter = steps.starter(client, variant, built)
            begun = time.monotonic()
            with starter() as running:
                try:
                    answer = probes.smoke(running, variant.smoke, steps.stop)
                except WrongAnswerError as wrong:
                    got = SmokeAnswer(
                        http_status=wrong.http_status, first_response_seconds=wrong.first_response_seconds
                    )
                    return steps.failed(variant, replace(result, smoke=got), wrong)
                shown = f"answered {answer.http_status} after {answer.first_response_seconds:.3f} s"
                steps.tell(variant, Step.SMOKE, "done", shown, time.monotonic() - begun)
                first = probes.first_response(answer, alone=self.timed)
                result = replace(result, smoke=answer, measurements=(*result.measurements, first))
                if steps.options.until is Step.SMOKE:
                    return result
                if variant.label in self.known:
                    return replace(result, measurements=(*result.measurements, *self.known[variant.label]))
                steps.tell(variant, Step.MEASURE, "started")
                begun = time.monotonic()
                try:
                    with guard(steps.engine, Step.MEASURE):
                        asked, answered = _asked(running)
                except StepError as failure:
                    return steps.failed(variant, result, probes.since_it_ended(running, failure))
            measured = behaviour.measure_behaviour(
                starter,
                variant.smoke,
                user=built.config.user,
                key=_key(steps, variant, built) if answered else "",
                repeat=steps.options.repeat,
                one_start=nullcontext(),
                stop_request=steps.stop,
            )
        steps.tell(variant, Step.MEASURE, "done", "behaviour", time.monotonic() - begun)
        return replace(result, measurements=(*result.measurements, *asked, *measured))

    def _command(
        self, variant: Variant, expected: CommandSmoke, built: EngineImage, result: Result
    ) -> Result:
        """The smoke test of an image that is no server."""
        steps = self.steps
        steps.tell(variant, Step.SMOKE, "started")
        with closing(engine.connect(steps.engine)) as client:
            answer = probes.run_command(
                client,
                built.ref,
                expected,
                env=steps.options.hidden.env(variant),
                labels=steps.labels,
                stop=steps.stop,
            )
        steps.tell(variant, Step.SMOKE, "done", f"exit code {answer.exit_code}", answer.seconds)
        return replace(result, measurements=(*result.measurements, *probes.command_measurements(answer)))


def _asked(running: container.Running) -> tuple[tuple[Measurement, ...], bool]:
    """What the probes are told, and whether each was answered; what one is not told is unavailable."""
    told: list[Measurement] = []
    answered = True
    for probe, names in probes.PROBES.items():
        try:
            told += probe(running)
        except UnansweredError as failure:
            answered = False
            told += [unavailable(name, failure.reason) for name in names]
    return tuple(told), answered
