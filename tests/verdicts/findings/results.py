"""Results with just the figures that a rule is to read."""

from __future__ import annotations

from collections.abc import Sequence

from imagematrix.config.instructions import instructions
from imagematrix.model import (
    Base,
    BaseSource,
    Cell,
    Finding,
    Image,
    Layer,
    Measurement,
    Result,
    Status,
    Table,
    exact,
)
from imagematrix.verdicts.findings import findings
from tests.made import digest


def result(
    *measurements: Measurement,
    dockerfile: str = "",
    layers: Sequence[tuple[str, bool]] = (),
    bases: Sequence[Base] = (),
) -> Result:
    """`layers` are (what made it, whether the base has it), bottom first."""
    made = tuple(
        Layer(diff_id=f"sha256:{number:064x}", bytes=10, created_by=by, from_base=below)
        for number, (by, below) in enumerate(layers)
    )
    return Result(
        name="one",
        axes=(),
        label="one",
        status=Status.PASSED,
        reason="",
        bases=tuple(bases),
        image=Image(config_digest=digest("c"), unpacked_bytes=100_000_000, engine_bytes=0, layers=made),
        measurements=measurements,
        instructions=instructions(dockerfile, file="d/Dockerfile", target="") if dockerfile else (),
    )


def told(known: Result, rule: str) -> list[Finding]:
    return [finding for finding in findings(known, ()) if finding.rule == rule]


def one(known: Result, rule: str) -> Finding:
    (finding,) = told(known, rule)
    return finding


def base(reference: str, *, stand_in: bool = False, letter: str = "b") -> Base:
    source = BaseSource.STAND_IN if stand_in else BaseSource.REGISTRY
    return Base(reference=reference, source=source, digest=digest(letter), recipe="x" if stand_in else "")


def of_bytes(name: str, count: int) -> Measurement:
    return exact(name, count, unit="bytes", method="made")


def table(name: str, columns: str, *rows: tuple[Cell, ...]) -> Measurement:
    return exact(name, Table(columns=tuple(columns.split()), rows=rows), method="made")
