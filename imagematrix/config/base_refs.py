"""The base images of one row: what its Dockerfile names, checked against what the matrix declares.

A typo on either side would silently build something else, so both sides must name the same images.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from imagematrix.config.declared import MatrixDeclared
from imagematrix.config.dockerfile import Dockerfile, DockerfileError, Reference, parse
from imagematrix.config.placeholders import Scope
from imagematrix.config.wording import listing, quoted, unknown
from imagematrix.errors import InputError
from imagematrix.model import BaseRef


def base_refs(
    scope: Scope,
    declared: MatrixDeclared,
    *,
    dockerfile: Path,
    target: str,
    build_args: Mapping[str, str],
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
        images = content.images(target=target, build_args=build_args)
    except DockerfileError as error:
        raise InputError(error.what, where=f"{dockerfile}:{error.line}", next_step=error.next_step) from None
    bases = declared["variants"][scope.row.variant].get("bases")
    if bases is not None:
        _check(scope, scope.fill_items(bases, *variant, "bases"), images, dockerfile.name)
    stand_ins = _stand_ins(scope, declared)
    return tuple(
        stand_ins.get(image.text, BaseRef(reference=image.text, recipe="", node="")) for image in images
    )


def _parsed(path: Path, scope: Scope) -> Dockerfile:
    key = ("variants", scope.row.variant, "dockerfile")
    try:
        return parse(path.read_text("utf-8"))
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


def _stand_ins(scope: Scope, declared: MatrixDeclared) -> dict[str, BaseRef]:
    found: dict[str, BaseRef] = {}
    for key, stand_in in declared["stand_ins"].items():
        reference = scope.fill_key(key, "stand_ins", key)
        if reference in found:
            raise InputError(
                f"two stand-ins are declared for {quoted(reference)}",
                where=scope.document.key_place("stand_ins", key),
                next_step="delete one of the two",
            )
        node = scope.fill(stand_in["node"], "stand_ins", key, "node")
        found[reference] = BaseRef(reference=reference, recipe=stand_in["recipe"], node=node)
    return found
