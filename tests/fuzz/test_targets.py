"""The fuzz targets, each for a bounded time; what ends one is left in a file and belongs into tests/hostile/kept."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.hostile import tars
from tests.hostile.test_matrices import DOCKERFILE, MATRIX
from tests.soak import count

REPOSITORY: Final = Path(__file__).parents[2]
SECONDS: Final = count(6, 600)
# Something to begin with for each: a fuzzer finds what is near it.
SEEDS: Final[dict[str, bytes]] = {
    "fuzz_matrix": yaml.safe_dump(MATRIX, sort_keys=False).encode() + b"\0" + DOCKERFILE.encode(),
    "fuzz_layers": tars.member(b"a", b"x") + tars.member(b"l", kind=b"2", link=b"a") + tars.END,
}


@pytest.mark.parametrize("target", SEEDS)
def test_a_target_is_tried_for_a_while_and_nothing_ends_it(tmp_path: Path, target: str) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "seed").write_bytes(SEEDS[target])
    done = subprocess.run(
        [
            *(sys.executable, "-m", f"tests.fuzz.{target}", str(corpus)),
            *(f"-max_total_time={SECONDS}", "-timeout=10", "-rss_limit_mb=1024", "-max_len=8192"),
            f"-artifact_prefix={tmp_path}/",
        ],
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(tmp_path)},  # libFuzzer ends without Python's own cleaning up
        capture_output=True,
        text=True,
        errors="replace",
        timeout=SECONDS + 120,
        check=False,
    )
    left = [f"{path.name}: {path.read_bytes()!r}" for path in tmp_path.iterdir() if path.is_file()]
    assert done.returncode == 0, f"{left}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    runs = re.search(r"^Done (\d+) runs", done.stderr, re.MULTILINE)
    assert runs is not None, done.stderr[-3000:]
    assert int(runs[1]) > 100 * SECONDS, "it hardly ran"
    assert len(list(corpus.iterdir())) > 10, "it found no way that the seed had not gone"


def test_a_target_is_ended_by_what_is_amiss(tmp_path: Path) -> None:
    """Else the test above would see nothing."""
    done = subprocess.run(
        [sys.executable, "-c", _AMISS, "-runs=1000", f"-artifact_prefix={tmp_path}/"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert "never twice" in done.stdout + done.stderr
    assert [path.name.partition("-")[0] for path in tmp_path.iterdir()] == ["crash"]


_AMISS: Final = """
import sys, atheris
from tests.fuzz import fuzz_layers
def merged(layers): raise KeyError("never twice")
fuzz_layers.replay = merged
fuzz_layers.main()
"""
