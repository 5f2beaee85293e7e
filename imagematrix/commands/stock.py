"""Commands about what lies on the engine: base images, and clean-up."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from imagematrix import archive, bases, config, engine, provenance
from imagematrix.commands.outcome import Outcome, Show, as_json, places, selected, short
from imagematrix.container import Client
from imagematrix.engine import disk
from imagematrix.engine.guard import guard
from imagematrix.engine.owned import Owned, owned, remove_image, remove_owned
from imagematrix.errors import BaseImageError, InputError
from imagematrix.image.history import from_engine
from imagematrix.pipeline import owner
from imagematrix.report.console import grid
from imagematrix.settings import Settings
from imagematrix.text import one_line
from imagematrix.units import BYTES, amount, in_bytes, size

_KINDS = ("container", "network", "variant")


def base_images(settings: Settings, show: Show) -> Outcome:
    """Find or make the base images of the selected variants, and tell where each came from."""
    matrix = selected(settings)
    refs = dict.fromkeys((v.platform, ref) for v in matrix.variants for ref in v.bases)
    if show.dry and show.json:
        wanted_json = [{"reference": ref.reference, "recipe": ref.recipe} for _, ref in refs]
        return Outcome(text=as_json(wanted_json))
    if show.dry:
        rows = [(ref.reference, ref.recipe or "-") for _, ref in refs]
        return Outcome(text=grid(("base image", "stand-in recipe"), rows, look=show.look))
    where = places(settings)
    found: dict[str, bases.Found] = {}
    with show.progress() as progress:
        host = engine.find(where, notify=progress.notice)
        for platform in dict.fromkeys(platform for platform, _ in refs):
            wanted = [ref for its_platform, ref in refs if its_platform == platform]
            with guard(host), closing(engine.connect(host)) as client:
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
    """Remove this matrix's containers and images from the engine; with --all all that is ours.

    With --keep only images, and of our own engine the build cache, and no more of them than is too much.  Raises
    InputError while a run of this checkout is in progress: it would lose its images.
    """
    limit = _size(settings.keep) if settings.keep else None
    if not show.dry:
        _refuse_beside_a_run(places(settings).results)
    mine = "" if settings.all else owner(config.load_matrix(settings.file))
    host = engine.look(places(settings), to_build=False)
    if host is None:
        return Outcome(text=as_json([]) if show.json else "no engine answers: there is nothing to clean\n")
    with guard(host), closing(engine.connect(host)) as client:
        found = owned(client, owner=mine, kinds=(*_KINDS, "stand-in") if settings.all else _KINDS)
        if limit is not None:
            return _held(client, found, limit, show, cache_is_ours=settings.all and host.embedded)
        found = [each for each in found if not provenance.lives(each.process)]
        gone, left = (found, []) if show.dry else remove_owned(client, found)
    return _told(gone, show, "nothing of ours is on the engine", left)


def _held(
    client: Client, found: Sequence[Owned], limit_bytes: int, show: Show, *, cache_is_ours: bool
) -> Outcome:
    """Remove as much as is over the limit."""
    images = disk.held(client, found, from_engine)
    cache = disk.build_cache_bytes(client) if cache_is_ours else 0
    go, cache_left = disk.going(images, cache_bytes=cache, limit_bytes=limit_bytes)
    if not show.dry:
        go = [image for image in go if remove_image(client, image.owned)]
        if cache_left < cache:
            disk.prune_build_cache(client, cache_left)
    gone = [image.owned for image in go]
    if cache_left < cache:
        gone.append(Owned(kind="build cache", id="", name=f"of {size(cache)}, down to {size(cache_left)}"))
    left = disk.union_bytes([image for image in images if image not in go])
    return _told(gone, show, f"nothing is over it: {size(left + cache)} of ours are on the engine")


def _refuse_beside_a_run(results: Path) -> None:
    for folder in sorted(results.iterdir()) if results.is_dir() else ():
        if folder.is_dir() and archive.in_progress(folder):
            raise InputError(
                f"run {folder.name} is in progress in this checkout, and would lose its images",
                where=short(folder),
                next_step="clean up when it has ended, or end it by Ctrl-C",
            )


def _told(found: Sequence[Owned], show: Show, nothing: str, left: Sequence[Owned] = ()) -> Outcome:
    verb = "would remove" if show.dry else "removed"
    if show.json:
        return Outcome(
            text=as_json([{"kind": each.kind, "id": each.id, "name": each.name} for each in found])
        )
    lines = [f"{verb} {one_line(each.kind)} {one_line(each.name)}\n" for each in found]
    lines += [f"left {one_line(each.kind)} {one_line(each.name)}: a container uses it\n" for each in left]
    return Outcome(text="".join(lines) or f"{nothing}\n")


def _size(text: str) -> int:
    """`--keep 5GB` in bytes.  Raises InputError."""
    number, unit = amount(text.strip())
    if not number or unit not in BYTES:
        raise InputError(
            f"this is no size: {text!r}",
            where="--keep",
            next_step="use a number with a unit, as in 5GB or 800MB",
        )
    return in_bytes(number, unit)
