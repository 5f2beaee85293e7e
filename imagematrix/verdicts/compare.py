"""Two runs, two variants of one run, or two images: all that differs, and what limits the comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from imagematrix.model import BaseSource, How, Listing, Result, Run, RunStatus
from imagematrix.model.difference import Compared, Comparison, Differences, Pair, TimeVerdict
from imagematrix.verdicts.answers import (
    answer_differences,
    budget_differences,
    finding_differences,
    one_sided,
)
from imagematrix.verdicts.differences import differences
from imagematrix.verdicts.noisy import LEAST, RULE, drift, noisy_differences

Files: TypeAlias = Callable[
    [str], Listing | None
]  # an image's files by its config digest, where they are kept

_ENGINE_BYTES: Final = "engine_bytes"
_DIGEST: Final = 19  # "sha256:" and a dozen digits


def compare(old: Run, new: Run, files: Files) -> Comparison:
    """Two runs: variants are matched by their label."""
    before = {result.label: result for result in old.results}
    after = {result.label: result for result in new.results}
    found = [(before[label], after[label]) for label in after if label in before]
    apart = _apart(old, new)
    drifted = 0.0 if apart else max((drift(*each) for each in found), default=0.0)
    stores_differ = old.engine.image_store != new.engine.image_store
    pairs = [
        _pair(each[1].label, *each, files, apart=apart, drifted=drifted, stores_differ=stores_differ)
        for each in found
    ]
    return Comparison(
        old=_run(old),
        new=_run(new),
        pairs=tuple(pairs),
        only_old=tuple(label for label in before if label not in after),
        only_new=tuple(label for label in after if label not in before),
        remarks=(*_of_runs(old, new), *_drift(drifted), *_of_results(found)),
        rule=_rule(pairs),
    )


def _drift(drifted: float) -> Iterator[str]:
    if drifted > LEAST:
        yield (
            f"images that have not changed start {drifted:.0%} apart: the machine was not as busy in both "
            "runs, and a smaller change of start-up is not said to be one"
        )


def compare_variants(run: Run, old: Result, new: Result, files: Files) -> Comparison:
    """Two variants of one run."""
    pair = _pair(f"{old.label} to {new.label}", old, new, files)
    facts = (f"of run {run.id}",)
    return Comparison(
        old=Compared(what="variant", name=old.label, facts=facts),
        new=Compared(what="variant", name=new.label, facts=facts),
        pairs=(pair,),
        only_old=(),
        only_new=(),
        remarks=tuple(_of_results([(old, new)])),
        rule=_rule([pair]),
    )


def compare_images(old: Result, new: Result) -> Comparison:
    """Two images that are no variants; their listings are in the results."""
    pair = _pair(f"{old.label} to {new.label}", old, new, lambda _: None)
    return Comparison(
        old=_image(old),
        new=_image(new),
        pairs=(pair,),
        only_old=(),
        only_new=(),
        remarks=tuple(_of_results([(old, new)])),
        rule=_rule([pair]),
    )


def _pair(
    label: str,
    old: Result,
    new: Result,
    files: Files,
    *,
    apart: str = "",
    drifted: float = 0.0,
    stores_differ: bool = False,
) -> Pair:
    same = bool(old.image and new.image and old.image.config_digest == new.image.config_digest)
    old_files = files(old.image.config_digest) if old.image else None
    new_files = old_files if same else files(new.image.config_digest) if new.image else None
    found = differences(old, new, old_files, new_files)
    return Pair(
        label=label,
        differences=_without_store(found) if stores_differ else found,
        noisy=noisy_differences(old, new, apart=apart, drifted=drifted),
        answers=answer_differences(old, new),
        one_sided=one_sided(old, new),
        findings=finding_differences(old, new),
        budgets=budget_differences(old, new),
        same_image=same,
    )


def _without_store(found: Differences) -> Differences:
    """An engine's own figure differs by its image store alone."""
    return replace(found, figures=tuple(f for f in found.figures if f.name != _ENGINE_BYTES))


def _rule(pairs: list[Pair]) -> str:
    judged = (TimeVerdict.MORE, TimeVerdict.LESS, TimeVerdict.WITHIN, TimeVerdict.UNDECIDED)
    return RULE if any(each.verdict in judged for pair in pairs for each in pair.noisy) else ""


def _run(run: Run) -> Compared:
    facts = [run.started_at.replace("T", " ").replace("Z", " UTC")]
    if run.git:
        facts.append(f"revision {run.git.commit[:9]}{' changed' if run.git.dirty else ''}")
    if run.tag:
        facts.append(f"tag {run.tag}")
    return Compared(what="run", name=run.id, facts=tuple(facts))


def _image(result: Result) -> Compared:
    digest = result.image.config_digest[:_DIGEST] if result.image else ""
    return Compared(what="image", name=result.label, facts=(digest,) if digest else ())


def _apart(old: Run, new: Run) -> str:
    """Why the times of two runs cannot be compared; "" where they can."""
    if old.host.id != new.host.id:
        return "the runs are of different machines"
    if (old.host.cpus, old.host.memory_bytes, old.host.release) != (
        new.host.cpus,
        new.host.memory_bytes,
        new.host.release,
    ):
        return "the machine has changed: its processors, its memory or its kernel"
    return "the runs are of different engines" if old.engine != new.engine else ""


def _of_runs(old: Run, new: Run) -> Iterator[str]:
    if old.id == new.id:
        yield "both are the same run"
    if old.app != new.app:
        yield f"the runs are of different apps: {old.app or 'no name'}, {new.app or 'no name'}"
    if old.host.id != new.host.id:
        yield f"different machines ({_machine(old)}; {_machine(new)}): times and memory are not compared"
    elif _apart(old, new) and old.engine == new.engine:
        yield f"the machine has changed ({_machine(old)}; {_machine(new)}): times and memory are not compared"
    if old.engine != new.engine:
        yield f"different engines ({_engine(old)}; {_engine(new)}): times and memory are not compared"
    if old.engine.image_store != new.engine.image_store:
        yield f"different image stores: what the engine itself reports ({_ENGINE_BYTES}) is not compared"
    for side, run in (("old", old), ("new", new)):
        if run.status is RunStatus.INTERRUPTED:
            yield f"the {side} run was interrupted: what it did not reach is not compared"


def _machine(run: Run) -> str:
    host = run.host
    return f"{host.id[:6]}, {host.system} {host.release}, {host.cpus} processors"


def _engine(run: Run) -> str:
    facts = run.engine
    return f"{facts.name} {facts.version} {facts.image_store}{', our own' if facts.embedded else ''}"


def _of_results(pairs: list[tuple[Result, Result]]) -> Iterator[str]:
    sources = [_sources(side) for side in (zip(*pairs, strict=True) if pairs else ((), ()))]
    before, after = sources
    mixed = sorted(name for name in before.keys() & after.keys() if before[name] is not after[name])
    for name in mixed:
        yield (
            f"{name} is a {_source(before[name])} in the old and a {_source(after[name])} in the new: "
            "figures differ for that alone"
        )
    stand_ins = sorted(
        name
        for name in before.keys() | after.keys()
        if name not in mixed and BaseSource.STAND_IN in (before.get(name), after.get(name))
    )
    if stand_ins:
        yield f"stand-in bases, made on this machine from packages: {', '.join(stand_ins)}"
    estimated = sorted(
        {
            result.label
            for pair in pairs
            for result in pair
            if result.image and result.image.bytes_how is How.ESTIMATED
        }
    )
    if estimated:
        yield f"layers' bytes are estimated, as the engine lists them: {', '.join(estimated)}"


def _sources(results: tuple[Result, ...]) -> dict[str, BaseSource]:
    return {base.reference: base.source for result in results if result.image for base in result.bases}


def _source(source: BaseSource) -> str:
    return "stand-in" if source is BaseSource.STAND_IN else "registry's image"
