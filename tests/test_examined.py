from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from imagematrix import examined
from imagematrix.model import EngineImage, Finding, ImageConfig, Severity
from tests import made


def image() -> EngineImage:
    read = made.result().image
    assert read is not None
    config = ImageConfig(
        user="", entrypoint=(), command=(), env=(), workdir="", healthcheck=(), architecture="amd64"
    )
    return EngineImage(
        config_digest=read.config_digest,
        unpacked_bytes=read.unpacked_bytes,
        engine_bytes=read.engine_bytes,
        layers=read.layers,
        ref="x",
        history=(),
        config=config,
    )


FINDING = Finding(rule="r", severity=Severity.HIGH, text="t", remedy="m", measurement="addons")


def test_what_is_kept_comes_back_as_it_was_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    path = examined.path_of(tmp_path / "examined", image(), (), "26.1")
    assert examined.load(path) is None
    found = (made.result().measurements, (FINDING,))
    examined.save(path, found)
    assert examined.load(path) == found
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_another_image_or_engine_has_another_place(tmp_path: Path) -> None:
    paths = {
        examined.path_of(tmp_path, image(), (), "26.1"),
        examined.path_of(tmp_path, image(), (), "27.0"),
        examined.path_of(tmp_path, replace(image(), config_digest=made.digest("d")), (), "26.1"),
    }
    assert len(paths) == 3


def test_a_torn_file_counts_as_not_there(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for text in ("", '{"measurements": [', "[]", '{"measurements": [{}], "findings": []}', "[" * 100_000):
        path.write_text(text)
        assert examined.load(path) is None


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    examined.save(tmp_path / "file" / "x.json", ((), ()))
    assert (tmp_path / "file").read_text() == ""
