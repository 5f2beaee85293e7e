"""`invoke measure --image` and `--image-archive`: any image, quick and deep, with an engine and without."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import docker
import pytest

from imagematrix import engine as engines
from imagematrix.model import LABEL_KIND, Engine
from tests.integration.apps import tiny
from tests.integration.cli import figures, invoke

pytestmark = pytest.mark.integration

BUILT = "imagematrix.local/tiny:tiny-node24"
FLAT = "imagematrix.local/test-images:flat"  # BUILT and UNSEEN in one layer, as it was imported
BARE = "imagematrix.local/test-images:bare"  # a file and a link, and no node
TEXT = b"some text\n"
UNSEEN = {"etc/hosts": 1_000_003, "etc/hostname": 501, "dev/left/behind": 70_001, "proc/also": 13}


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A checkout whose image is built, with two others beside it on the engine."""
    folder = tiny(tmp_path_factory.mktemp("images"))
    assert invoke(folder, "build").code == 0
    with closing(engines.connect(engine)) as client:
        imported(client, FLAT, with_unseen(flattened(client)))
        imported(client, BARE, bare())
    yield folder
    with closing(engines.connect(engine)) as client:
        for ref in (FLAT, BARE):
            client.images.remove(ref)
    assert invoke(folder, "clean").code == 0


def flattened(client: docker.DockerClient) -> bytes:
    container = client.containers.create(BUILT, labels={LABEL_KIND: "container"})
    try:
        return b"".join(cast(Iterator[bytes], container.export()))
    finally:
        container.remove()


def with_unseen(archive: bytes) -> bytes:
    """The same image with files where engines put their own."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as old, tarfile.open(fileobj=packed, mode="w") as new:
        for member in old:
            if member.name not in UNSEEN:
                new.addfile(member, old.extractfile(member) if member.isreg() else None)
        for name, size in UNSEEN.items():
            file = tarfile.TarInfo(name)
            file.size = size
            new.addfile(file, io.BytesIO(bytes(size)))
    return packed.getvalue()


def bare() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        file, link = tarfile.TarInfo("text"), tarfile.TarInfo("link")
        file.size, link.type, link.linkname = len(TEXT), tarfile.SYMTYPE, "text"
        tar.addfile(file, io.BytesIO(TEXT))
        tar.addfile(link)
    return packed.getvalue()


def imported(client: docker.DockerClient, ref: str, archive: bytes) -> None:
    repository, _, tag = ref.rpartition(":")
    client.api.import_image_from_data(archive, repository=repository, tag=tag)


@pytest.fixture
def own(engine: Engine, tmp_path: Path) -> dict[str, str]:
    """An environment with the shared engine, and a cache in which nothing was ever read."""
    return {"XDG_CACHE_HOME": str(tmp_path / "cache"), "DOCKER_HOST": engine.host, **dict(engine.env)}


def measured(folder: Path, *flags: str, environment: dict[str, str] | None = None) -> Any:
    done = invoke(folder, "measure", "--json", *flags, environment=environment)
    assert done.code == 0, done.err
    return json.loads(done.out)


def how(result: Any, name: str) -> str:
    return str(next(m["how"] for m in result["measurements"] if m["name"] == name))


def test_quick_needs_no_export_and_says_where_it_only_knows_nearly(
    engine: Engine, folder: Path, own: dict[str, str], tmp_path: Path
) -> None:
    [quick] = measured(folder, f"--image={FLAT}", environment=own)
    assert not list((tmp_path / "cache" / "imagematrix").glob("layers/*.layer"))
    [deep] = measured(folder, f"--image={FLAT}", "--deep", environment=own)
    with closing(engines.connect(engine)) as client:
        archive = client.images.get(FLAT)
        assert archive.attrs["RootFS"]["Layers"] == [layer["diff_id"] for layer in deep["image"]["layers"]]
        with tarfile.open(fileobj=io.BytesIO(with_unseen(flattened(client)))) as tar:
            members = tar.getmembers()
    files = sum(member.size for member in members if member.isreg())
    links = sum(len(member.linkname) for member in members if member.issym())
    assert links > 1000
    assert deep["image"]["unpacked_bytes"] == files
    assert (quick["image"]["bytes_how"], deep["image"]["bytes_how"]) == ("estimated", "exact")
    assert 0 < quick["image"]["unpacked_bytes"] - files <= links
    for name in ("unpacked_bytes", "waste_bytes", "bytes_by_origin"):
        assert (how(quick, name), how(deep, name)) == ("estimated", "exact")
    same = ("visible_bytes", "runtime_bytes", "libc", "packages_apk_count")
    assert [figures(quick)[name] for name in same] == [figures(deep)[name] for name in same]
    assert figures(deep)["waste_bytes"] == sum(UNSEEN.values())
    assert figures(quick)["visible_bytes"] == files - sum(UNSEEN.values())
    assert figures(quick)["node_version"].startswith("24.")
    for name in ("node_version", "node_end_of_life"):
        assert figures(deep)[name] == figures(quick)[name]
        assert (how(quick, name), how(deep, name)) == ("exact", "exact")
    # What a deep run has read, a quick one knows.
    [again] = measured(folder, f"--image={FLAT}", environment=own)
    assert again["image"] == deep["image"]
    assert figures(again)["download_bytes"] == figures(deep)["download_bytes"]
    assert how(quick, "download_bytes") == "unavailable"


def test_several_images_come_in_the_order_that_they_were_asked_for(folder: Path, own: dict[str, str]) -> None:
    told = measured(folder, f"--image={BARE}", f"--image={BUILT}", f"--image={BARE}", environment=own)
    assert [result["label"] for result in told] == [BARE, BUILT, BARE]
    assert told[0] == told[2]


def test_several_images_are_told_as_a_set(folder: Path, own: dict[str, str]) -> None:
    done = invoke(folder, "measure", f"--image={BUILT}", f"--image={BARE}", environment=own)
    assert done.code == 0, done.err
    *_, heading, _, built, bare, _, together, alone, _ = done.out.split("\n")
    assert heading.split() == ["image", "layers", "shared", "alone", "in", "common", "with"]
    # What the engine lists of the built one may only be near, and so is all that it is part of.
    assert built.split()[1].startswith("~")
    assert bare.split() == [BARE, "10", "B", "0", "B", "10", "B", "none"]
    assert together.startswith(" together on one host: ~")
    assert alone == " alone: what adding the image last costs, and removing it saves"


def test_an_image_without_node_is_read_by_its_layers(folder: Path, own: dict[str, str]) -> None:
    [told] = measured(folder, f"--image={BARE}", environment=own)
    assert told["image"]["bytes_how"] == "exact"
    assert told["image"]["unpacked_bytes"] == figures(told)["visible_bytes"] == len(TEXT)
    assert figures(told)["largest_files"]["rows"] == [["/text", len(TEXT), "base system and app"]]
    for name in ("node_version", "node_end_of_life", "node_past_end_of_life"):
        assert how(told, name) == "not_applicable"
    assert how(told, "libc") == "not_applicable"


def test_an_archive_needs_no_engine(
    engine: Engine, folder: Path, own: dict[str, str], tmp_path: Path
) -> None:
    archive = tmp_path / "saved.tar"
    with closing(engines.connect(engine)) as client, archive.open("wb") as file:
        for chunk in client.images.get(BUILT).save(named=True):
            file.write(bytes(chunk))
    nowhere = {**own, "DOCKER_HOST": "unix:///nowhere.sock"}
    [told] = measured(folder, f"--image-archive={archive}", environment=nowhere)
    [here] = measured(folder, f"--image={BUILT}", "--deep", environment=own)
    assert told["label"] == BUILT
    unlike = {"engine_bytes"}
    assert {k: v for k, v in figures(told).items() if k not in unlike} == {
        k: v for k, v in figures(here).items() if k not in unlike
    }
    assert how(told, "engine_bytes") == "not_applicable"


def test_an_image_that_is_not_there_is_bad_input(engine: Engine, folder: Path) -> None:
    assert engine.name == "docker"
    done = invoke(folder, "measure", "--image=imagematrix.local/test-images:none", "--json")
    assert (done.code, done.out) == (2, "")
    assert "the image cannot be measured" in done.err
    assert "`docker images` lists what is on the engine" in done.err
    assert "Traceback" not in done.err


def test_a_file_that_is_no_archive_is_bad_input(folder: Path) -> None:
    done = invoke(folder, "measure", "--image-archive=variants.yml", "--json")
    assert (done.code, done.out) == (2, "")
    assert "variants.yml" in done.err
    assert "docker save" in done.err
    assert "Traceback" not in done.err
