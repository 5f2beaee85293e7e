from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from imagematrix.model import Report, exact
from imagematrix.report.csv_ import COLUMNS, csv_table
from tests import made
from tests.report.reports import HOSTILE, full, planted


def read(report: Report) -> list[dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(csv_table(report), newline=""), strict=True))
    assert all(None not in row and None not in row.values() for row in rows), "every row has every column"
    return rows


def of(rows: list[dict[str, str]], label: str, name: str) -> dict[str, str]:
    (row,) = [row for row in rows if (row["label"], row["name"]) == (label, name)]
    return row


def test_a_row_is_a_variant_and_a_measurement() -> None:
    rows = read(full())
    assert tuple(rows[0]) == COLUMNS
    figure = of(rows, "alpine", "own_layers")
    assert figure == {
        "label": "alpine",
        "name": "own_layers",
        "value": "1",
        "unit": "layers",
        "how": "exact",
        "reason": "diff IDs",
    }
    assert of(rows, "alpine", "build_seconds")["value"] == "12.345"


def test_every_variant_is_there_also_without_a_figure() -> None:
    rows = read(full())
    fates = [(row["label"], row["value"]) for row in rows if row["name"] == "status"]
    assert fates == [("alpine", "passed"), ("vanilla", "failed"), ("broken", "failed"), ("lost", "skipped")]
    assert of(rows, "broken", "status")["reason"] == "smoke: expected status 200, got 500"


def test_what_was_not_measured_has_no_value_and_a_reason() -> None:
    row = of(read(full()), "alpine", "download_bytes")
    assert (row["value"], row["how"], row["reason"]) == ("", "unavailable", "no registry")


def test_lists_tables_and_answers() -> None:
    result = made.result()
    more = (
        exact("each", (0.5, 0.25), unit="seconds", method="x"),
        exact("none", (), method="x"),
        exact("yes", True, method="x"),
    )
    rows = read(replace(full(), run=made.run(replace(result, measurements=more))))
    assert of(rows, "alpine", "each")["value"] == "0.5; 0.25"
    assert of(rows, "alpine", "none")["value"] == ""
    assert of(rows, "alpine", "none")["how"] == "exact"
    assert of(rows, "alpine", "yes")["value"] == "true"
    assert [of(read(full()), "alpine", "packages_npm")[key] for key in ("value", "unit")] == ["3", "rows"]


def test_numbers_stay_numbers_also_below_nought() -> None:
    result = replace(made.result(), measurements=(exact("less", -3, unit="bytes", method="x"),))
    assert of(read(replace(full(), run=made.run(result))), "alpine", "less")["value"] == "-3"


@pytest.mark.parametrize("text", [*HOSTILE, "+1", "-1", "\t=1", "\r=1", "\uff1d1"], ids=ascii)
def test_no_cell_is_a_formula_and_no_row_is_torn(text: str) -> None:
    rows = read(planted(text))
    assert len(rows) == len(read(full())) + len(full().run.results)
    for row in rows:
        for column, cell in row.items():
            if column != "value" or not cell.replace(".", "").isdigit():
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d")), (column, cell)
            assert "\n" not in cell
            assert "\x1b" not in cell
