"""A valid file -> the frozen `Matrix`: rows, placeholders filled in, paths absolute, bases looked up."""

from __future__ import annotations

import re
from pathlib import Path

from imagematrix.config.base_refs import base_refs
from imagematrix.config.declared import MatrixDeclared, SmokeDeclared
from imagematrix.config.disk import found
from imagematrix.config.load import Document
from imagematrix.config.placeholders import Scope
from imagematrix.config.rows import rows
from imagematrix.config.wording import quoted
from imagematrix.errors import InputError
from imagematrix.model import App, BodyRule, Expectation, Matrix, Smoke, Variant

_PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?")


def resolve(declared: MatrixDeclared, document: Document, path: Path) -> Matrix:
    """Every row of the file at `path` as a complete `Variant`.  Raises `InputError`."""
    # A link to the folder makes no other matrix of it; a linked file belongs where the link lies.
    path = path.parent.resolve() / path.name
    app = declared["app"]
    context = found(path.parent, app["context"], "folder", where=document.place("app", "context"))
    return Matrix(
        path=path,
        app=App(name=app["name"], context=context, port=int(app["port"])),
        variants=tuple(
            _variant(Scope(document=document, row=row), declared, path.parent)
            for row in rows(declared, document)
        ),
    )


def _variant(scope: Scope, declared: MatrixDeclared, folder: Path) -> Variant:
    row = scope.row
    own, here = declared["variants"][row.variant], ("variants", row.variant)
    build_args = scope.fill_values(declared["build_args"], "build_args")
    build_args |= scope.fill_values(own["build_args"], *here, "build_args")
    dockerfile = found(
        folder,
        scope.fill(own["dockerfile"], *here, "dockerfile"),
        "Dockerfile",
        where=scope.document.place(*here, "dockerfile"),
    )
    target = scope.fill(own["target"], *here, "target")
    return Variant(
        name=row.variant,
        axes=row.axes,
        label=row.label,
        dockerfile=dockerfile,
        target=target,
        build_args=tuple(build_args.items()),
        bases=base_refs(scope, declared, dockerfile=dockerfile, target=target, build_args=build_args),
        env=tuple(scope.fill_values(own["env"], *here, "env").items()),
        command=scope.fill_items(own.get("command", ()), *here, "command"),
        platform=_platform(scope, own["platform"]),
        smoke=_smoke(own["smoke"]),
        expect=tuple(
            Expectation(measurement=name, value=value if isinstance(value, str) else tuple(value))
            for name, value in own["expect"].items()
        ),
    )


def _platform(scope: Scope, declared: str) -> str:
    path = ("variants", scope.row.variant, "platform")
    platform = scope.fill(declared, *path)
    if platform and not _PLATFORM.fullmatch(platform):
        raise InputError(
            f"{quoted(platform)} is not a platform",
            where=scope.document.place(*path),
            next_step='write it as "linux/amd64" or "linux/arm64"',
        )
    return platform


def _smoke(declared: SmokeDeclared) -> Smoke:
    if "body" in declared:
        body = BodyRule(kind="equals", text=declared["body"])
    elif "body_contains" in declared:
        body = BodyRule(kind="contains", text=declared["body_contains"])
    else:
        body = BodyRule(kind="any")
    return Smoke(
        path=declared["path"],
        status=int(declared["status"]),
        body=body,
        headers=tuple(declared["headers"].items()),
        timeout_seconds=float(declared["timeout_seconds"]),
    )
