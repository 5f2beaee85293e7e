"""A run as JSON and back: the record's keys are a contract, published as run.schema.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from imagematrix.model import (
    Base,
    BaseSource,
    BudgetResult,
    BudgetStatus,
    Build,
    EngineFacts,
    Finding,
    Git,
    Host,
    How,
    Image,
    Instruction,
    Layer,
    Measurement,
    Result,
    Run,
    RunStatus,
    Severity,
    Share,
    Sharing,
    SmokeAnswer,
    Status,
    Table,
    Value,
)

SCHEMA_VERSION: Final = 1

Json = dict[str, Any]


def to_json(run: Run) -> Json:
    """The record of a run, ready for json.dumps."""
    return {
        "schema_version": SCHEMA_VERSION,
        "id": run.id,
        "started_at": run.started_at,
        "seconds": run.seconds,
        "status": run.status.value,
        "engine": {
            "name": run.engine.name,
            "version": run.engine.version,
            "image_store": run.engine.image_store,
            "embedded": run.engine.embedded,
        },
        "host": {
            "id": run.host.id,
            "system": run.host.system,
            "release": run.host.release,
            "machine": run.host.machine,
            "cpus": run.host.cpus,
            "memory_bytes": run.host.memory_bytes,
            "python": run.host.python,
        },
        "app": run.app,
        "tag": run.tag,
        "baseline": run.baseline,
        "git": None
        if run.git is None
        else {"commit": run.git.commit, "branch": run.git.branch, "dirty": run.git.dirty},
        "variants": [result_json(result) for result in run.results],
        "set": run.sharing and _sharing(run.sharing),
    }


def _sharing(sharing: Sharing) -> Json:
    return {
        "union_bytes": sharing.union_bytes,
        "variants": [
            {
                "label": share.label,
                "bytes": share.bytes,
                "shared_bytes": share.shared_bytes,
                "marginal_bytes": share.marginal_bytes,
                "shared_with": dict(share.shared_with),
            }
            for share in sharing.variants
        ],
    }


def result_json(result: Result) -> Json:
    """The part of a record that tells of one variant, or of one image by itself."""
    build, smoke = result.build, result.smoke
    return {
        "name": result.name,
        "axes": dict(result.axes),
        "label": result.label,
        "status": result.status.value,
        "reason": result.reason,
        "bases": [
            {"reference": b.reference, "source": b.source.value, "digest": b.digest, "recipe": b.recipe}
            for b in result.bases
        ],
        "build": build
        and {"seconds": build.seconds, "cached": build.cached, "log": f"logs/{build.log.name}"},
        "image": result.image and _image(result.image),
        "smoke": smoke
        and {"http_status": smoke.http_status, "first_response_seconds": smoke.first_response_seconds},
        "measurements": [measurement_json(m) for m in result.measurements],
        "findings": [finding_json(finding) for finding in result.findings],
        "budgets": [{**asdict(budget), "causes": list(budget.causes)} for budget in result.budgets],
        "instructions": [asdict(instruction) for instruction in result.instructions],
    }


def finding_json(finding: Finding) -> Json:
    """A finding in a record."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "text": finding.text,
        "remedy": finding.remedy,
        "measurement": finding.measurement,
        "file": finding.file,
        "line": finding.line,
        "accepted": finding.accepted,
    }


def _image(image: Image) -> Json:
    return {
        "config_digest": image.config_digest,
        "unpacked_bytes": image.unpacked_bytes,
        "engine_bytes": image.engine_bytes,
        "bytes_how": image.bytes_how.value,
        "layers": [
            {"diff_id": x.diff_id, "bytes": x.bytes, "created_by": x.created_by, "from_base": x.from_base}
            for x in image.layers
        ],
    }


def measurement_json(m: Measurement) -> Json:
    """`value` is there only when something was measured: no stand-in value can be mistaken for a figure."""
    told = {"value": _value(m.value)} if m.measured else {}
    return {"name": m.name, **told, "unit": m.unit, "how": m.how.value, "reason": m.reason}


def _value(value: Value) -> Any:
    if isinstance(value, Table):
        return {"columns": list(value.columns), "rows": [list(row) for row in value.rows]}
    return list(value) if isinstance(value, tuple) else value


def from_json(record: Mapping[str, Any], folder: Path) -> Run:
    """The run that a record tells of; `folder` is where it lies.

    Raises KeyError, TypeError or ValueError where the record is not one of this schema version.
    """
    version = record["schema_version"]
    if type(version) is not int or version != SCHEMA_VERSION:  # true and 1.0 equal 1 too
        raise ValueError(f"schema_version {record['schema_version']} is not {SCHEMA_VERSION}")
    return Run(
        id=record["id"],
        started_at=record["started_at"],
        seconds=record["seconds"],
        status=RunStatus(record["status"]),
        engine=EngineFacts(**record["engine"]),
        host=Host(**record["host"]),
        git=record["git"] and Git(**record["git"]),
        results=tuple(_result_from(variant, folder) for variant in record["variants"]),
        sharing=_sharing_from(record["set"]),
        app=record["app"],
        tag=record["tag"],
        baseline=record["baseline"],
    )


def _budget_from(told: Mapping[str, Any]) -> BudgetResult:
    return BudgetResult(**{**told, "status": BudgetStatus(told["status"]), "causes": tuple(told["causes"])})


def _sharing_from(told: Mapping[str, Any] | None) -> Sharing | None:
    if told is None:
        return None
    shares = (
        Share(**{**share, "shared_with": tuple(share["shared_with"].items())}) for share in told["variants"]
    )
    return Sharing(union_bytes=told["union_bytes"], variants=tuple(shares))


def _result_from(told: Mapping[str, Any], folder: Path) -> Result:
    build, image, smoke = told["build"], told["image"], told["smoke"]
    return Result(
        name=told["name"],
        axes=tuple(told["axes"].items()),
        label=told["label"],
        status=Status(told["status"]),
        reason=told["reason"],
        bases=tuple(
            Base(
                reference=b["reference"],
                source=BaseSource(b["source"]),
                digest=b["digest"],
                recipe=b["recipe"],
            )
            for b in told["bases"]
        ),
        build=build
        and Build(
            seconds=build["seconds"],
            cached=build["cached"],
            log=folder / build["log"],
        ),
        image=image
        and Image(
            config_digest=image["config_digest"],
            unpacked_bytes=image["unpacked_bytes"],
            engine_bytes=image["engine_bytes"],
            bytes_how=How(image["bytes_how"]),
            layers=tuple(Layer(**layer) for layer in image["layers"]),
        ),
        smoke=smoke and SmokeAnswer(**smoke),
        measurements=tuple(measurement_from(m) for m in told["measurements"]),
        findings=tuple(finding_from(f) for f in told["findings"]),
        budgets=tuple(_budget_from(b) for b in told["budgets"]),
        instructions=tuple(Instruction(**instruction) for instruction in told["instructions"]),
    )


def finding_from(told: Mapping[str, Any]) -> Finding:
    """A finding of a record.  Raises KeyError, TypeError or ValueError."""
    return Finding(**{**told, "severity": Severity(told["severity"])})


def measurement_from(told: Mapping[str, Any]) -> Measurement:
    """A measurement of a record.  Raises KeyError, TypeError or ValueError."""
    return Measurement(
        name=told["name"],
        unit=told["unit"],
        how=How(told["how"]),
        reason=told["reason"],
        value=_value_from(told.get("value", "")),
    )


def _value_from(told: Any) -> Value:
    if isinstance(told, dict):
        return Table(columns=tuple(told["columns"]), rows=tuple(tuple(row) for row in told["rows"]))
    return tuple(told) if isinstance(told, list) else told
