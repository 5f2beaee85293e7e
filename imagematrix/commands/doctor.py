"""What is here of all that a run needs, and what to do where something is amiss."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict

from imagematrix import bases, config, engine
from imagematrix.commands.outcome import Outcome, Show, as_json, places
from imagematrix.engine import Condition, disk
from imagematrix.engine.guard import guard
from imagematrix.engine.owned import owned
from imagematrix.errors import EngineError, ImagematrixError, MachineError, StepError
from imagematrix.image.history import from_engine
from imagematrix.model import Engine, Step
from imagematrix.report.console import grid
from imagematrix.settings import Settings
from imagematrix.units import size


def doctor(settings: Settings, show: Show) -> Outcome:
    """Look at each thing; nothing is started or changed.  Exit code 3 when no engine could be had."""
    own = engine.conditions(places(settings))
    found, whose = _engine(settings, own_possible=all(condition.ok for condition in own))
    ca = settings.ca_bundle
    trusted = str(ca) if ca else "none is set: the images' own are used"
    checks = [
        *own,
        whose,
        *(_registries(settings, found) if found else ()),
        Condition(name="CA bundle", ok=True, detail=trusted, remedy=""),
    ]
    on_disk = _on_disk(found) if found else []
    code = 0 if whose.ok else EngineError.exit_code
    if show.json:
        told = [asdict(check) for check in checks] + [{**asdict(check), **count} for check, count in on_disk]
        return Outcome(text=as_json(told), exit_code=code)
    rows = [
        (c.name, "ok" if c.ok else "amiss", c.detail, "" if c.ok else c.remedy)
        for c in (*checks, *(check for check, _ in on_disk))
    ]
    return Outcome(text=grid(("what", "", "found", "what to do"), rows, look=show.look), exit_code=code)


def _engine(settings: Settings, *, own_possible: bool) -> tuple[Engine | None, Condition]:
    """The engine that a run would use; none is brought up here."""
    try:
        found = engine.look(places(settings))
    except (EngineError, MachineError) as error:
        return None, Condition(name="engine", ok=False, detail=error.what, remedy=error.next_step)
    if found is None:
        detail = "none answers; a run brings up one of our own" if own_possible else "none answers"
        remedy = "start Docker, or mend what is amiss above for one of our own"
        return None, Condition(name="engine", ok=own_possible, detail=detail, remedy=remedy)
    whose = "our own, " if found.embedded else ""
    detail = f"{whose}{found.name} {found.version} at {found.host}, {found.image_store} store"
    return found, Condition(name="engine", ok=True, detail=detail, remedy="")


def _on_disk(found: Engine) -> list[tuple[Condition, dict[str, int]]]:
    """What is ours on the engine's disk, with its bytes; the build cache of an engine that is not ours is not."""
    try:
        with guard(found, Step.BASE), closing(engine.connect(found)) as client:
            images = disk.held(client, owned(client, owner="", kinds=("variant", "stand-in")), from_engine)
            cache = disk.build_cache_bytes(client) if found.embedded else 0
    except (ImagematrixError, StepError) as error:
        return [(Condition(name="disk", ok=False, detail=f"not asked: {error}", remedy="see there"), {})]
    old = sum(not image.tagged for image in images)
    taken = disk.union_bytes(images)
    detail = f"{len(images)} images of ours take {size(taken)}; {old} of them are of older builds"
    told = [(Condition(name="disk: images", ok=True, detail=detail, remedy=""), {"bytes": taken})]
    if found.embedded:
        detail = f"{size(cache)}, of which `invoke clean --all --keep 5GB` leaves what fits"
        told.append(
            (Condition(name="disk: build cache", ok=True, detail=detail, remedy=""), {"bytes": cache})
        )
    return told


def _registries(settings: Settings, found: Engine) -> list[Condition]:
    """Whether the registry of each base image of the matrix answers."""
    try:
        matrix = config.load_matrix(settings.file)
        recipes = {ref.reference: ref.recipe for variant in matrix.variants for ref in variant.bases}
        with guard(found, Step.BASE), closing(engine.connect(found)) as client:
            arch = bases.architecture(client, "")
            answers = bases.ask_registries(found, client, list(recipes), arch=arch)
    except (ImagematrixError, StepError) as error:
        return [Condition(name="registry", ok=False, detail=f"not asked: {error}", remedy="see there")]
    return [_registry(reference, answer, recipes[reference]) for reference, answer in answers.items()]


def _registry(reference: str, answer: bases.Answer, recipe: str) -> Condition:
    name = f"base {reference}"
    if answer.said is bases.Said.HAS:
        return Condition(name=name, ok=True, detail=f"the registry has it, {answer.text}", remedy="")
    if answer.said is bases.Said.REFUSES:
        remedy = "correct the reference, or log in with `docker login`"
        return Condition(name=name, ok=False, detail=f"the registry refuses: {answer.text}", remedy=remedy)
    then = f"; a stand-in is made by {recipe}" if recipe else ""
    remedy = "see that the engine reaches the registry, or name a stand-in recipe"
    return Condition(
        name=name, ok=bool(recipe), detail=f"no registry answers ({answer.text}){then}", remedy=remedy
    )
