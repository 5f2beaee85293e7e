from __future__ import annotations

import itertools
import tarfile
import tracemalloc

import pytest

from imagematrix.image.files import WANTED_LIMIT_BYTES, Broken, Entry, Kind
from imagematrix.image.layers import read_contents
from imagematrix.image.tar import FormatError
from tests.image.exports import Made, file, folder, hard, link, read, tar
from tests.image.test_elf import made as made_elf


def entries(*made: Made) -> dict[str, Entry]:
    return {entry.path: entry for entry in read(tar(*made)).entries}


def test_an_entry_tells_what_its_file_is() -> None:
    found = read(
        tar(
            folder("./bin/"),
            file("./bin/su", 10, mode=0o4755, uid=7),
            link("./sbin", "bin"),
            Made("./dev/null", tarfile.CHRTYPE, mode=0o666),
        )
    ).entries
    assert found == (
        Entry("/bin", Kind.FOLDER, 0, 0o755, 0, "", ""),
        Entry("/bin/su", Kind.FILE, 10, 0o4755, 7, "/bin/su", ""),
        Entry("/sbin", Kind.LINK, 0, 0o777, 0, "", "bin"),
        Entry("/dev/null", Kind.OTHER, 0, 0o666, 0, "", ""),
    )


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a", "/a"),
        ("/a", "/a"),
        ("./a", "/a"),
        ("//a//b", "/a/b"),
        ("a/./b/", "/a/b"),
        ("a/../b", "/b"),
        (".a/..b/...", "/.a/..b/..."),
        ("a\nb\udcff", "/a\nb\udcff"),
    ],
)
def test_a_name_becomes_a_normal_path(name: str, path: str) -> None:
    assert list(entries(file(name, 1))) == [path]


@pytest.mark.parametrize("name", ["..", "../a", "a/../../b", "/../etc/passwd"])
def test_a_name_that_leads_out_of_the_image_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match="leads out of the image"):
        entries(file(name, 1))


def test_the_root_itself_is_no_entry() -> None:
    assert entries(folder("./"), folder("/")) == {}


def test_names_are_followed_through_the_links_of_the_same_layer() -> None:
    found = entries(
        folder("usr/lib"),
        link("lib", "usr/lib"),
        link("lib64", "/lib"),
        link("up", "usr/lib/../../opt"),
        file("lib/one", 1),
        file("lib64/two", 2),
        file("up/three", 3),
        hard("four", "lib/one"),
    )
    assert [path for path, entry in found.items() if entry.kind is Kind.FILE] == [
        "/usr/lib/one",
        "/usr/lib/two",
        "/opt/three",
        "/four",
    ]
    assert found["/four"].content == found["/usr/lib/one"].content


def test_a_link_that_gave_way_to_a_folder_is_followed_no_more() -> None:
    found = entries(link("lib", "usr"), file("lib/one", 1), folder("lib"), file("lib/two", 2))
    assert {"/usr/one", "/lib/two"} <= set(found)


def test_links_that_go_round_in_circles_are_refused() -> None:
    with pytest.raises(FormatError, match="too many symbolic links"):
        entries(link("a", "b"), link("b", "a"), file("a/file", 1))


def test_content_counts_once_whatever_its_names() -> None:
    layer = read(tar(file("a", 1000), hard("b", "a"), hard("c", "b"), file("d", 10)))
    assert layer.content_bytes == 1010
    assert {entry.content for entry in layer.entries} == {"/a", "/d"}
    assert [entry.bytes for entry in layer.entries] == [1000, 1000, 1000, 10]


def test_a_name_that_comes_twice_has_two_contents() -> None:
    layer = read(tar(file("a", 1000), hard("b", "a"), file("a", 7), hard("c", "a")))
    first, b, second, c = layer.entries
    assert b.content == first.content != second.content == c.content
    assert layer.content_bytes == 1007


def test_a_hard_link_to_what_is_no_file() -> None:
    assert entries(link("a", "x"), hard("b", "a"))["/b"].kind is Kind.LINK
    with pytest.raises(FormatError, match="is no file"):
        entries(folder("a"), hard("b", "a"))


def test_whiteouts_are_told_from_files() -> None:
    found = read(
        tar(file("etc/.wh.gone"), file("opt/.wh..wh..opq"), file(".wh..wh..opq"), file(".wh..wh.aufs", 9))
    )
    assert [(entry.path, entry.kind) for entry in found.entries] == [
        ("/etc/gone", Kind.WHITEOUT),
        ("/opt", Kind.OPAQUE),
        ("/", Kind.OPAQUE),
    ]
    assert found.content_bytes == 0


def test_the_content_of_wanted_files_is_kept() -> None:
    lock = "app/node_modules/.package-lock.json"
    layer = read(
        tar(
            file("etc/os-release", b"ID=debian\n"),
            file("etc/other", b"ID=other\n"),
            file(lock, b"{}"),
            file("usr/lib/os-release", b"x" * (WANTED_LIMIT_BYTES + 1)),
            file("etc/passwd", b"first"),
            file("etc/passwd", b"second"),
            file("etc/group", b"group"),
            link("etc/group", "elsewhere"),
            hard("etc/shells", "etc/passwd"),
        )
    )
    assert layer.texts == {
        "/etc/os-release": b"ID=debian\n",
        f"/{lock}": b"{}",
        "/etc/passwd": b"second",
        "/etc/shells": b"second",
    }


def test_the_beginning_of_a_script_is_kept() -> None:
    long = b"#!/bin/sh\n" + b"x" * 300
    entries = (
        file("app/check.sh", long, mode=0o755),
        file("app/short", b"#!/bin/sh", mode=0o700),
        file("app/binary", b"\x7fELF", mode=0o755),
        file("app/read-only.sh", long),
        file("app/package.json", b"{}", mode=0o755),
        file("app/empty", mode=0o755),
        hard("app/again", "app/check.sh"),
        file("app/after", b"#!/bin/sh\n", mode=0o755),
    )
    expected = {
        "/app/check.sh": long[:256],
        "/app/short": b"#!/bin/sh",
        "/app/package.json": b"{}",
        "/app/again": long[:256],
        "/app/after": b"#!/bin/sh\n",
    }
    raw = tar(*entries)
    assert read(raw).texts == expected
    for size in (1, 100, 511):  # however the archive comes in pieces
        assert read_contents(raw[at : at + size] for at in range(0, len(raw), size)).texts == expected


def test_texts_beyond_all_measure_are_not_kept() -> None:
    size = 9 << 20
    made = [file(f"app/node_modules/p{n}/package.json", size) for n in range(5)]
    layer = read(tar(*made))
    assert [len(text) for text in layer.texts.values()] == [size] * 3
    assert layer.content_bytes == 5 * size


def test_wanted_elf_files_are_read() -> None:
    elf = made_elf(needed=["libc.musl-x86_64.so.1"])
    addon = "app/node_modules/x/build/Release/x.node"
    layer = read(tar(file(addon, elf), file("app/node_modules/y/y.node", b"text"), file("usr/x.node", elf)))
    assert {path: (elf.needed, elf.broken) for path, elf in layer.elves.items()} == {
        f"/{addon}": (("libc.musl-x86_64.so.1",), None),
        "/app/node_modules/y/y.node": ((), Broken.NO_ELF),
    }


def test_a_layer_without_end_is_refused() -> None:
    one = tar(file("a", 100))[:1024]
    with pytest.raises(FormatError, match="more than 5000 entries"):
        read_contents(itertools.repeat(one), most_entries=5000)


def test_many_entries_take_little_memory() -> None:
    """What a million would take is what these take, forty times."""
    count = 25_000
    raw = tar(*(file(f"app/node_modules/package/lib/file-{n}.js") for n in range(count)))
    tracemalloc.start()
    contents = read_contents([raw])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(contents.entries) == count
    assert held / count < 400


def test_a_path_longer_than_linux_has_is_refused() -> None:
    with pytest.raises(FormatError, match="a name of 4998 characters"):
        entries(file("/".join(["a"] * 2499), 1))
