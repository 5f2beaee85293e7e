"""A comparison as JSON.

`pairs` are in the order of the new run; all bytes are whole numbers, and `more` is what the new has more than
the old, negative when it has less.  A figure that there is not has `how` and `reason` in the place of `value`,
and what cannot be compared has `unknown`, the reason, in the place of its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from imagematrix.model.difference import (
    Comparison,
    Differences,
    FigureDifference,
    FileDifferences,
    LayerDifference,
    NoisyDifference,
    OriginDifference,
    PackageDifference,
    Pair,
    Sizes,
    Unknown,
)
from imagematrix.record import finding_json, measurement_json

SCHEMA_VERSION: Final = 1

Json = dict[str, Any]


def comparison_json(comparison: Comparison) -> Json:
    """The whole comparison, ready for json.dumps."""
    return {
        "schema_version": SCHEMA_VERSION,
        "old": asdict(comparison.old),
        "new": asdict(comparison.new),
        "only_old": comparison.only_old,
        "only_new": comparison.only_new,
        "remarks": comparison.remarks,
        "rule": comparison.rule,
        "pairs": [_pair(pair) for pair in comparison.pairs],
    }


def _pair(pair: Pair) -> Json:
    return {
        "label": pair.label,
        "same_image": pair.same_image,
        **_differences(pair.differences),
        "noisy": [_noisy(each) for each in pair.noisy],
        "answers": [asdict(each) for each in pair.answers],
        "findings": [
            {"change": each.change.value, "was": each.was, "finding": finding_json(each.finding)}
            for each in pair.findings
        ],
        "budgets": [asdict(each) for each in pair.budgets],
        "not_measured": [asdict(each) for each in pair.one_sided],
    }


def _differences(found: Differences) -> Json:
    return {
        "causes": [asdict(cause) for cause in found.causes],
        "figures": [_figure(each) for each in found.figures],
        "layers": [_layer(each) for each in found.layers],
        "origins": _unknown(found.origins)
        if isinstance(found.origins, Unknown)
        else [_origin(each) for each in found.origins],
        "packages": [_package(each) for each in found.packages],
        "packages_unknown": dict(found.packages_unknown),
        "files": _files(found.files),
    }


def _unknown(unknown: Unknown) -> Json:
    return {"unknown": unknown.reason}


def _sizes(sizes: Sizes | Unknown) -> Json:
    if isinstance(sizes, Unknown):
        return _unknown(sizes)
    return {"old_bytes": sizes.old_bytes, "new_bytes": sizes.new_bytes, "more_bytes": sizes.more}


def _figure(figure: FigureDifference) -> Json:
    more = figure.more
    told = _unknown(more) if isinstance(more, Unknown) else {"more": more}
    return {
        "name": figure.name,
        "unit": figure.unit,
        **told,
        "old": measurement_json(figure.old),
        "new": measurement_json(figure.new),
    }


def _noisy(noisy: NoisyDifference) -> Json:
    return {
        "name": noisy.name,
        "unit": noisy.unit,
        "verdict": noisy.verdict.value,
        "reason": noisy.reason,
        "old": measurement_json(noisy.old),
        "new": measurement_json(noisy.new),
    }


def _layer(layer: LayerDifference) -> Json:
    return {
        "change": layer.change.value,
        "rebuilt": layer.rebuilt,
        "created_by": layer.created_by,
        "from_base": layer.from_base,
        "old_diff_id": layer.old_diff_id,
        "new_diff_id": layer.new_diff_id,
        **_sizes(layer.sizes),
    }


def _origin(origin: OriginDifference) -> Json:
    return {
        "origin": origin.origin,
        **_sizes(origin.sizes),
        "old_files": origin.old_files,
        "new_files": origin.new_files,
    }


def _package(package: PackageDifference) -> Json:
    return {
        "system": package.system,
        "name": package.name,
        "change": package.change.value,
        "old_versions": package.old_versions,
        "new_versions": package.new_versions,
        **_sizes(package.sizes),
    }


def _files(files: FileDifferences | Unknown) -> Json | Sequence[Json]:
    if isinstance(files, Unknown):
        return _unknown(files)
    rows = [
        {"path": each.path, "origin": each.origin, "change": each.change.value, **_sizes(each.sizes)}
        for each in files.files
    ]
    return {"complete": files.complete, "method": files.method, "rows": rows}
