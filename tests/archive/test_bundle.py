from __future__ import annotations

import gzip
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from imagematrix import archive
from imagematrix.archive import bundle, unbundle
from imagematrix.errors import InputError, MachineError
from imagematrix.model import Run
from tests.archive.made_runs import of_image, run_id, saved


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with all that one may have."""
    results = tmp_path / "results"
    run = saved(results, run_id(1), result=of_image("d", listed=True))
    folder = results / run.id
    (folder / "logs" / "alpine-node24.build.log").write_text("#1 built\n")
    (folder / "logs" / "link").symlink_to("/etc/passwd")
    (folder / "matrix.json").write_text("{}\n")
    (folder / "sources" / "docker").mkdir(parents=True)
    (folder / "sources" / "docker" / "ä.Dockerfile").write_text("FROM x\n")
    (folder / "report.html").write_text("of another time")
    return run


def packed(run: Run, folder: Path, **more: bytes) -> Path:
    out = folder / bundle.file_name(run)
    extra = {name.replace("_", "/"): content for name, content in more.items()}
    bundle.pack(out, run, bundle.own_parts(folder / "results", run) | extra)
    return out


NAMES = [
    "run.json",
    f"files/{'d' * 64}.json.gz",
    "logs/alpine-node24.build.log",
    "matrix.json",
    "sources/docker/ä.Dockerfile",
]


def test_a_bundle_holds_the_run_and_tar_and_sha256sum_agree(run: Run, tmp_path: Path) -> None:
    out = packed(run, tmp_path, images_a=b"an image", b=b"")
    assert out.name == f"imagematrix-{run.id}.tar.gz"
    subprocess.run(["tar", "xzf", str(out), "-C", str(tmp_path)], check=True)
    folder = tmp_path / f"imagematrix-{run.id}"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == {*NAMES, "images/a", "b", "SHA256SUMS"}
    words = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    assert {line.removesuffix(": OK") for line in done.stdout.splitlines()} == there - {"SHA256SUMS"}
    for name in NAMES:
        kept = tmp_path / "results" / (name if name.startswith("files") else f"{run.id}/{name}")
        assert (folder / name).read_bytes() == kept.read_bytes()
    (folder / "matrix.json").write_text("{ }\n")
    assert subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode == 1


def test_the_record_is_first_and_images_are_last(run: Run, tmp_path: Path) -> None:
    with tarfile.open(packed(run, tmp_path, images_a=b"1", z=b"2")) as bundled:
        names = [entry.name.partition("/")[2] for entry in bundled]
        assert names == [*NAMES, "z", "images/a", "SHA256SUMS"]
        bundled.getmember(f"imagematrix-{run.id}/z")


def test_the_same_run_is_the_same_bytes_whoever_packs_it_and_when(run: Run, tmp_path: Path) -> None:
    first = packed(run, tmp_path).read_bytes()
    for path in (tmp_path / "results" / run.id).rglob("*.json"):
        path.chmod(0o600)
        path.touch()
    parts = bundle.own_parts(tmp_path / "results", run)
    again = tmp_path / "again.tar.gz"
    bundle.pack(again, run, dict(reversed(parts.items())))
    assert again.read_bytes() == first
    with tarfile.open(again) as bundled:
        told = {(e.uid, e.gid, e.uname, e.gname, e.mode, e.mtime) for e in bundled}
    assert told == {(0, 0, "", "", 0o644, 1767225600)}  # date -d 2026-01-01T00:00:00Z +%s


def test_a_bundle_is_a_run_to_resolve(run: Run, tmp_path: Path) -> None:
    out = packed(run, tmp_path).rename(tmp_path / "renamed")
    found = archive.resolve(tmp_path / "none", str(out))
    assert (found.id, found.results[0].image) == (run.id, run.results[0].image)


def test_a_bundle_that_is_as_it_was_packed(run: Run, tmp_path: Path) -> None:
    checked = unbundle.check(packed(run, tmp_path, images_a=b"x" * 1_500_000))
    assert checked.run_id == run.id
    assert checked.files == len(NAMES) + 2
    assert checked.faults == ()
    assert checked.unpacked_bytes > 1_500_000


def test_a_run_without_sources_and_listings(tmp_path: Path) -> None:
    run = saved(tmp_path / "results", run_id(2))
    assert list(bundle.own_parts(tmp_path / "results", run)) == ["run.json"]
    assert unbundle.check(packed(run, tmp_path)).faults == ()


@pytest.mark.parametrize("name", ["a\nb", "a\\b", "../x", "/x", "a//b", "", "x" * 300])
def test_a_name_that_has_no_place_in_a_bundle_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    parts = bundle.own_parts(tmp_path / "results", run) | {name: b""}
    with pytest.raises(InputError, match="has no place in a bundle"):
        bundle.pack(tmp_path / "out.tar.gz", run, parts)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results"]


def test_a_disk_that_is_full_leaves_nothing_behind(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = packed(run, tmp_path)
    before = out.read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gzip.GzipFile, "write", full)
    with pytest.raises(MachineError, match="No space left"):
        packed(run, tmp_path, more=b"1")
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [out.name, "results"]


def test_a_link_stays_one_and_a_folder_is_refused(run: Run, tmp_path: Path) -> None:
    first = packed(run, tmp_path)
    parts = bundle.own_parts(tmp_path / "results", run)
    link = tmp_path / "link"
    link.symlink_to("real")
    told = bundle.pack(link, run, parts)
    checked = unbundle.check(first)
    assert told.packed_bytes == checked.packed_bytes == first.stat().st_size
    assert told.unpacked_bytes == checked.unpacked_bytes
    assert link.is_symlink()
    assert (tmp_path / "real").read_bytes() == first.read_bytes()
    with pytest.raises(InputError, match="a folder is there already"):
        bundle.pack(tmp_path / "results", run, parts)


def test_a_pipe_is_written_to_and_stays(run: Run, tmp_path: Path) -> None:
    first = packed(run, tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        told = bundle.pack(pipe, run, bundle.own_parts(tmp_path / "results", run))
        assert reader.stdout is not None
        assert reader.stdout.read() == first.read_bytes()
    assert told.packed_bytes == first.stat().st_size
    assert pipe.is_fifo()


def test_a_part_that_is_not_there_is_told(run: Run, tmp_path: Path) -> None:
    parts = {"run.json": tmp_path / "none"}
    with pytest.raises(MachineError, match="No such file"):
        bundle.pack(tmp_path / "out", run, parts)
