"""Thousands of archived runs: listed, trended and pruned in bounded memory, and no more of them read than need be."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from imagematrix import record
from imagematrix.commands.trend import LOOKED_AT
from tests import made
from tests.soak import count

RUNS: Final = count(1_000, 10_000)
TAGGED: Final = 7  # every so many hundredth run
MEMORY_LIMIT_BYTES: Final = 150 << 20
# One command of the command line in a process of its own: what it reads, and the most memory that it had.
CHILD: Final = """
import json, pathlib, re, sys
read = 0
def hook(event, arguments):
    global read
    if event == "open" and str(arguments[0]).endswith("run.json"):
        read += 1
sys.addaudithook(hook)
from imagematrix.tasks.__main__ import program
try:
    program.run(["imagematrix", *sys.argv[1:]])
    code = 0
except SystemExit as ended:
    code = ended.code
# Of this program alone (proc(5), VmHWM); what getrusage tells has the parent's before the exec in it.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) * 1024
print(json.dumps({"code": code or 0, "read": read, "peak_bytes": peak}), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long-life")
    (folder / "variants.yml").write_text("schema_version: 1\n", encoding="utf-8")
    run = made.run(made.result("alpine"), made.result("vanilla"))
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(RUNS):
        at = begun + timedelta(hours=number)
        kept = replace(
            run,
            id=f"{at:%Y%m%dT%H%M%SZ}-{number:06x}",
            started_at=f"{at:%Y-%m-%dT%H:%M:%SZ}",
            tag=f"v{number}" if number % 100 == TAGGED else "",
        )
        path = folder / "results" / kept.id / "run.json"
        path.parent.mkdir(parents=True)
        text = json.dumps(record.to_json(kept), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
    return folder


def told(folder: Path, *words: str) -> tuple[str, dict[str, int]]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    figures: dict[str, int] = json.loads(done.stderr.splitlines()[-1])
    assert figures["code"] == 0, done.stderr
    assert figures["peak_bytes"] < MEMORY_LIMIT_BYTES
    return done.stdout, figures


def test_all_are_listed(folder: Path) -> None:
    out, figures = told(folder, "runs", "--json")
    listed = json.loads(out)
    assert len(listed) == RUNS
    assert [run["id"] for run in listed] == sorted(path.name for path in (folder / "results").iterdir())
    assert figures["read"] <= RUNS + 1


def test_of_one_day_no_more_are_read(folder: Path) -> None:
    out, figures = told(folder, "runs", "--json", "--since=2020-01-03", "--until=2020-01-03")
    assert len(json.loads(out)) == 24
    assert figures["read"] <= 24


def test_a_trend_reads_the_newest_alone(folder: Path) -> None:
    out, figures = told(folder, "trend", "--json")
    assert {len(series["points"]) for series in json.loads(out)} == {LOOKED_AT}
    assert figures["read"] <= LOOKED_AT + 1


def test_pruning_leaves_the_newest_and_those_with_a_tag(folder: Path) -> None:
    """The last test of this file: it takes the runs away."""
    before = sorted(path.name for path in (folder / "results").iterdir())
    told(folder, "runs", "--prune", "--keep=50")
    after = sorted(path.name for path in (folder / "results").iterdir())
    tagged = [name for name in before if int(name[-6:], 16) % 100 == TAGGED]
    assert after == sorted({*before[-50:], *tagged})
