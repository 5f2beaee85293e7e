"""The rows of a matrix, as they are declared."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

from imagematrix.model import CommandSmoke, Matrix, Smoke
from imagematrix.report.console import Look, grid


def matrix_table(matrix: Matrix, *, look: Look) -> str:
    """One row a variant: what it is built from and what is asked of it."""
    rows = [
        (
            variant.label,
            ", ".join(f"{axis}={value}" for axis, value in variant.axes),
            _below(variant.dockerfile, matrix),
            ", ".join(base.reference for base in variant.bases),
            _smoke(variant.smoke, matrix.app.port),
        )
        for variant in matrix.variants
    ]
    headings = ("variant", "axes", "dockerfile", "bases", "smoke")
    return grid(headings, rows, look=look, whole=("smoke",), least=("dockerfile", "axes", "smoke"))


def _smoke(smoke: Smoke | CommandSmoke, port: int) -> str:
    if isinstance(smoke, CommandSmoke):
        return f"{shlex.join(smoke.command)} -> {smoke.exit_code}"
    return f"GET :{port}{smoke.path} -> {smoke.status}"


def matrix_json(matrix: Matrix) -> dict[str, Any]:
    """The whole matrix as it was resolved, for machines: nothing is left to a default."""
    return {
        "app": {
            "name": matrix.app.name,
            "context": _below(matrix.app.context, matrix),
            "port": matrix.app.port,
        },
        "variants": [
            {
                "name": variant.name,
                "axes": dict(variant.axes),
                "label": variant.label,
                "dockerfile": _below(variant.dockerfile, matrix),
                "target": variant.target,
                "bases": [{"reference": b.reference, "recipe": b.recipe} for b in variant.bases],
                "build_args": dict(variant.build_args),
                "platform": variant.platform,
                "env": dict(variant.env),
                "secret_env": [each.name for each in variant.secret_env],
                "command": list(variant.command),
                "smoke": asdict(variant.smoke),
                "expect": {each.measurement: each.value for each in variant.expect},
                "budgets": {budget.name: budget.text for budget in variant.budgets},
                "accept": [asdict(each) for each in variant.accept],
                "skip_without_base": variant.skip_without_base,
            }
            for variant in matrix.variants
        ],
        "baseline": matrix.baseline,
    }


def _below(path: Path, matrix: Matrix) -> str:
    return str(path.relative_to(matrix.folder) if path.is_relative_to(matrix.folder) else path)
