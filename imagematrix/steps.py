"""The steps of one variant, each taking its result so far and returning the next."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

from imagematrix import bases, container, engine, examined, expectations, image, probes
from imagematrix.build import build
from imagematrix.errors import StepError
from imagematrix.hidden import Hidden
from imagematrix.model import (
    LABEL_KIND,
    LABEL_OWNER,
    LABEL_RUN,
    NAMESPACE,
    Built,
    Engine,
    EngineImage,
    Listener,
    Listing,
    Matrix,
    Measurement,
    Places,
    ReadyBase,
    Result,
    Run,
    Status,
    Step,
    StepEvent,
    Variant,
)

_IDLE = ("-e", "setInterval(() => {}, 1000)")  # node's words for waiting


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How far to go, and with what."""

    until: Step
    jobs: int
    bases: bases.Mode
    build_args: tuple[tuple[str, str], ...]  # of every build: the user's HTTP proxies
    secrets: tuple[tuple[str, Path], ...]  # of every build: (("ca", bundle),)
    deep: bool
    exact_download: bool  # compress layers whole, not by sample
    repeat: int  # timed cold starts
    host_id: str
    earlier: Callable[[], Iterable[Run]]  # archived runs, newest first; () where all is measured afresh
    hidden: Hidden  # values of the containers' secrets
    listed: Callable[[str], bool]  # whether the files of an image, by config digest, are archived


@dataclass(frozen=True, kw_only=True, slots=True)
class Steps:
    """What every step of one run has at hand."""

    matrix: Matrix
    engine: Engine
    options: Options
    places: Places
    run_id: str
    logs: Path
    listener: Listener
    stop: threading.Event
    one_start: threading.Lock  # held while a start is timed, and while behaviour is measured

    def tell(
        self,
        variant: Variant,
        step: str,
        state: Literal["started", "note", "notice", "done", "failed"],
        detail: str = "",
        seconds: float = 0.0,
    ) -> None:
        self.listener(
            StepEvent(
                subject=variant.label,
                step=step,
                state=state,
                detail=self.options.hidden.text(detail),
                seconds=seconds,
            )
        )

    def failed(self, variant: Variant, result: Result, failure: StepError) -> Result:
        """The result of a variant that ends with this failure; what was reached before it is kept."""
        log = f"\n    whole log: {failure.log}" if failure.log else ""
        self.tell(variant, failure.step, "failed", failure.reason)
        return replace(result, status=Status.FAILED, reason=f"{failure.step}: {failure.reason}{log}")

    @property
    def labels(self) -> dict[str, str]:
        """Of every container of this run."""
        return {
            LABEL_OWNER: owner(self.matrix),
            LABEL_RUN: self.run_id,
        }

    def build(self, variant: Variant, result: Result) -> Result:
        self.tell(variant, Step.BUILD, "started")
        try:
            built = self._built(variant, result)
        except StepError as error:
            failure = error
        else:
            self.tell(variant, Step.BUILD, "done", "cached" if built.cached else "", built.seconds)
            return replace(result, build=built)
        # Where it is the engine's end that ended the build, this raises, and that is what is told.
        with closing(engine.connect(self.engine)) as client:
            client.ping()
        raise failure

    def _built(self, variant: Variant, result: Result) -> Built:
        return build(
            self.engine,
            context=self.matrix.app.context,
            dockerfile=variant.dockerfile,
            tags=image_tags(self.matrix, variant),
            cache=self.places.cache,
            log=self.logs / f"{variant.slug}.build.log",
            build_args=(*self.options.build_args, *variant.build_args),
            target=variant.target,
            platform=variant.platform,
            contexts=tuple((b.reference, f"docker-image://{b.build_ref}") for b in ready(result)),
            labels=((LABEL_KIND, "variant"), (LABEL_OWNER, owner(self.matrix))),
            secrets=self.options.secrets,
            on_progress=lambda text: self.tell(variant, Step.BUILD, "note", text),
            on_notice=lambda text: self.tell(variant, Step.BUILD, "notice", text),
            hide=self.options.hidden.text,
            stop=self.stop,
        )

    def read(self, _variant: Variant, result: Result) -> Result:
        """What the engine's metadata tells of the image."""
        assert isinstance(result.build, Built)
        with closing(engine.connect(self.engine)) as client:
            read = image.read_image(
                self.engine,
                client,
                result.build.image_ref,
                config_digest=result.build.config_digest,
                bases=ready(result),
                cache=self.places.cache,
                stop=self.stop,
            )
        return replace(result, image=read, measurements=image.measures(self.engine, read, ready(result)))

    def examine(self, variant: Variant, result: Result, *, layers: image.Layers | None) -> Result:
        """What is in the image: by a walk of its own node, or by its layers where they were read."""
        assert isinstance(result.image, EngineImage)
        self.tell(variant, Step.MEASURE, "started")
        begun = time.monotonic()
        folder = self.places.cache / "examined"
        sizes = image.kept_sizes(result.image, self.places.cache)
        kept = examined.path_of(folder, result.image, ready(result), self.engine.version, variant.env, sizes)
        found = None if layers is not None else examined.load(kept)
        listing: Listing | None = None
        if found is None or not self.options.listed(result.image.config_digest):
            with closing(engine.connect(self.engine)) as client:
                subject = self._subject(client, result.image, result, layers)
                if found is None:
                    found = self._examined(client, variant, subject)
                    if layers is None and any(x.name == "visible_bytes" and x.measured for x in found[0]):
                        examined.save(kept, found)
            listing = image.listing(subject)
        self.tell(variant, Step.MEASURE, "done", "files", time.monotonic() - begun)
        measured, findings = found
        measurements = (*result.measurements, *measured)
        return replace(result, measurements=measurements, findings=findings, listing=listing)

    def _subject(
        self, client: container.Client, built: EngineImage, result: Result, layers: image.Layers | None
    ) -> image.Subject:
        return image.subject(
            self.engine,
            client,
            built,
            ready(result),
            layers=layers,
            labels=self.labels,
            cache=self.places.cache,
            stop=self.stop,
        )

    def _examined(self, client: container.Client, variant: Variant, subject: image.Subject) -> examined.Found:
        found = image.examine(subject)
        loaded = self._load(client, variant, subject.image, image.addon_paths(subject))
        measured = (*found, *loaded)
        return measured, image.addon_findings(subject, measured)

    def _load(
        self, client: container.Client, variant: Variant, built: EngineImage, addons: tuple[str, ...]
    ) -> tuple[Measurement, ...]:
        """Whether native addons load: asked in a container in which the app itself is not started."""
        if not addons:
            return ()
        of_node = built.config.entrypoint[-1:] and built.config.entrypoint[-1].endswith("/node")
        idle = _IDLE if of_node else ("node", *_IDLE)
        with self.starter(client, variant, built, command=idle)() as running:
            return probes.load_addons(running, addons)

    def starter(
        self, client: container.Client, variant: Variant, built: EngineImage, *, command: tuple[str, ...] = ()
    ) -> container.Start:
        """Starts a container of the variant, as its matrix wants it or with another command."""
        return partial(
            container.running,
            client,
            built.ref,
            port=self.matrix.app.port,
            env=self.options.hidden.env(variant),
            command=command or variant.command,
            labels=self.labels,
            entrypoint=built.config.entrypoint,
            stop=self.stop,
        )

    def hold(self, variant: Variant, result: Result) -> Result:
        """The variant's expectations, held against what was found."""
        if self.options.until is not Step.MEASURE:
            return result
        result = replace(result, measurements=_with_node_lifetime(result.measurements))
        unmet = expectations.broken(variant.expect, result.measurements)
        if unmet:
            raise StepError(Step.MEASURE, "; ".join(unmet))
        return result


def _with_node_lifetime(measurements: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
    """An image may tell its version of Node only once it runs; its end of life is known then."""
    told = {measurement.name: measurement for measurement in measurements}
    version = told.get("node_version")
    unknown = [name for name in image.NODE_LIFETIME if name in told and not told[name].measured]
    if version is None or not version.measured or not unknown:
        return measurements
    known = {each.name: each for each in image.node_lifetime(str(version.value), date.today())}
    return tuple(known.get(each.name, each) if each.name in unknown else each for each in measurements)


def ready(result: Result) -> list[ReadyBase]:
    """The variant's base images, as they are on the engine."""
    return [base for base in result.bases if isinstance(base, ReadyBase)]


def owner(matrix: Matrix) -> str:
    """What marks objects on an engine as made for this matrix file, whoever else uses the engine."""
    return hashlib.sha256(os.fsencode(matrix.path)).hexdigest()[:12]


def image_tags(matrix: Matrix, variant: Variant) -> tuple[str, str]:
    """The tags of a variant's image: one to be called by, and one that no other matrix file's build moves."""
    tag = f"{NAMESPACE}/{matrix.app.name}:{variant.slug}"
    return tag, f"{tag}-{owner(matrix)}"
