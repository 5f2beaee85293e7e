"""A report as JSON: the record itself, and what was concluded from it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from imagematrix import record
from imagematrix.model import Report


def report_text(report: Report) -> str:
    """The same as text."""
    return json.dumps(report_json(report), indent=2, ensure_ascii=False) + "\n"


def report_json(report: Report) -> dict[str, Any]:
    """`run` is the record as run.schema.json describes it; the keys beside it are those of the nouns.

    The listings of files are not in it: an archive keeps them beside the record.
    """
    return {
        "run": record.to_json(report.run),
        "place": report.place,
        "advice": [asdict(advice) for advice in report.advice],
        "trend": [asdict(series) for series in report.trend],
    }
