"""The deep way on the article's images, held against GNU tar, `docker history` and the containers' own view."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from imagematrix import engine as engines
from imagematrix.errors import Interrupted
from imagematrix.image import read_image
from imagematrix.image.deep import Layers, read_archive, read_layers
from imagematrix.image.files import Compressed, FileSystem, Kind, LayerFiles
from imagematrix.image.merge import merge
from imagematrix.image.sampling import Sampler
from imagematrix.image.store import LayerStore
from imagematrix.image.tar import Tar
from imagematrix.model import LABEL_KIND, Engine
from tests.integration.cli import checkout, invoke
from tests.integration.cli import docker as docker_words
from tests.integration.conftest import REPOSITORY

pytestmark = pytest.mark.integration

LABELS = ("vanilla", "multi-stage", "distroless", "alpine")
REFS = {label: f"imagematrix.local/hello-world:{label}-node24" for label in LABELS}
SMALL = ("distroless", "alpine")
# What an engine puts into every container itself, or lays over what the image has there.
MADE = re.compile(r"^/(\.dockerenv|(dev|proc|sys)(/.*)?|etc/(mtab|hosts|hostname|resolv\.conf))?$")
KINDS = {"-": Kind.FILE, "h": Kind.FILE, "d": Kind.FOLDER, "l": Kind.LINK, "c": Kind.OTHER}
LINE = re.compile(r"^(.)([rwxstST-]{9}) (\d+)/\d+ +(\d+|\d+,\d+) \S+ \S+ (.*?)(?: (?:->|link to) (.*))?$")


@pytest.fixture(scope="module")
def _built(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The article's images are on the engine."""
    assert engine.name == "docker"
    folder = checkout(tmp_path_factory.mktemp("checkout"), REPOSITORY)
    assert invoke(folder, "build").code == 0


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("layers")


@pytest.fixture(scope="module")
def diff_ids(engine: Engine, _built: None) -> dict[str, list[str]]:
    """The diff IDs of each image, by its id: a tag may move while these tests run."""
    with closing(engines.connect(engine)) as client:
        images = [client.images.get(ref) for ref in REFS.values()]
    return {str(image.id): image.attrs["RootFS"]["Layers"] for image in images}


@pytest.fixture(scope="module")
def ids(diff_ids: dict[str, list[str]]) -> dict[str, str]:
    return dict(zip(LABELS, diff_ids, strict=True))


def read(
    engine: Engine,
    images: dict[str, list[str]],
    cache: Path,
    *,
    on_progress: Callable[[str], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> Layers:
    return read_layers(
        lambda: engines.connect(engine),
        images,
        cache=cache,
        compressing=Sampler,
        exact_sizes=False,
        on_progress=on_progress,
        stop=stop or threading.Event(),
    )


@pytest.fixture(scope="module")
def layers(engine: Engine, diff_ids: dict[str, list[str]], cache: Path) -> Layers:
    return read(engine, diff_ids, cache)


def view(layers: Layers, diffs: list[str]) -> FileSystem:
    return merge([layers.files[diff] for diff in diffs])


def is_the_images(path: str) -> bool:
    return not MADE.match(path)


def ask(client: docker.DockerClient, ref: str, *command: str) -> str:
    """What a command says in a container of its own, that is gone afterwards."""
    said: bytes = client.containers.run(
        ref,
        list(command[1:]),
        entrypoint=command[0],
        user="0",
        remove=True,
        network_mode="none",
        mem_limit="512m",
        pids_limit=64,
        labels={LABEL_KIND: "container"},
    )
    return said.decode("utf-8", "surrogateescape")


def test_the_layers_of_all_images_were_read_once(layers: Layers, diff_ids: dict[str, list[str]]) -> None:
    distinct = {diff for diffs in diff_ids.values() for diff in diffs}
    assert sorted(layers.read) == sorted(distinct)
    assert len(distinct) < sum(map(len, diff_ids.values()))


def test_layer_bytes_are_those_of_docker_history(
    client: docker.DockerClient, layers: Layers, diff_ids: dict[str, list[str]]
) -> None:
    for ref, diffs in diff_ids.items():
        listed = [line["Size"] for line in reversed(client.images.get(ref).history()) if line["Size"]]
        assert [size for diff in diffs if (size := layers.files[diff].content_bytes)] == listed


def test_a_second_time_nothing_is_read(
    engine: Engine, layers: Layers, diff_ids: dict[str, list[str]], cache: Path
) -> None:
    again = read(engine, diff_ids, cache)
    assert again.read == ()
    assert again.files == layers.files


@pytest.fixture(scope="module")
def saved(engine: Engine, ids: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "small.tar"
    with path.open("wb") as out:
        subprocess.run(docker_words(engine, "save", *(ids[label] for label in SMALL)), stdout=out, check=True)
    return path


def listed(layer: Path) -> Iterator[tuple[str, Kind, int, int, int, str]]:
    words = ["tar", "--list", "--verbose", "--numeric-owner", "--quoting-style=literal", "--file", str(layer)]
    for line in subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines():
        match = LINE.match(line)
        assert match, line
        kind, rights, uid, size, name, target = match.groups()
        letters = [rights[n : n + 3] for n in (0, 3, 6)]
        mode = int("".join(str(sum((4, 2, 1)[i] for i in range(3) if x[i] not in "-ST")) for x in letters), 8)
        mode |= sum(bit for bit, x in zip((0o4000, 0o2000, 0o1000), letters, strict=True) if x[2] in "stST")
        path = "/" + name.strip("/")
        yield path, KINDS[kind], int(size) if kind == "-" else 0, mode, int(uid), target or ""


def test_the_files_of_a_layer_are_those_that_gnu_tar_lists(
    saved: Path, tmp_path: Path, layers: Layers
) -> None:
    compared = 0
    with saved.open("rb") as file:
        outer = Tar(iter(lambda: file.read(1 << 20), b""))
        for blob in outer.members():
            diff = f"sha256:{blob.name.rpartition('/')[2]}"
            if diff not in layers.files:
                continue
            (tmp_path / "layer").write_bytes(b"".join(outer.content()))
            told = list(listed(tmp_path / "layer"))
            ours = layers.files[diff].entries
            assert [(e.path, e.kind, e.mode, e.uid) for e in ours] == [
                (path, kind, mode, uid) for path, kind, _, mode, uid, _ in told
            ]
            sizes = {path: size for path, kind, size, *_ in told if kind is Kind.FILE}
            first_names = [e for e in ours if e.kind is Kind.FILE and e.content == e.path]
            assert {e.path: e.bytes for e in first_names} == {e.path: sizes[e.path] for e in first_names}
            assert sum(sizes.values()) == layers.files[diff].content_bytes
            assert [e.target for e in ours if e.kind is Kind.LINK] == [
                target for _, kind, *_, target in told if kind is Kind.LINK
            ]
            compared += len(told)
    assert compared > 5000


def test_an_archive_of_the_images_gives_the_same_as_the_engine(
    client: docker.DockerClient,
    saved: Path,
    layers: Layers,
    ids: dict[str, str],
    diff_ids: dict[str, list[str]],
    tmp_path: Path,
) -> None:
    images, found = read_archive(
        saved,
        cache=tmp_path,
        compressing=Sampler,
        exact_sizes=False,
        on_progress=lambda _: None,
        stop=threading.Event(),
    )
    there = {tuple(diff_ids[ids[label]]): client.images.get(ids[label]).attrs["Config"] for label in SMALL}
    assert {tuple(layer.diff_id for layer in image.layers) for image in images} == set(there)
    for image in images:
        diffs = tuple(layer.diff_id for layer in image.layers)
        assert list(image.config.entrypoint) == (there[diffs]["Entrypoint"] or [])
        assert list(image.config.command) == (there[diffs]["Cmd"] or [])
        assert image.config.user == there[diffs]["User"]
        assert [_comparable(each) for each in found.of(image)] == [
            _comparable(layers.files[diff]) for diff in diffs
        ]


def test_images_whose_config_only_the_engine_knows_are_told_apart(
    engine: Engine,
    client: docker.DockerClient,
    ids: dict[str, str],
    diff_ids: dict[str, list[str]],
    tmp_path: Path,
) -> None:
    for label in SMALL:
        for _ in range(2):  # out of the export, and as it was kept
            image = read_image(
                engine, client, ids[label], config_digest="", bases=(), cache=tmp_path, stop=threading.Event()
            )
            assert [layer.diff_id for layer in image.layers] == diff_ids[ids[label]]
            assert image.config_digest == ids[label] or engine.image_store == "containerd"
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", image.config_digest)


def _comparable(layer: LayerFiles) -> LayerFiles:
    """Its size depends on whether its length was known, and its blobs on where it was read."""
    return replace(layer, compressed=Compressed(0, 0), packed=())


def test_the_merged_view_of_a_debian_image_is_what_find_sees_in_its_container(
    client: docker.DockerClient, layers: Layers, ids: dict[str, str], diff_ids: dict[str, list[str]]
) -> None:
    ref = ids["vanilla"]
    said = ask(client, ref, "find", "/", "-xdev", "-printf", "%y %D:%i %s %p\\n")
    rows = [line.split(" ", 3) for line in said.splitlines()]
    there = {path: (kind, inode, int(size)) for kind, inode, size, path in rows if is_the_images(path)}
    entries = {
        path: entry for path, entry in view(layers, diff_ids[ref]).entries.items() if is_the_images(path)
    }
    assert {path: entry.kind.value for path, entry in entries.items()} == {
        path: kind for path, (kind, *_) in there.items()
    }
    files = {path: entry for path, entry in entries.items() if entry.kind is Kind.FILE}
    assert {path: entry.bytes for path, entry in files.items()} == {p: there[p][2] for p in files}
    by_content = {entry.content: entry.bytes for entry in files.values()}
    by_inode = {there[path][1]: there[path][2] for path in files}
    assert (len(by_content), sum(by_content.values())) == (len(by_inode), sum(by_inode.values()))


def test_the_merged_view_of_an_alpine_image_is_what_find_sees_in_its_container(
    client: docker.DockerClient, layers: Layers, ids: dict[str, str], diff_ids: dict[str, list[str]]
) -> None:
    ref = ids["alpine"]
    there = ask(client, ref, "find", "/", "-xdev").splitlines()
    assert set(filter(is_the_images, view(layers, diff_ids[ref]).entries)) == set(
        filter(is_the_images, there)
    )


def test_an_interrupted_reading_leaves_whole_layers_alone(
    engine: Engine, ids: dict[str, str], diff_ids: dict[str, list[str]], tmp_path: Path
) -> None:
    stop = threading.Event()
    ref = ids["distroless"]
    notes: list[str] = []

    def on_progress(note: str) -> None:
        notes.append(note)
        if len(notes) == 4:
            stop.set()

    with pytest.raises(Interrupted):
        read(engine, {ref: diff_ids[ref]}, tmp_path, on_progress=on_progress, stop=stop)
    kept = list(tmp_path.glob("*.layer"))
    assert len(kept) >= 3
    assert not list(tmp_path.glob("*.tmp"))
    store = LayerStore(folder=tmp_path)
    assert all(store.load(f"sha256:{path.stem}") is not None for path in kept)
    rest = read(engine, {ref: diff_ids[ref]}, tmp_path)
    assert len(rest.read) == len(set(diff_ids[ref])) - len(kept)
