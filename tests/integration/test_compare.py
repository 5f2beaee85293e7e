"""`invoke compare`: two runs, two variants and two images that differ by one file, down to that file."""

from __future__ import annotations

import io
import os
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
APP = (
    f"compared-{os.getpid()}"  # of its own: who tests on the same engine at the same time moves no tag of it
)
SMALL, BIG = f"imagematrix.local/{APP}:tiny-node24", f"imagematrix.local/{APP}:big-node24"
CHMOD = "chmod -R go-w /usr/local /app"
SENTENCE = "app file /app/big.bin: 3.00 MB new"
FILE = {"path": "/app/big.bin", "change": "new", "old_bytes": 0, "new_bytes": BYTES, "more_bytes": BYTES}


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two runs: of a variant without the file and one with it; then the first has it too."""
    more = "".join(
        f'  {name}:\n    dockerfile: {name}.Dockerfile\n    bases: ["{BASE}"]\n' for name in ("big", "chmod")
    )
    assert engine.name == "docker"
    folder = tiny(tmp_path_factory.mktemp("compare"), matrix=more, timeout=20)
    (folder / "app" / "big.bin").write_bytes(b"\0" * BYTES)
    matrix = folder / "variants.yml"
    matrix.write_text(
        matrix.read_text(encoding="utf-8").replace("name: tiny", f"name: {APP}"), encoding="utf-8"
    )
    with_file = DOCKERFILE.format(base=BASE, more="COPY big.bin ./")
    (folder / "big.Dockerfile").write_text(with_file, encoding="utf-8")
    again = DOCKERFILE.format(base=BASE, more=f"RUN {CHMOD}")
    (folder / "chmod.Dockerfile").write_text(again, encoding="utf-8")
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


def test_chmod_is_told_down_to_the_files_that_it_copied(engine: Engine, folder: Path) -> None:
    """Without the layers' being read; the sizes of the files are those that a container's `find` tells."""
    [pair] = compared(folder, "--variant=tiny", "--variant=chmod")["pairs"]
    told = r"find /usr/local /app -type f -size +0c -exec stat -c %s {} +"
    with closing(engines.connect(engine)) as client:
        out = client.containers.run(SMALL, ["sh", "-c", told], remove=True, labels={LABEL_KIND: "container"})
    sizes = [int(each) for each in out.split()]
    [cause] = pair["causes"]
    assert cause["bytes"] == sum(sizes)
    assert (
        f"(as many bytes as the {len(sizes):,} files of /usr/local and /app: /usr/local/bin/node "
        in cause["text"]
    )
    assert pair["files"]["rows"] == []
    new = [each["finding"]["text"] for each in pair["findings"] if each["change"] == "new"]
    assert not any("headers" in each for each in new)


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
    assert found["only_old"] == ["big", "chmod"]
    [pair] = found["pairs"]
    is_one_file_more(pair, origin="app")
    assert compared(folder, "--variant=tiny")["only_old"] == []
    for form in ("terminal", "markdown"):
        done = invoke(folder, "compare", f"--format={form}")
        assert done.code == 0
        assert SENTENCE in done.out
        assert "+3.00 MB" in done.out
        assert "\x1b" not in done.out


def test_wrong_flags_are_bad_input(folder: Path) -> None:
    done = invoke(folder, "compare", f"--image={SMALL}", "--json")
    assert (done.code, done.out) == (2, "")
    assert "two are compared" in done.err
    assert "Traceback" not in done.err
