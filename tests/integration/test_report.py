"""A run of a real image, and each report of it as its readers see it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

from imagematrix.report.formats import FORMATS
from tests.integration.apps import tiny
from tests.integration.cli import figures, invoke, variants

pytestmark = pytest.mark.integration


@pytest.mark.usefixtures("engine")
def test_every_report_of_a_run(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "app")
    try:
        made = invoke(folder, "matrix", "--bases", "local", "--repeat", "1", "--json")
        assert made.code == 0, made.err
        done = invoke(folder, "report", "--format", ",".join(FORMATS), "--output", "out")
        assert done.code == 0, done.err
        out = folder / "out"
        assert {path.name for path in out.iterdir()} == {f"report{each.suffix}" for each in FORMATS.values()}

        assert json.loads((out / "report.json").read_text())["run"] == made.record
        (suite,) = JUnitXml.fromstring((out / "report.junit.xml").read_bytes())
        assert (suite.tests, suite.failures) == (1, 0)
        assert "`tiny` on `node:24-alpine` (stand-in) | passed |" in (out / "report.md").read_text()

        measured = figures(variants(made.record)["tiny"])
        assert _by_syft(out / "report.cdx.json") == {
            "apk": measured["packages_apk_count"],
            "npm": len({tuple(row[:2]) for row in measured["packages_npm"]["rows"]}),
        }
    finally:
        invoke(folder, "clean")


def _by_syft(path: Path) -> dict[str, int]:
    """Packages by their kind, as Syft reads them from a bill of materials."""
    syft = Path(sys.executable).parent / "syft"
    environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    done = subprocess.run(
        [str(syft), "convert", str(path), "-o", "json"], env=environment, capture_output=True, check=True
    )
    kinds = [each["type"] for each in json.loads(done.stdout)["artifacts"]]
    return {kind: kinds.count(kind) for kind in ("apk", "npm")}
