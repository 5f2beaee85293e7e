"""`invoke compare`: two runs, two variants and two images that differ by one file, down to that file."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from imagematrix import engine as engines
from imagematrix.model import LABEL_KIND, Engine
from tests.integration.apps import DOCKERFILE, tiny
from tests.integration.cli import invoke

pytestmark = pytest.mark.integration

BASE = "node:24-alpine"
BYTES = 3_000_000
SMALL, BIG = "imagematrix.local/compared:tiny-node24", "imagematrix.local/compared:big-node24"
SENTENCE = "app file /app/big.bin: 3.00 MB new"
FILE = {"path": "/app/big.bin", "change": "new", "old_bytes": 0, "new_bytes": BYTES, "more_bytes": BYTES}


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two runs: of a variant without the file and one with it; then the first has it too."""
    big = f'  big:\n    dockerfile: big.Dockerfile\n    bases: ["{BASE}"]\n'
    assert engine.name == "docker"
    folder = tiny(tmp_path_factory.mktemp("compare"), matrix=big, timeout=20)
    (folder / "app" / "big.bin").write_bytes(b"\0" * BYTES)
    matrix = folder / "variants.yml"
    # A name of its own: other tests have images of the app `tiny` on the same engine.
    matrix.write_text(
        matrix.read_text(encoding="utf-8").replace("name: tiny", "name: compared"), encoding="utf-8"
    )
    with_file = DOCKERFILE.format(base=BASE, more="COPY big.bin ./")
    (folder / "big.Dockerfile").write_text(with_file, encoding="utf-8")
    assert invoke(folder, "matrix", "--repeat=5").code == 0
    yield folder
    assert invoke(folder, "clean").code == 0


def compared(folder: Path, *flags: str) -> Any:
    done = invoke(folder, "compare", "--json", *flags)
    assert done.code == 0, done.err
    return done.record


def is_one_file_more(pair: Any, *, origin: str) -> None:
    assert pair["causes"][0]["bytes"] == BYTES
    assert pair["files"]["rows"] == [{**FILE, "origin": origin}]
    assert pair["files"]["complete"] is True
    assert [each["more_bytes"] for each in pair["layers"] if each["change"] != "same"] == [BYTES]
    figures = {each["name"]: each.get("more") for each in pair["figures"]}
    assert figures["visible_bytes"] == figures["unpacked_bytes"] == BYTES
    assert pair["packages"] == []


def test_the_engine_says_the_same_of_the_file(engine: Engine, folder: Path) -> None:
    assert (folder / "results").is_dir()
    with closing(engines.connect(engine)) as client:
        container = client.containers.create(BIG, labels={LABEL_KIND: "container"})
        try:
            packed, _ = container.get_archive("/app/big.bin")
            archive = b"".join(packed)  # to its end: until then the engine keeps the container locked
        finally:
            container.remove()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert [member.size for member in tar.getmembers()] == [BYTES]


def test_two_variants(folder: Path) -> None:
    found = compared(folder, "--variant=tiny", "--variant=big")
    [pair] = found["pairs"]
    is_one_file_more(pair, origin="app")
    assert pair["causes"] == [{"text": SENTENCE, "bytes": BYTES}]
    assert {each["name"] for each in pair["noisy"]} >= {"start_seconds", "memory_idle_bytes"}
    assert "rank-sum test" in found["rule"]


def test_two_images_on_the_engine(folder: Path) -> None:
    [pair] = compared(folder, f"--image={SMALL}", f"--image={BIG}")["pairs"]
    is_one_file_more(pair, origin="base system and app")
    assert pair["noisy"] == []
    [pair] = compared(folder, f"--image={BIG}", f"--image={BIG}")["pairs"]
    assert (pair["same_image"], pair["causes"]) == (True, [])


def test_two_runs_in_every_format(folder: Path) -> None:
    (folder / "Dockerfile").write_text(
        (folder / "big.Dockerfile").read_text(encoding="utf-8"), encoding="utf-8"
    )
    assert invoke(folder, "matrix", "--variant=tiny").code == 0
    found = compared(folder)
    assert found["only_old"] == ["big"]
    [pair] = found["pairs"]
    is_one_file_more(pair, origin="app")
    for form in ("terminal", "markdown"):
        done = invoke(folder, "compare", f"--format={form}")
        assert done.code == 0
        assert SENTENCE in done.out
        assert "+3.00 MB" in done.out
        assert "\x1b" not in done.out


def test_wrong_flags_are_bad_input(folder: Path) -> None:
    done = invoke(folder, "compare", "--variant=tiny", "--json")
    assert (done.code, done.out) == (2, "")
    assert "two are compared" in done.err
    assert "Traceback" not in done.err
