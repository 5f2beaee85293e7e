"""Two runs, two variants of one run, or two images: all that differs, and what limits the comparison."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from imagematrix.model import BaseSource, How, Listing, Result, Run, RunStatus
from imagematrix.model.difference import Compared, Comparison, Differences, Pair, TimeVerdict, Unknown
from imagematrix.verdicts.answers import (
    answer_differences,
    budget_differences,
    one_sided,
)
from imagematrix.verdicts.controls import controlled, drifts, elsewhere
from imagematrix.verdicts.differences import differences
from imagematrix.verdicts.finding_changes import finding_changes, not_looked_for
from imagematrix.verdicts.noisy import LEAST, RULE, noisy_differences
from imagematrix.verdicts.told import under

Files: TypeAlias = Callable[
    [str], Listing | None
]  # an image's files by its config digest, where they are kept

_ENGINE_BYTES: Final = "engine_bytes"
_DIGEST: Final = 19  # "sha256:" and a dozen digits


def compare(old: Run, new: Run, files: Files, *, labels: Collection[str] = ()) -> Comparison:
    """Two runs: variants are matched by their label; with `labels`, these alone are told of.

    How busy the machine was is told by all of them: by how much an image that has not changed starts slower.
    """
    before = {result.label: result for result in old.results}
    after = {result.label: result for result in new.results}
    found = [(before[label], after[label]) for label in after if label in before]
    place = elsewhere(old, new)
    apart = f"the old run was made {place}" if place else ""
    drifted = 0.0 if apart else max(map(abs, drifts(old, new)), default=0.0)
    if labels:
        found = [each for each in found if each[1].label in labels]
        before, after = (
            {label: result for label, result in side.items() if label in labels} for side in (before, after)
        )
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
        remarks=(
            *_of_runs(old, new),
            *_drift(drifted),
            *(() if controlled(old, new) else _uncontrolled(pairs)),
            *_of_results(found),
        ),
        rule=_rule(pairs),
    )


def _drift(drifted: float) -> Iterator[str]:
    if drifted > LEAST:
        yield (
            f"images that have not changed start {drifted:.0%} apart: the machine was not as busy in both "
            "runs, and a change of start-up is told only as far as it is more than that"
        )


def _uncontrolled(pairs: list[Pair]) -> Iterator[str]:
    told = (TimeVerdict.MORE, TimeVerdict.LESS)
    if any(each.name == "start_seconds" and each.verdict in told for pair in pairs for each in pair.noisy):
        yield (
            "no image that has not changed was timed in both runs, so it is not known whether the machine was as "
            "busy: with --fresh a run measures all anew"
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
    found = _without_store(found) if stores_differ else found
    return Pair(
        label=label,
        differences=_of_one_image(found) if same else found,
        noisy=noisy_differences(old, new, apart=apart, drifted=drifted),
        answers=answer_differences(old, new),
        one_sided=(*one_sided(old, new), *not_looked_for(old, new)),
        findings=finding_changes(old, new, same_image=same),
        budgets=budget_differences(old, new) if old.looked_into and new.looked_into else (),
        same_image=same,
    )


def _without_store(found: Differences) -> Differences:
    """An engine's own figure differs by its image store alone."""
    return replace(found, figures=tuple(f for f in found.figures if f.name != _ENGINE_BYTES))


def _of_one_image(found: Differences) -> Differences:
    """What differs between two readings of one image is no difference of images."""
    files = found.files if isinstance(found.files, Unknown) else replace(found.files, files=())
    return replace(
        found,
        figures=tuple(each for each in found.figures if not isinstance(each.more, int) or not each.more),
        origins=found.origins if isinstance(found.origins, Unknown) else (),
        files=files,
        causes=(),
    )


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
    told = digest and not result.label.startswith(digest)  # it may be named by it
    return Compared(what="image", name=result.label, facts=(digest,) if told else ())


def _of_runs(old: Run, new: Run) -> Iterator[str]:
    if old.id == new.id:
        yield "both are the same run"
    if old.app != new.app:
        yield f"the runs are of different apps: {old.app or 'no name'}, {new.app or 'no name'}"
    if old.host.id != new.host.id:
        yield f"different machines ({_machine(old)}; {_machine(new)}): times and memory are not compared"
    elif elsewhere(old, new) and old.engine == new.engine:
        yield f"the machine has changed ({_machine(old)}; {_machine(new)}): times and memory are not compared"
    if old.engine != new.engine:
        yield f"different engines ({_engine(old)}; {_engine(new)}): times and memory are not compared"
    if old.engine.image_store != new.engine.image_store:
        yield "different image stores: the size that the engine itself reports is not compared"
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
    yield from _not_measured(pairs)
    reread = [new.label for old, new in pairs if _reread(old, new)]
    if reread:
        yield (
            "the same image, read by other means, so that figures differ though nothing has changed: "
            f"{', '.join(reread)}; that is left out"
        )


def _not_measured(pairs: list[tuple[Result, Result]]) -> Iterator[str]:
    """Whose image the one side has not, and whose findings, budgets and figures it never looked for."""
    for side, place in (("old", 0), ("new", 1)):
        labels = [pair[1].label for pair in pairs if not pair[place].image and pair[1 - place].image]
        if labels:
            yield (
                f"the {side} has no image of {', '.join(labels)}: nothing of it is compared, and none of it is "
                "said to be gone or new"
            )
    neither = [new.label for old, new in pairs if not old.image and not new.image]
    if neither:
        yield f"neither has an image of {', '.join(neither)}: nothing of it is compared"
    for side, place in (("old", 0), ("new", 1)):
        labels = [
            pair[1].label
            for pair in pairs
            if pair[place].image and not pair[place].looked_into and pair[1 - place].looked_into
        ]
        if labels:
            yield (
                f"the {side} did not measure {', '.join(labels)}: findings, budgets and most figures are not "
                "compared, and none of them is said to be gone or new"
            )


def _reread(old: Result, new: Result) -> bool:
    same = old.image and new.image and old.image.config_digest == new.image.config_digest
    sums = [under(result, "visible_bytes") for result in (old, new)]
    return bool(same) and all(each.measured for each in sums) and sums[0].value != sums[1].value


def _sources(results: tuple[Result, ...]) -> dict[str, BaseSource]:
    return {base.reference: base.source for result in results if result.image for base in result.bases}


def _source(source: BaseSource) -> str:
    return "stand-in" if source is BaseSource.STAND_IN else "registry's image"
