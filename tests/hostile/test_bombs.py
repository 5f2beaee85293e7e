"""Archives that are small and come to much: in bytes, in files, in memory, or in work.

Each is so built that what grows by the square of it, or without end, takes minutes or gigabytes and is seen by the
clock or the memory of `bounds`.  What is refused says why; what is measured comes to a record.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Final

import pytest

from imagematrix.image import deep, export, source
from imagematrix.image.layers import Room, read_contents
from imagematrix.image.tar import FormatError
from tests.hostile import tars
from tests.hostile.bounds import MEMORY_BYTES, bounds
from tests.hostile.test_archives import measured
from tests.image import exports, test_elf
from tests.soak import count

SECONDS: Final = count(20, 180)
_MEGA: Final = 1 << 20


def files(names: Iterable[bytes], *, content: bytes = b"", kind: bytes = b"0", link: bytes = b"") -> bytes:
    """Very many members that differ by their names alone, of at most 100 bytes."""
    size = len(content) if kind == b"0" else 0
    block = tars.header(b"", kind=kind, size=size, link=link)
    without = sum(block) - sum(block[148:156]) + 8 * 32
    body = tars.padded(content) if size else b""
    head, tail = block[100:148], block[156:]
    return b"".join(
        name.ljust(100, b"\0") + head + b"%06o\0 " % (without + sum(name)) + tail + body for name in names
    )


def numbered(pattern: bytes, most: int) -> Iterator[bytes]:
    return (pattern % number for number in range(most))


def long_files(names: Iterable[bytes], *, link: bytes = b"") -> Iterator[bytes]:
    """Members with names, and targets, of any length."""
    kind = b"2" if link else b"0"
    target = tars.gnu_long(link, kind=b"K") if link else b""
    return (tars.gnu_long(name) + target + tars.header(b"x", kind=kind) for name in names)


def configured(layers: Iterable[bytes], **changed: object) -> bytes:
    """A config with some of its fields set."""
    told = json.loads(exports.config(list(layers), [("ADD x /", False)]))
    return json.dumps({**told, **changed}).encode()


def image(*layers: bytes, config: bytes | None = None, blobs: Iterable[bytes] = ()) -> bytes:
    """An archive of one image; `blobs` lie in it besides."""
    told = config or exports.config(layers, [("ADD x /", False)] * len(layers))
    named = {f"{number}/layer.tar": layer for number, layer in enumerate(layers)}
    manifest = [{"Config": "config.json", "RepoTags": ["x:1"], "Layers": list(named)}]
    extra = {f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}": blob for blob in blobs}
    return exports.outer(
        {**extra, **named, "config.json": told, "manifest.json": json.dumps(manifest).encode()}
    )


def tried(folder: Path, raw: bytes, *, memory_bytes: int = MEMORY_BYTES) -> str:
    """The record of an archive, or why it is refused; it is squeezed first, as such archives are small."""
    path = folder / "image.tar.gz"
    path.write_bytes(gzip.compress(raw, 1, mtime=0))
    return measured(path, folder, seconds=SECONDS, memory_bytes=memory_bytes)


# What unpacks to far more than it is.

PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": partial(gzip.compress, mtime=0),
    "zstd": exports.zstd.compress,
    "xz": lzma.compress,
    "bzip2": bz2.compress,
}


def swollen(pack: Callable[[bytes], bytes]) -> bytes:
    """A file of zeros that is said to have half a petabyte; far more of it is there than may be unpacked."""
    head = tars.header(b"zeros", size=tars.base256(1 << 49, 12))
    return pack(head) + pack(bytes(_MEGA)) * count(100, 3000)


@pytest.fixture
def _smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_UNPACKED_BYTES", count(32 << 20, 2 << 30))
    monkeypatch.setattr(source, "_SWELLING", count(1, 200))


@pytest.mark.usefixtures("_smaller")
@pytest.mark.parametrize("name", PACKERS)
def test_a_layer_that_swells_without_end_is_refused(tmp_path: Path, name: str) -> None:
    raw = exports.zstd.compress(image(config=configured([b""]), blobs=[swollen(PACKERS[name])]))
    (tmp_path / "image.tar").write_bytes(raw)
    assert "unpacks to more than" in measured(tmp_path / "image.tar", tmp_path, seconds=SECONDS)


@pytest.mark.usefixtures("_smaller")
@pytest.mark.parametrize("name", PACKERS)
def test_an_archive_that_swells_without_end_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "image.tar").write_bytes(swollen(PACKERS[name]))
    assert "unpacks to more than" in measured(tmp_path / "image.tar", tmp_path, seconds=SECONDS)


@pytest.mark.usefixtures("_smaller")
def test_layers_that_swell_together_are_refused(tmp_path: Path) -> None:
    """Each of them alone would do."""
    size = count(4, 512) * _MEGA
    zeros = [
        exports.zstd.compress(tars.header(b"%d" % number, size=size) + bytes(size) + tars.END)
        for number in range(12)
    ]
    raw = exports.zstd.compress(image(config=configured([b""]), blobs=zeros))
    (tmp_path / "image.tar").write_bytes(raw)
    assert "unpacks to more than" in measured(tmp_path / "image.tar", tmp_path, seconds=SECONDS)


@pytest.mark.parametrize("name", PACKERS)
def test_very_many_empty_streams_are_refused(tmp_path: Path, name: str) -> None:
    empty = PACKERS[name](b"")
    (tmp_path / "image.tar").write_bytes(empty * (4 * _MEGA // len(empty)))
    assert "hold next to nothing" in measured(tmp_path / "image.tar", tmp_path, seconds=SECONDS)


# Very many files, and very long names.


def test_very_many_files_are_read(tmp_path: Path) -> None:
    layer = files(numbered(b"%07d", count(50_000, 1_000_000))) + tars.END
    assert tried(tmp_path, image(layer), memory_bytes=2 << 30).startswith("[")


def test_more_files_than_any_layer_has_are_refused(tmp_path: Path) -> None:
    most = count(50_000, 1_000_000)
    layer = files(numbered(b"%07d", most + 1)) + tars.END
    with bounds(tmp_path, seconds=SECONDS), pytest.raises(FormatError, match=f"more than {most} entries"):
        read_contents([layer], most_entries=most)


def test_layers_that_have_too_many_files_together_are_refused(tmp_path: Path) -> None:
    """Each of them alone would do."""
    room = Room(entries=count(4000, 4_000_000))
    layer = files(numbered(b"%07d", count(900, 900_000))) + tars.END
    with bounds(tmp_path, seconds=SECONDS, memory_bytes=4 << 30):
        kept = [read_contents([layer], room) for _ in range(4)]
        with pytest.raises(FormatError, match="too many entries together"):
            read_contents([layer], room)
    assert len(kept) == 4


@pytest.mark.parametrize(
    "named", [b"a" * 4000 + b"%07d", b"%06d/" + b"a/" * 2000 + b"x"], ids=["long", "deep"]
)
def test_names_that_take_gigabytes_are_refused(tmp_path: Path, named: bytes) -> None:
    """Of a file that lies deep, the folders count too that no entry names: each has a name in the merged view."""
    room = Room(names=count(16 << 20, 512 << 20))
    layer = chain(long_files(numbered(named, 500_000)), [tars.END])
    with (
        bounds(tmp_path, seconds=SECONDS, memory_bytes=2 << 30),
        pytest.raises(FormatError, match="names in its layers are too long together"),
    ):
        read_contents(layer, room)


def test_a_link_that_no_system_can_lay_is_refused(tmp_path: Path) -> None:
    layer = b"".join(long_files([b"l"], link=b"a/" * 3000)) + tars.END
    assert "a link of 6000 characters" in tried(tmp_path, image(layer))


def test_a_file_that_is_a_hard_link_to_itself_is_refused(tmp_path: Path) -> None:
    layer = tars.member(b"a", b"x") + tars.member(b"./a", kind=b"1", link=b"/a") + tars.END
    assert "a hard link to itself" in tried(tmp_path, image(layer))


def test_the_way_through_links_is_bounded(tmp_path: Path) -> None:
    chained = (long_files([b"l%02d" % n], link=b"../../" * 600 + b"l%02d" % (n + 1)) for n in range(39))
    layer = b"".join(chain(*chained)) + files(numbered(b"l00/%06d/x", 20_000)) + tars.END
    assert "leads too far round" in tried(tmp_path, image(layer))


def test_the_way_to_a_program_is_bounded(tmp_path: Path) -> None:
    """Links called `sh` that lead a long way, and a PATH of very many folders."""
    shells = long_files(numbered(b"%05d/sh", count(4_000, 100_000)), link=b"../" + b"./" * 2000 + b"bin/x")
    links = long_files(numbered(b"l%02d", 38), link=b"./" * 2000 + b"bin")
    layer = b"".join(chain(shells, links)) + files([b"bin/x"]) + tars.END
    env = ["PATH=" + ":".join(f"/l{number % 38:02}/../l{number}" for number in range(8_000))]
    config = configured([layer], config={"Env": env, "Cmd": ["node"]})
    assert tried(tmp_path, image(layer, config=config)).startswith("[")


# Few bytes, and very much work for the readers.

PACKAGE: Final = b'{"dependencies": {%s}}' % b",".join(b'"%d": "1"' % number for number in range(200_000))
MANY: Final = count(3_000, 50_000)


def test_one_large_file_of_many_names_is_not_read_under_all_of_them(tmp_path: Path) -> None:
    first = tars.member(b"app/node_modules/x/package.json", PACKAGE)
    names = numbered(b"app/node_modules/p%05d/package.json", MANY)
    layer = first + files(names, kind=b"1", link=b"app/node_modules/x/package.json") + tars.END
    assert tried(tmp_path, image(layer)).startswith("[")


def test_a_large_file_that_many_packages_look_into_is_read_once(tmp_path: Path) -> None:
    packages = files(numbered(b"app/node_modules/p%05d/package.json", MANY), content=b"{}")
    layer = tars.member(b"app/package.json", PACKAGE) + packages + tars.END
    assert tried(tmp_path, image(layer)).startswith("[")


def test_a_large_file_of_a_package_with_many_addons_is_read_once(tmp_path: Path) -> None:
    addons = files(numbered(b"node_modules/x/%05d.node", 900), content=test_elf.made())
    layer = tars.member(b"node_modules/x/package.json", PACKAGE) + addons + tars.END
    assert tried(tmp_path, image(layer)).startswith("[")


def test_an_addon_may_not_need_everything(tmp_path: Path) -> None:
    hungry = test_elf.made(
        needed=[f"{'a' * 3000}{number}" for number in range(900)],
        versions=[f"GLIBC_2.{'9' * 3000}{number}" for number in range(900)],
    )
    layer = files(numbered(b"node_modules/x/%05d.node", count(12, 200)), content=hungry) + tars.END
    assert tried(tmp_path, image(layer)).startswith("[")


def test_very_many_addons_are_not_all_read(tmp_path: Path) -> None:
    slow = test_elf.made(
        needed=[f"l{number}" for number in range(900)], versions=[f"v{number}" for number in range(900)]
    )
    layer = files(numbered(b"node_modules/x/%05d.node", count(60, 6_000)), content=slow) + tars.END
    assert tried(tmp_path, image(layer)).startswith("[")


@pytest.mark.parametrize("name", [b"%06d/bin/node", b"%06d/package.json"])
def test_very_many_places_of_node_and_of_apps_are_looked_at_once_each(tmp_path: Path, name: bytes) -> None:
    layer = files(numbered(name, count(8_000, 200_000)), content=b"{}") + tars.END
    assert tried(tmp_path, image(layer)).startswith("[")


def test_very_many_secrets_of_one_long_instruction(tmp_path: Path) -> None:
    layer = files(numbered(b"%06d/.env", MANY), content=b"x") + tars.END
    config = configured([layer], history=[{"created_by": "RUN " + "x" * 100_000}])
    assert tried(tmp_path, image(layer, config=config)).startswith("[")


# Documents.


def test_an_instruction_of_megabytes_is_refused(tmp_path: Path) -> None:
    config = configured([tars.END], history=[{"created_by": "x" * (4 << 20)}])
    assert "a text of 4194304 characters" in tried(tmp_path, image(tars.END, config=config))


def test_one_image_of_very_many_names_is_refused(tmp_path: Path) -> None:
    layer = exports.layer()
    manifest = [{"Config": "config.json", "RepoTags": [f"x:{number}"]} for number in range(20_000)]
    raw = exports.outer(
        {
            "layer.tar": layer,
            "config.json": configured([layer], junk=[0] * 100_000),
            "manifest.json": json.dumps(manifest).encode(),
        }
    )
    assert "20000 images" in tried(tmp_path, raw)


def test_an_image_of_very_many_layers_is_refused(tmp_path: Path) -> None:
    layer = exports.layer()
    assert "100000 layers" in tried(tmp_path, image(layer, config=configured(repeat(layer, 100_000))))


def test_images_that_come_to_too_much_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One layer, many times in many images."""
    images = count(20, 300)
    monkeypatch.setattr(deep, "_MOST_FILES", count(100_000, 16_000_000))
    layer = files(numbered(b"%06d", 400)) + tars.END
    configs = {f"c{number}.json": configured([layer] * images, name=number) for number in range(images)}
    manifest = [{"Config": name, "RepoTags": [f"x:{name}"]} for name in configs]
    raw = exports.outer({"layer.tar": layer, **configs, "manifest.json": json.dumps(manifest).encode()})
    assert f"{400 * images * images} files together" in tried(tmp_path, raw)


def test_very_many_layers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    most = count(100, 2_000)
    monkeypatch.setattr(export, "_MOST_LAYERS", most)
    raw = b"".join(tars.member(b"%d" % n, tars.member(b"%d" % n) + tars.END) for n in range(most + 1))
    assert f"one more than the {most}" in tried(tmp_path, raw + tars.END)


def test_very_many_documents_are_refused(tmp_path: Path) -> None:
    raw = files(numbered(b"%07d.json", 130_000), content=b"{}") + tars.END
    assert "documents are more than any images have" in tried(tmp_path, raw)


@pytest.mark.parametrize("text", ["[]", "{}", '{"a":0}', '"\\u00e9"', "0.1"])
def test_a_document_of_very_many_values_is_read_within_bounds(tmp_path: Path, text: str) -> None:
    size = count(1 << 20, 15 << 20)
    manifest = ("[" + ",".join([text] * (size // (len(text) + 1))) + "]").encode()
    raw = exports.outer(
        {"layer.tar": tars.END, "config.json": configured([tars.END]), "manifest.json": manifest}
    )
    assert "cannot be used" in tried(tmp_path, raw)
