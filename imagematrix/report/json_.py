"""A report as JSON: the record itself, and what was concluded from it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any, Final

from imagematrix import record
from imagematrix.model import Report

# What JSON leaves as it is in a text, and a terminal or an encoder would not: DEL, C1, Unicode's separators of
# lines and bidirectional controls, lone surrogates.  JSON's own escapes lose nothing (RFC 8259, section 7).
_ACTIVE: Final = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def as_json(value: Any) -> str:
    """A value as a JSON document in which no text does anything to the terminal that it is shown on."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _ACTIVE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def report_text(report: Report) -> str:
    """The same as text."""
    return as_json(report_json(report))


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
