"""The figures of a run as comma-separated values: one row a variant and measurement."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from imagematrix.model import Measurement, Report, Result, Table
from imagematrix.report.figures import plain

COLUMNS: Final = ("label", "name", "value", "unit", "how", "reason")

# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection"; the last four are the
# full-width forms that some take for the same), some also behind blanks and what has no width.
_FORMULA: Final = re.compile("\t|\r|[\\s\u200b-\u200d\u2060\ufeff]*[-=+@\uff1d\uff0b\uff0d\uff20]")

_Row = tuple[str, str, str | int | float, str, str, str]


def csv_table(report: Report) -> str:
    """The table, with a line of headings.

    Every variant has a row `status`, so that one without a figure is there too.  A list is one cell, its parts
    parted by "; "; of a table there is the number of its rows, in the unit "rows".  What was not measured has an
    empty value, and its reason.  Text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for result in report.run.results:
        for row in _rows(result):
            writer.writerow([_cell(each) for each in row])
    return out.getvalue()


def _rows(result: Result) -> Iterator[_Row]:
    yield result.label, "status", result.status.value, "", "exact", result.reason
    if result.build:
        how = "BuildKit's clock" + (", every step from its cache" if result.build.cached else "")
        yield result.label, "build_seconds", result.build.seconds, "seconds", "exact", how
    for m in result.measurements:
        value, unit = _value(m)
        yield result.label, m.name, value, unit, m.how.value, m.reason


def _value(m: Measurement) -> tuple[str | int | float, str]:
    value = m.value
    if not m.measured:
        return "", m.unit
    if isinstance(value, Table):
        return len(value.rows), "rows"
    if isinstance(value, bool):
        return str(value).lower(), m.unit
    return "; ".join(map(str, value)) if isinstance(value, tuple) else value, m.unit


def _cell(value: str | int | float) -> str | int | float:
    if not isinstance(value, str):
        return value
    text = plain(value)
    return f"'{text}" if _FORMULA.match(text) else text
