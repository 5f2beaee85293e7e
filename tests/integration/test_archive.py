"""A real run, archived with the files of its images, packed, verified and read elsewhere."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagematrix import archive
from tests.integration.apps import tiny
from tests.integration.cli import figures, invoke

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tiny(tmp_path_factory.mktemp("archive") / "tiny")
    yield folder
    assert invoke(folder, "clean").code == 0


@pytest.fixture(scope="module")
def run(folder: Path) -> Any:
    done = invoke(folder, "matrix", "--repeat=1", "--json")
    assert done.code == 0, done.err
    return done.record


def test_the_files_of_an_image_are_kept_and_add_up_to_what_was_measured(run: Any, folder: Path) -> None:
    (variant,) = run["variants"]
    listing = archive.listing(folder / "results", variant["image"]["config_digest"])
    assert listing is not None
    assert sum(file.bytes for file in listing.files) == figures(variant)["visible_bytes"]
    rows = figures(variant)["bytes_by_origin"]["rows"]
    counts = {row[0]: row[2] for row in rows if row[0] != "waste"}
    assert {name: sum(f.origin == name for f in listing.files) for name in counts} == counts
    assert [file.bytes for file in listing.files if file.path == "/app/index.js"] == [
        (folder / "app" / "index.js").stat().st_size
    ]


def test_files_that_the_archive_lacks_are_listed_again_by_the_next_run(run: Any, folder: Path) -> None:
    (path,) = (folder / "results" / "files").iterdir()
    assert path.name.startswith(run["variants"][0]["image"]["config_digest"].removeprefix("sha256:"))
    before = path.read_bytes()
    path.unlink()
    assert invoke(folder, "matrix", "--repeat=1").code == 0
    assert path.read_bytes() == before


def test_a_run_in_a_file_with_its_image(run: Any, folder: Path, tmp_path: Path) -> None:
    done = invoke(folder, "archive", "--run", run["id"], "--with-images", "--output", str(tmp_path))
    assert done.code == 0, done.err
    bundle = tmp_path / f"imagematrix-{run['id']}.tar.gz"
    assert invoke(folder, "archive", "--verify", str(bundle)).code == 0
    subprocess.run(["tar", "xzf", bundle.name], cwd=tmp_path, check=True)
    unpacked = tmp_path / f"imagematrix-{run['id']}"
    subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=unpacked, check=True)
    assert json.loads((unpacked / "run.json").read_text()) == run
    (variant,) = run["variants"]
    assert (unpacked / variant["build"]["log"]).read_text()
    assert "tiny" in (unpacked / "report.md").read_text()
    with tarfile.open(unpacked / "images" / "tiny.tar") as saved:
        member = saved.extractfile("manifest.json")
        assert member is not None
        config = variant["image"]["config_digest"].removeprefix("sha256:")
        assert config in json.load(member)[0]["Config"]


def test_a_bundle_has_what_the_run_was_made_from(run: Any, folder: Path, tmp_path: Path) -> None:
    before = (folder / "Dockerfile").read_text()
    (folder / "Dockerfile").write_text("FROM changed-since\n")
    try:
        assert invoke(folder, "archive", "--run", run["id"], "--output", str(tmp_path)).code == 0
    finally:
        (folder / "Dockerfile").write_text(before)
    with tarfile.open(tmp_path / f"imagematrix-{run['id']}.tar.gz") as bundle:
        dockerfile = bundle.extractfile(f"imagematrix-{run['id']}/sources/Dockerfile")
        matrix = bundle.extractfile(f"imagematrix-{run['id']}/matrix.json")
        assert dockerfile is not None
        assert dockerfile.read().decode() == before
        assert matrix is not None
        assert json.load(matrix)["app"]["name"] == "tiny"


def test_an_image_that_is_gone_is_left_out_and_told(run: Any, folder: Path, tmp_path: Path) -> None:
    assert invoke(folder, "clean").code == 0
    done = invoke(
        folder, "archive", "--run", run["id"], "--with-images", "--output", str(tmp_path / "x.tgz"), "--json"
    )
    assert done.code == 0, done.err
    assert "left out: its image is not on the engine any more" in done.err
    assert not [name for name in done.record["files"] if name.startswith("images/")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.tgz"]
