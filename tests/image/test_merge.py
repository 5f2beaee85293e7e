from __future__ import annotations

import io
import os
import random
import shutil
import stat
import tarfile
from pathlib import Path

import pytest

from imagematrix.image.files import FileSystem, Kind
from imagematrix.image.merge import BY_ENGINE, Cause, Lost, merge, replay
from tests.image.exports import Made, file, folder, hard, link, read, tar


def merged(*layers: list[Made]) -> FileSystem:
    return merge([read(tar(*layer)) for layer in layers])


def lost(*layers: list[Made]) -> list[tuple[str, int, Cause, int, int]]:
    told = replay([read(tar(*layer)) for layer in layers])
    unpacked = sum(read(tar(*layer)).content_bytes for layer in layers)
    assert sum(x.bytes for x in told.lost) == unpacked - told.files.visible_bytes
    return [(x.path, x.bytes, x.cause, x.layer, x.by_layer) for x in told.lost]


def test_a_later_layer_covers_an_earlier_one() -> None:
    view = merged([file("a", 10), file("b", 1)], [file("a", 30)])
    assert {path: entry.bytes for path, entry in view.entries.items()} == {"/a": 30, "/b": 1}
    assert view.visible_bytes == 31


def test_folders_that_no_archive_names_are_there() -> None:
    assert merged([file("a/b/c", 1)]).entries["/a/b"].kind is Kind.FOLDER


def test_a_whiteout_hides_only_what_lies_below() -> None:
    """Whatever the order in the archive: here the new file comes before the whiteout of the old one."""
    view = merged([file("d/a", 10), file("d/b", 1)], [file("d/a", 3), file("d/.wh.a"), file("d/.wh.none")])
    assert sorted(view.entries) == ["/d", "/d/a", "/d/b"]
    assert view.entries["/d/a"].bytes == 3


def test_an_opaque_folder_holds_only_what_its_layer_lays() -> None:
    view = merged([file("d/a", 1), file("d/s/b", 1), file("e", 1)], [file("d/c", 1), file("d/.wh..wh..opq")])
    assert sorted(view.entries) == ["/d", "/d/c", "/e"]


def test_an_opaque_root_hides_everything() -> None:
    assert sorted(merged([file("d/a", 1)], [file(".wh..wh..opq"), file("b", 1)]).entries) == ["/b"]


def test_a_folder_gives_way_to_a_file_and_a_file_to_a_folder() -> None:
    view = merged([file("a/deep/x", 1), file("b", 1)], [file("a", 2), file("b/y", 2)])
    assert {path: entry.kind for path, entry in view.entries.items()} == {
        "/a": Kind.FILE,
        "/b": Kind.FOLDER,
        "/b/y": Kind.FILE,
    }


def test_a_folder_takes_the_place_of_a_link_of_a_layer_below() -> None:
    """As overlayfs has it: what the layers below keep behind the link is not touched."""
    view = merged([file("usr/lib/a", 1), link("lib", "usr/lib")], [file("lib/b", 1)])
    assert view.entries["/lib"].kind is Kind.FOLDER
    assert {"/usr/lib/a", "/lib/b"} <= set(view.entries)
    assert "/usr/lib/b" not in view.entries


def test_a_hard_link_holds_the_content_when_the_first_name_is_gone() -> None:
    base = [file("a", 1000), hard("b", "a")]
    view = merged(base, [file(".wh.a")])
    assert view.visible_bytes == 1000
    assert lost(base, [file(".wh.a")]) == []
    assert lost(base, [file(".wh.a")], [file("b", 2)]) == [("/b", 1000, Cause.OVERWRITTEN, 0, 2)]


def test_names_of_one_file_in_one_layer_are_told_from_those_in_another() -> None:
    view = merged([file("a", 1000), hard("b", "a")], [file("a", 1000), hard("c", "a")])
    assert view.visible_bytes == 2000
    assert view.entries["/a"].content == view.entries["/c"].content != view.entries["/b"].content


def test_a_hard_link_may_name_a_file_of_a_layer_below() -> None:
    """Not what engines write, but other builders do."""
    view = merged([file("a", 1000, mode=0o600)], [hard("b", "a"), hard("none", "nowhere")])
    assert "/none" not in view.entries
    assert (view.entries["/b"].bytes, view.entries["/b"].mode) == (1000, 0o600)
    assert view.visible_bytes == 1000
    assert lost([file("a", 1000)], [hard("b", "a")], [file(".wh.a")]) == []
    assert lost([file("a", 1000)], [hard("b", "a")], [file(".wh.a"), file("b", 1)]) == [
        ("/b", 1000, Cause.OVERWRITTEN, 0, 2)
    ]
    assert lost([file("a", 1000)], [hard("b", "a"), file("a", 9)]) == []


def test_texts_are_those_of_the_file_that_is_seen() -> None:
    release, package = "etc/os-release", "app/package.json"
    view = merged(
        [file(release, b"old"), file(package, b"{}"), file("etc/group", b"group")],
        [file(release, b"new"), file("etc/.wh.group"), link(package, "elsewhere")],
    )
    assert view.texts == {"/etc/os-release": b"new"}


def test_a_text_that_is_too_large_does_not_leave_the_old_one() -> None:
    view = merged([file("etc/passwd", b"old")], [file("etc/passwd", (16 << 20) + 1)])
    assert view.texts == {}


def test_lost_content_is_told_with_its_cause() -> None:
    base = [
        file("rewritten", 10),
        file("chmodded", 20),
        file("deleted", 30),
        file("folder/x", 40),
        file("was-file", 50),
        file("cleared/x", 60),
        file("tree/a", 70),
        file("tree/b", 80),
        file("kept", 90),
    ]
    above = [
        file("rewritten", 11),
        file("chmodded", 20, mode=0o755),
        file(".wh.deleted"),
        file("folder", 1),
        folder("was-file"),
        file("cleared/.wh..wh..opq"),
        file(".wh.tree"),
        file("tree/a", 71),
    ]
    told = {
        path: (size, cause) for path, size, cause, layer, by in lost(base, [], above) if (layer, by) == (0, 2)
    }
    assert told == {
        "/rewritten": (10, Cause.OVERWRITTEN),
        "/chmodded": (20, Cause.SAME_SIZE),
        "/deleted": (30, Cause.DELETED),
        "/folder/x": (40, Cause.REPLACED),
        "/was-file": (50, Cause.REPLACED),
        "/cleared/x": (60, Cause.REPLACED),
        "/tree/a": (70, Cause.OVERWRITTEN),
        "/tree/b": (80, Cause.DELETED),
    }


def test_a_name_that_comes_twice_in_one_layer_is_lost_in_it() -> None:
    assert lost([file("a", 10), file("a", 7)]) == [("/a", 10, Cause.OVERWRITTEN, 0, 0)]


def test_the_same_layer_twice_is_wasted_once() -> None:
    assert lost([file("a", 10)], [file("a", 10)]) == [("/a", 10, Cause.SAME_SIZE, 0, 1)]


def test_folders_within_folders_by_the_thousand() -> None:
    deep = "/".join(["d"] * 2000)
    assert lost([file(f"{deep}/x", 5)], [file(".wh.d")])[0][:3] == (f"/{deep}/x", 5, Cause.DELETED)


# --- against a file system on disk, laid layer by layer with the standard library ---


def random_layer(chance: random.Random, below: list[str]) -> list[Made]:
    names = [f"{a}{b}" for a in ("", "p/", "q/", "p/r/") for b in "abc"]
    made: list[Made] = []
    files: list[str] = []
    for name in chance.sample(names, 6):
        roll = chance.random()
        if roll < 0.5 or not files:
            made.append(file(name, chance.randrange(1, 5000)))
        elif roll < 0.7:
            made.append(hard(name, chance.choice(files)))
        elif roll < 0.8:
            made.append(link(name, "anywhere"))
        else:
            made.append(folder(name))
            continue
        if roll < 0.7 or not files:
            files.append(name)
    for name in chance.sample(below, min(2, len(below))):
        head, _, last = name.rpartition("/")
        made.append(file(f"{head}/.wh.{last}" if head else f".wh.{last}"))
    if chance.random() < 0.2:
        made.append(file("p/.wh..wh..opq"))
    return made


def lay(root: Path, raw: bytes) -> None:
    """Lay a layer on a folder, as the OCI image specification says it, entry by entry."""
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        members = archive.getmembers()
        for member in members:
            path = root / member.name
            if path.name == ".wh..wh..opq":
                for old in path.parent.iterdir() if path.parent.is_dir() else ():
                    remove(old)
            elif path.name.startswith(".wh."):
                remove(path.with_name(path.name.removeprefix(".wh.")))
        for member in members:
            path = root / member.name
            if path.name.startswith(".wh."):
                continue
            for above in reversed(path.relative_to(root).parents):
                if not (root / above).is_dir() or (root / above).is_symlink():
                    remove(root / above)
                    (root / above).mkdir()
            if not (member.isdir() and path.is_dir()):
                remove(path)
            if member.isdir():
                path.mkdir(exist_ok=True)
            elif member.issym():
                path.symlink_to(member.linkname)
            elif member.islnk():
                path.hardlink_to(root / member.linkname)
            else:
                path.write_bytes(b"x" * member.size)


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def test_where_the_engine_puts_its_own_nothing_of_the_image_is_seen() -> None:
    layers = [
        [file("etc/hosts", 9), file("etc/hosts.allow", 1), file("etc/mtab", 50), hard("kept", "etc/mtab")],
        [file("etc/hosts", 100), file("dev/deep/one", 30), link("proc", "elsewhere"), file("devices", 2)],
    ]
    assert sorted(merged(*layers).entries) == ["/devices", "/etc", "/etc/hosts.allow", "/kept"]
    assert sorted(lost(*layers)) == [
        ("/dev/deep/one", 30, Cause.ENGINE, 1, BY_ENGINE),
        ("/etc/hosts", 9, Cause.OVERWRITTEN, 0, 1),
        ("/etc/hosts", 100, Cause.ENGINE, 1, BY_ENGINE),
    ]


@pytest.mark.parametrize("seed", range(40))
def test_the_view_is_that_of_a_file_system_on_disk(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311, it draws tests
    layers: list[bytes] = []
    on_disk: dict[str, os.stat_result] = {}
    while len(layers) < 5:
        raw = tar(*random_layer(chance, sorted(path.removeprefix("/") for path in on_disk)))
        try:
            layer = read(raw)
            lay(tmp_path, raw)
        except (ValueError, OSError):
            # Such as a hard link to what became a folder: nobody can lay it.  Both begin anew.
            layers, on_disk = [], {}
            shutil.rmtree(tmp_path)
            tmp_path.mkdir()
            continue
        assert layer.entries
        layers.append(raw)
        on_disk = {f"/{p.relative_to(tmp_path)}": p.lstat() for p in tmp_path.rglob("*")}
    told = replay([read(raw) for raw in layers])
    view = told.files
    assert set(view.entries) == set(on_disk)
    kinds = {Kind.FILE: stat.S_ISREG, Kind.FOLDER: stat.S_ISDIR, Kind.LINK: stat.S_ISLNK}
    assert all(kinds[view.entries[path].kind](told.st_mode) for path, told in on_disk.items())
    files = {path: told for path, told in on_disk.items() if stat.S_ISREG(told.st_mode)}
    assert {path: view.entries[path].bytes for path in files} == {p: t.st_size for p, t in files.items()}
    inodes = {told.st_ino: told.st_size for told in files.values()}
    assert view.visible_bytes == sum(inodes.values())
    by_content = {
        frozenset(p for p in files if view.entries[p].content == view.entries[q].content) for q in files
    }
    by_inode = {frozenset(p for p in files if files[p].st_ino == files[q].st_ino) for q in files}
    assert by_content == by_inode
    unpacked = sum(read(raw).content_bytes for raw in layers)
    assert sum(each.bytes for each in told.lost) == unpacked - view.visible_bytes
    assert all(isinstance(each, Lost) and each.layer <= each.by_layer for each in told.lost)
