"""Budgets on real images: the run that breaks one fails, and says what brought it, down to the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.apps import STOPS, tiny
from tests.integration.cli import Done, invoke

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("engine")]

BUDGETS = """\
budgets:
  max_app: +1MB
  max_layers: "+1"
  max_start: 20s
  shells: none
"""


def budgets(done: Done) -> dict[str, Any]:
    (variant,) = done.record["variants"]
    return {budget["name"]: budget for budget in variant["budgets"]}


def test_what_a_change_brings_is_held_against_the_last_run_that_passed(tmp_path: Path) -> None:
    folder = tiny(tmp_path, matrix=BUDGETS.replace("  shells: none\n", ""))
    first = invoke(folder, "matrix", "--repeat=1", "--json")
    assert first.code == 0, first.err
    assert budgets(first)["max_app"]["status"] == "not held"
    assert budgets(first)["max_app"]["reason"].startswith(
        "nothing to hold it against yet: no run before this one has passed and measured "
    )
    (folder / "app" / "big.bin").write_bytes(bytes(3_000_000))
    (folder / "Dockerfile").write_text((folder / "Dockerfile").read_text() + "COPY big.bin ./\n")
    second = invoke(folder, "matrix", "--repeat=1", "--json")
    assert second.code == 1
    assert second.record["baseline"] == first.record["id"]
    (variant,) = second.record["variants"]
    assert variant["status"] == "failed"
    assert variant["reason"].startswith(
        "budget max_app: 3.00 MB is 2.00 MB over 1.00 MB, +1MB on the baseline's"
    )
    assert budgets(second)["max_app"]["causes"] == ["app file /app/big.bin: 3.00 MB new"]
    assert [name for name, budget in budgets(second).items() if budget["status"] != "kept"] == ["max_app"]
    # A run that broke a budget is not the next one's baseline, but may be named as one.
    third = invoke(folder, "matrix", "--repeat=1", "--json")
    assert (third.code, third.record["baseline"]) == (1, first.record["id"])
    fourth = invoke(folder, "matrix", "--repeat=1", "--json", "--baseline", "previous")
    assert (fourth.code, fourth.record["baseline"]) == (0, third.record["id"])
    assert "on the failed baseline's" in budgets(fourth)["max_app"]["reason"]
    assert f"held against run {third.record['id']}, as was asked for: it has failed" in fourth.err
    assert invoke(folder, "clean").code == 0


def test_absolute_budgets_and_answers_on_one_image(tmp_path: Path) -> None:
    """One that needs every layer has them read without --deep."""
    folder = tiny(
        tmp_path,
        index=STOPS,
        more="RUN dd if=/dev/urandom of=/app/x bs=1000 count=500\nRUN chmod 600 /app/x\nUSER node",
        matrix="budgets: {max_waste: 100kB, shells: none, user: non-root, stops: gracefully, setuid_files: none}\n",
    )
    done = invoke(folder, "matrix", "--repeat=1", "--json")
    assert done.code == 1
    told = budgets(done)
    assert {name: budget["status"] for name, budget in told.items()} == {
        "max_waste": "broken",
        "shells": "broken",
        "user": "kept",
        "stops": "kept",
        "setuid_files": "kept",
    }
    assert told["max_waste"]["causes"][0] == (
        "file /app/x: 500 kB copied at the same size by layer `RUN chmod 600 /app/x`"
    )
    (variant,) = done.record["variants"]
    assert variant["reason"] == "budgets broken: max_waste, shells"
    shown = invoke(folder, "matrix", "--repeat=1")
    assert shown.code == 1
    assert "budgets: 3 kept, 2 broken" in shown.out
    assert "file /app/x: 500 kB copied at the same size" in " ".join(shown.out.split())
    assert invoke(folder, "clean").code == 0
