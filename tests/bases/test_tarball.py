from __future__ import annotations

import io
import tarfile
from pathlib import Path

from imagematrix.bases.tarball import Tarball, tarball


def fill(tar: Tarball) -> None:
    tar.folder("home/node", mode=0o2755, uid=1000, gid=1000)
    tar.file("home/node/a", b"a", uid=1000, gid=1000)
    tar.file("usr/bin/tool", io.BytesIO(b"#!x"), size=3, mode=0o755)
    tar.link("usr/bin/t", "tool")
    tar.folder("usr")


def test_entries_have_their_final_owner_and_mode_and_parents_come_first(tmp_path: Path) -> None:
    with tarball(tmp_path / "a.tar", mtime=7) as tar:
        fill(tar)
    with tarfile.open(tmp_path / "a.tar") as read:
        members = [(m.name, m.mode, m.uid, m.gid, m.mtime, m.size, m.linkname) for m in read]
    assert members == [
        ("home", 0o755, 0, 0, 7, 0, ""),
        ("home/node", 0o2755, 1000, 1000, 7, 0, ""),
        ("home/node/a", 0o644, 1000, 1000, 7, 1, ""),
        ("usr", 0o755, 0, 0, 7, 0, ""),
        ("usr/bin", 0o755, 0, 0, 7, 0, ""),
        ("usr/bin/tool", 0o755, 0, 0, 7, 3, ""),
        ("usr/bin/t", 0o777, 0, 0, 7, 0, "tool"),
    ]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.tar", "b.tar"):
        with tarball(tmp_path / name) as tar:
            fill(tar)
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_an_archive_can_be_added_to_without_its_folders_coming_again(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        entry = tarfile.TarInfo("./etc")
        entry.type, entry.mode = tarfile.DIRTYPE, 0o700
        tar.addfile(entry)
    with tarball(path, append=True) as added:
        added.file("etc/apt/conf", b"x")
    with tarfile.open(path) as read:
        assert [(m.name, m.mode) for m in read] == [
            ("./etc", 0o700),
            ("etc/apt", 0o755),
            ("etc/apt/conf", 0o644),
        ]
