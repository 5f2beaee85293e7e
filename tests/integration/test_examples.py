"""The article's lessons, as the examples show them; base images are made here, so all machines see the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import checkout, figures, invoke, variants
from tests.integration.conftest import REPOSITORY

pytestmark = pytest.mark.integration

EXAMPLES = REPOSITORY / "examples"


@pytest.mark.usefixtures("engine")
def test_two_runs_against_one(tmp_path: Path) -> None:
    folder = checkout(tmp_path, EXAMPLES / "two-runs", "tasks.py", "variants.yml", "dockerfiles")
    done = invoke(folder, "matrix", "--bases", "local", "--json")
    assert done.code == 0, done.err
    found = variants(done.record)
    told = {label: figures(variant) for label, variant in found.items()}
    assert {label: measured["command_exit_code"] for label, measured in told.items()} == dict.fromkeys(
        told, 0
    )
    assert all(measured["command_seconds"] > 0 for measured in told.values())

    layers = {label: measured["own_layers"] for label, measured in told.items()}
    assert layers == {"two-runs": 2, "one-run": 1, "cleaned-later": 3, "cleaned-at-once": 1}
    size = {label: measured["own_bytes"] for label, measured in told.items()}
    # The layers of two instructions hold what one's holds: joining alone saves a layer, and no bytes.
    assert size["two-runs"] == pytest.approx(size["one-run"], rel=0.01)
    # What a later instruction deletes is shipped all the same.
    assert size["cleaned-later"] == size["two-runs"]
    lists = own_layers(found["two-runs"])[0]["bytes"]
    assert lists > 5_000_000
    assert size["one-run"] - size["cleaned-at-once"] == pytest.approx(lists, rel=0.01)


def own_layers(variant: Any) -> list[Any]:
    return [layer for layer in variant["image"]["layers"] if not layer["from_base"]]


@pytest.mark.usefixtures("engine")
def test_the_article_on_node_8(tmp_path: Path) -> None:
    folder = checkout(tmp_path, EXAMPLES / "node8", "tasks.py", "variants.yml", "app", "dockerfiles")
    done = invoke(folder, "smoke", "--bases", "local", "--json")
    assert done.code == 0, done.err  # a variant that is skipped on purpose fails no run
    found = variants(done.record)
    assert {label: variant["status"] for label, variant in found.items()} == {
        "vanilla": "passed",
        "multi-stage": "passed",
        "distroless": "passed",
        "alpine": "skipped",
    }
    assert "node:8-alpine cannot be had: no registry is asked" in found["alpine"]["reason"]
    assert found["alpine"]["build"] is None
    unpacked = {label: v["image"]["unpacked_bytes"] for label, v in found.items() if v["image"]}
    # The article: 681, 678 and 76.7 MB.
    assert unpacked["vanilla"] > unpacked["multi-stage"] > 8 * unpacked["distroless"]
    assert unpacked["distroless"] < 80_000_000
    assert figures(found["vanilla"])["own_layers"] - figures(found["multi-stage"])["own_layers"] == 2
