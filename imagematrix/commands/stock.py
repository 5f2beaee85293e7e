"""Commands about what lies on the engine: base images, and clean-up."""

from __future__ import annotations

from contextlib import closing

from imagematrix import bases, config, engine
from imagematrix.commands.outcome import Outcome, Show, as_json, places, selected
from imagematrix.engine.guard import guard
from imagematrix.engine.owned import owned, remove_owned
from imagematrix.errors import BaseImageError
from imagematrix.model import Step
from imagematrix.pipeline import owner
from imagematrix.report.console import grid
from imagematrix.settings import Settings

_KINDS = ("container", "network", "variant")


def base_images(settings: Settings, show: Show) -> Outcome:
    """Find or make the base images of the selected variants, and tell where each came from."""
    matrix = selected(settings)
    refs = dict.fromkeys((v.platform, ref) for v in matrix.variants for ref in v.bases)
    if show.dry:
        rows = [(ref.reference, ref.recipe or "-") for _, ref in refs]
        return Outcome(text=grid(("base image", "stand-in recipe"), rows, look=show.look))
    where = places(settings)
    found: dict[str, bases.Found] = {}
    with show.progress() as progress:
        host = engine.find(where, notify=progress.notice)
        for platform in dict.fromkeys(platform for platform, _ in refs):
            wanted = [ref for its_platform, ref in refs if its_platform == platform]
            with guard(host, Step.BASE), closing(engine.connect(host)) as client:
                told = bases.prepare(
                    host,
                    client,
                    wanted,
                    mode=settings.bases,
                    platform=platform,
                    places=where,
                    listener=progress,
                )
            found.update(told)
    lost = [base for base in found.values() if isinstance(base, BaseImageError)]
    code = lost[0].exit_code if lost else 0
    if show.json:
        return Outcome(text=as_json([_base_json(*each) for each in found.items()]), exit_code=code)
    table = [_base_row(*each) for each in found.items()]
    return Outcome(
        text=grid(("base image", "source", "recipe", "digest"), table, look=show.look), exit_code=code
    )


def _base_row(reference: str, found: bases.Found) -> tuple[str, ...]:
    if isinstance(found, BaseImageError):
        return reference, "none", "", str(found)
    return reference, found.source.value, found.recipe or "-", found.digest


def _base_json(reference: str, found: bases.Found) -> dict[str, str]:
    if isinstance(found, BaseImageError):
        return {"reference": reference, "source": "none", "reason": str(found)}
    return {
        "reference": reference,
        "source": found.source.value,
        "recipe": found.recipe,
        "digest": found.digest,
    }


def clean(settings: Settings, show: Show) -> Outcome:
    """Remove this matrix's containers and images from the engine; with --all all that is ours."""
    mine = "" if settings.all else owner(config.load_matrix(settings.file))
    host = engine.look(places(settings), to_build=False)
    if host is None:
        return Outcome(text=as_json([]) if show.json else "no engine answers: there is nothing to clean\n")
    with guard(host, Step.BASE), closing(engine.connect(host)) as client:
        found = owned(client, owner=mine, kinds=(*_KINDS, "stand-in") if settings.all else _KINDS)
        if not show.dry:
            remove_owned(client, found)
    verb = "would remove" if show.dry else "removed"
    if show.json:
        return Outcome(
            text=as_json([{"kind": each.kind, "id": each.id, "name": each.name} for each in found])
        )
    lines = [f"{verb} {each.kind} {each.name}\n" for each in found]
    return Outcome(text="".join(lines) or "nothing of ours is on the engine\n")
