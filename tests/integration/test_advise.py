"""`invoke recommend` and `invoke trend` over real runs of two images that differ by known bytes and by a user."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagematrix.model import Engine
from tests.integration.apps import DOCKERFILE, tiny
from tests.integration.cli import invoke

pytestmark = pytest.mark.integration

BASE = "node:24-alpine"
BYTES = 3_000_000


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two runs; in the second, the image called big has a file more than in the first, where it had one too."""
    assert engine.host
    big = f'  big:\n    dockerfile: big.Dockerfile\n    bases: ["{BASE}"]\n'
    folder = tiny(tmp_path_factory.mktemp("advise"), matrix=big, timeout=20)
    with_files = DOCKERFILE.format(base=BASE, more="COPY *.bin ./\nUSER node")
    (folder / "big.Dockerfile").write_text(with_files, encoding="utf-8")
    for number in (1, 2):
        (folder / "app" / f"{number}.bin").write_bytes(bytes([number]) * BYTES)
        assert invoke(folder, "matrix", "--repeat=3").code == 0
    yield folder
    assert invoke(folder, "clean").code == 0


def advised(folder: Path, *flags: str) -> Any:
    done = invoke(folder, "recommend", "--json", *flags)
    assert done.code == 0, done.err
    return {each["profile"]: each for each in done.record["advice"]}


def test_the_smaller_is_smallest_and_the_one_that_is_not_root_is_for_production(folder: Path) -> None:
    told = advised(folder)
    assert told["smallest"]["choice"] == "tiny"
    assert told["production and security"]["choice"] == "big"
    assert told["production and security"]["why"] == "big runs as node, which rules out tiny"
    assert any("stand-ins" in doubt for doubt in told["smallest"]["doubts"])


def test_the_reason_has_the_bytes_by_which_they_differ(folder: Path) -> None:
    (big,) = advised(folder)["smallest"]["against"]
    assert (big["label"], big["out"]) == ("big", False)
    assert big["reason"].startswith("6.00 MB more unpacked")


def test_a_constraint_is_asked_of_the_real_image(folder: Path) -> None:
    told = advised(folder, "--non-root")["your constraints"]
    assert (told["choice"], told["against"][0]["reason"]) == ("big", "runs as root")
    none = invoke(folder, "recommend", "--max-unpacked", "1MB")
    assert none.code == 1
    assert "your constraints: none" in none.out
    wrong = invoke(folder, "recommend", "--max-unpacked", "much")
    assert (wrong.code, wrong.out) == (2, "")
    assert "--max-unpacked" in wrong.err


def test_a_step_is_found_in_the_variant_the_figure_and_the_run_where_it_came_in(folder: Path) -> None:
    done = invoke(folder, "trend", "--json", "--figure", "unpacked_bytes")
    assert done.code == 0, done.err
    tiny_series, big_series = done.record
    assert (tiny_series["label"], tiny_series["changes"]) == ("tiny", [])
    (change,) = big_series["changes"]
    assert change["after"] - change["before"] == BYTES
    assert change["run_id"] == big_series["points"][1]["run_id"] > big_series["points"][0]["run_id"]


def test_what_was_taken_over_from_the_first_run_is_no_second_measurement(folder: Path) -> None:
    done = invoke(folder, "trend", "--json", "--figure", "start_seconds")
    assert {each["label"]: len(each["points"]) for each in done.record} == {"tiny": 1, "big": 2}
