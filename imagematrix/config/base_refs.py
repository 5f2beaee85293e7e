"""The base images of one row: what its Dockerfile names, checked against what the matrix declares.

A typo on either side would silently build something else, so both sides must name the same images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from imagematrix.config.declared import RECIPES, MatrixDeclared
from imagematrix.config.dockerfile import MAX_BYTES, Dockerfile, DockerfileError, Reference, parse
from imagematrix.config.load import Document
from imagematrix.config.placeholders import Scope, fill
from imagematrix.config.wording import listing, quoted, unknown
from imagematrix.errors import InputError
from imagematrix.model import BaseRef, Variant


def base_refs(
    scope: Scope,
    declared: MatrixDeclared,
    *,
    dockerfile: Path,
    target: str,
    build_args: Mapping[str, str],
    platform: str,
) -> tuple[BaseRef, ...]:
    """What the build of `target` starts from, each with the recipe that can stand in for it.

    Raises `InputError` for a Dockerfile that cannot be read or followed, for a target that it does not
    have, and where its images and the declared bases differ.
    """
    variant = ("variants", scope.row.variant)
    try:
        content = _parsed(dockerfile, scope)
        if target and not content.has_target(target):
            raise InputError(
                unknown("build stage", target, content.stage_names()),
                where=scope.document.place(*variant, "target"),
                next_step=f"{listing('build stages', content.stage_names())} (of {dockerfile.name})",
            )
        images = content.images(target=target, build_args=build_args, platform=platform)
    except DockerfileError as error:
        raise InputError(error.what, where=f"{dockerfile}:{error.line}", next_step=error.next_step) from None
    bases = declared["variants"][scope.row.variant].get("bases")
    if bases is not None:
        _check(scope, scope.fill_items(bases, *variant, "bases"), images, dockerfile.name)
    stand_ins = _stand_ins(scope, declared)
    found = []
    for image in images:
        key, base = stand_ins.get(image.text, ("", BaseRef(reference=image.text, recipe="", node="")))
        if base.recipe:
            _check_node(base, where=scope.document.place("stand_ins", key, "node"))
        found.append(base)
    return tuple(found)


def refuse_idle_stand_ins(declared: MatrixDeclared, document: Document, variants: Sequence[Variant]) -> None:
    """Raise InputError for the first stand-in whose reference no row builds from: a typo, or a left-over."""
    for key in declared["stand_ins"]:
        where = document.key_place("stand_ins", key)
        if not any(
            fill(key, dict(variant.axes), where=where) in {base.reference for base in variant.bases}
            for variant in variants
        ):
            raise InputError(
                f"no variant builds from {quoted(key)}, so nothing needs this stand-in",
                where=where,
                next_step="correct the reference, or delete it; "
                + listing("bases", dict.fromkeys(base.reference for v in variants for base in v.bases)),
            )


def _parsed(path: Path, scope: Scope) -> Dockerfile:
    key = ("variants", scope.row.variant, "dockerfile")
    try:
        if path.stat().st_size <= MAX_BYTES:
            return parse(path.read_text("utf-8"))
        what = f"the Dockerfile {path} is larger than {MAX_BYTES >> 10} KiB"
    except UnicodeDecodeError:
        what = f"the Dockerfile {path} is not UTF-8 text"
    except OSError as error:
        what = f"the Dockerfile {path} cannot be read: {error.strerror}"
    raise InputError(what, where=scope.document.place(*key), next_step="name a readable Dockerfile")


def _check(scope: Scope, bases: tuple[str, ...], images: tuple[Reference, ...], dockerfile: str) -> None:
    key = ("variants", scope.row.variant, "bases")
    named = [image.text for image in images]
    for index, base in enumerate(bases):
        if base not in named:
            raise InputError(
                f"{dockerfile} does not build from this: {unknown('base', base, named)}",
                where=scope.document.place(*key, index),
                next_step=f"{listing('images', named)} (from its FROM lines, with build arguments filled in)",
            )
    for image in images:
        if image.text not in bases:
            raise InputError(
                f"line {image.line} of {dockerfile} builds from {quoted(image.text)}, which is not among the bases",
                where=scope.document.key_place(*key),
                next_step="add it, or leave 'bases' out to have them read from the Dockerfile",
            )


def _stand_ins(scope: Scope, declared: MatrixDeclared) -> dict[str, tuple[str, BaseRef]]:
    """By base reference, filled in: the key under `stand_ins`, and the base with its recipe."""
    found: dict[str, tuple[str, BaseRef]] = {}
    for key, stand_in in declared["stand_ins"].items():
        reference = scope.fill_key(key, "stand_ins", key)
        if reference in found:
            raise InputError(
                f"two stand-ins are declared for {quoted(reference)}",
                where=scope.document.key_place("stand_ins", key),
                next_step="delete one of the two",
            )
        node = scope.fill(stand_in["node"], "stand_ins", key, "node")
        found[reference] = (key, BaseRef(reference=reference, recipe=stand_in["recipe"], node=node))
    return found


def _check_node(base: BaseRef, *, where: str) -> None:
    there = RECIPES[base.recipe]
    if base.node and not there:
        what, next_step = f"the recipe {base.recipe} has no Node", "delete 'node', or name another recipe"
    elif there and not any(f"{version}.".startswith(f"{base.node}.") for version in there):
        missing = f"has no Node {quoted(base.node)}" if base.node else "needs a 'node'"
        what, next_step = f"the recipe {base.recipe} {missing}", listing("versions", there)
    else:
        return
    raise InputError(what, where=where, next_step=next_step)
