"""A valid file -> the frozen `Matrix`: rows, placeholders filled in, paths absolute, bases looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from imagematrix.config.base_refs import base_refs, refuse_idle_stand_ins
from imagematrix.config.budgets import acceptances, budgets
from imagematrix.config.declared import MatrixDeclared, SmokeDeclared
from imagematrix.config.disk import found
from imagematrix.config.instructions import instructions
from imagematrix.config.load import Document
from imagematrix.config.placeholders import Scope
from imagematrix.config.rows import Row, rows
from imagematrix.config.wording import listing, quoted, unknown
from imagematrix.errors import InputError
from imagematrix.model import App, BodyRule, CommandSmoke, Expectation, Matrix, SecretEnv, Smoke, Variant

_PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?")


def resolve(declared: MatrixDeclared, document: Document, path: Path) -> Matrix:
    """Every row of the file at `path` as a complete `Variant`.  Raises `InputError`."""
    # A link to the folder makes no other matrix of it; a linked file belongs where the link lies.
    path = path.parent.resolve() / path.name
    app = declared["app"]
    every = rows(declared, document)
    variants = tuple(
        _variant(Scope(document=document, row=row), declared, path.parent, every) for row in every
    )
    refuse_idle_stand_ins(declared, document, variants)
    if "port" not in app and any(isinstance(variant.smoke, Smoke) for variant in variants):
        raise InputError(
            "'app' lacks the key 'port': the smoke test asks over HTTP",
            where=document.key_place("app"),
            next_step="name the port, or give every variant a smoke test with a 'command'",
        )
    context = found(path.parent, app["context"], "folder", where=document.place("app", "context"))
    return Matrix(
        path=path,
        app=App(name=app["name"], context=context, port=int(app.get("port", 0))),
        variants=variants,
        baseline=declared["baseline"],
    )


def check_expected(declared: MatrixDeclared, document: Document, known: Sequence[str]) -> None:
    """Raise InputError for the first measurement that a variant expects and that there is not."""
    for variant, own in declared["variants"].items():
        for name in own["expect"]:
            if name not in known:
                raise InputError(
                    unknown("measurement", name, known),
                    where=document.key_place("variants", variant, "expect", name),
                    next_step=listing("measurements", known),
                )


def _variant(scope: Scope, declared: MatrixDeclared, folder: Path, every: Sequence[Row]) -> Variant:
    row = scope.row
    own, here = declared["variants"][row.variant], ("variants", row.variant)
    build_args = scope.fill_values(declared["build_args"], "build_args")
    build_args |= scope.fill_values(own["build_args"], *here, "build_args")
    name = scope.fill(own["dockerfile"], *here, "dockerfile")
    dockerfile = found(folder, name, "Dockerfile", where=scope.document.place(*here, "dockerfile"))
    target = scope.fill(own["target"], *here, "target")
    platform = _platform(scope, own["platform"])
    return Variant(
        name=row.variant,
        axes=row.axes,
        label=row.label,
        dockerfile=dockerfile,
        target=target,
        build_args=tuple(build_args.items()),
        bases=base_refs(
            scope, declared, dockerfile=dockerfile, target=target, build_args=build_args, platform=platform
        ),
        env=tuple(scope.fill_values(own["env"], *here, "env").items()),
        secret_env=_secret_env(scope, declared),
        command=scope.fill_items(own.get("command", ()), *here, "command"),
        platform=platform,
        smoke=_smoke(scope, own["smoke"]),
        expect=tuple(
            Expectation(measurement=name, value=value if isinstance(value, str) else tuple(value))
            for name, value in own["expect"].items()
        ),
        skip_without_base=own["skip_without_base"],
        instructions=instructions(dockerfile.read_text("utf-8"), file=Path(name).as_posix(), target=target),
        budgets=budgets(row, declared, scope.document, every),
        accept=acceptances(row.variant, declared),
    )


def _secret_env(scope: Scope, declared: MatrixDeclared) -> tuple[SecretEnv, ...]:
    variant = scope.row.variant
    paths = [("secret_env", number) for number in range(len(declared["secret_env"]))]
    own = [
        ("variants", variant, "secret_env", n)
        for n in range(len(declared["variants"][variant]["secret_env"]))
    ]
    found = {}
    for path in (*paths, *own):
        name = scope.document.source(*path)
        if name in declared["variants"][variant]["env"]:
            raise InputError(
                f"{quoted(name)} is in 'env' too, where everybody can read it",
                where=scope.document.place(*path),
                next_step="keep it in one of the two",
            )
        found[name] = SecretEnv(name=name, where=scope.document.place(*path))
    return tuple(found.values())


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


def _smoke(scope: Scope, declared: SmokeDeclared) -> Smoke | CommandSmoke:
    if "command" in declared:
        return CommandSmoke(
            command=scope.fill_items(declared["command"], *_where_smoke(scope, "command")),
            exit_code=int(declared["exit_code"]),
            output=_body(declared),
            timeout_seconds=float(declared["timeout_seconds"]),
        )
    _refuse_lone_exit_code(scope)
    return Smoke(
        path=declared["path"],
        status=int(declared["status"]),
        body=_body(declared),
        headers=tuple(declared["headers"].items()),
        timeout_seconds=float(declared["timeout_seconds"]),
    )


def _where_smoke(scope: Scope, key: str) -> tuple[str, ...]:
    """The path of a smoke test's key: in the variant's own where it has it, else in the common one."""
    own = ("variants", scope.row.variant, "smoke", key)
    return own if scope.document.has(*own) else ("smoke", key)


def _refuse_lone_exit_code(scope: Scope) -> None:
    own = ("variants", scope.row.variant, "smoke", "exit_code")
    lone = scope.document.has("smoke", "exit_code") and not scope.document.has("smoke", "command")
    if scope.document.has(*own) or lone:
        raise InputError(
            "an 'exit_code' is a command's, and this smoke test has no 'command'",
            where=scope.document.key_place(*_where_smoke(scope, "exit_code")),
            next_step="add the command, or delete 'exit_code'",
        )


def _body(declared: SmokeDeclared) -> BodyRule:
    if "body" in declared:
        return BodyRule(kind="equals", text=declared["body"])
    if "body_contains" in declared:
        return BodyRule(kind="contains", text=declared["body_contains"])
    return BodyRule(kind="any")
