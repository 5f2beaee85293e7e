from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from imagematrix import whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def half_way(path: Path) -> None:
    with whole.aside(path) as out:
        out.write(b"half")
        raise KeyboardInterrupt


def test_a_file_is_made_with_its_folder_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    whole.write(path, b"one")
    whole.write(path, b"two", mode=0o644, sync=True)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_written_leaves_the_old_one_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    whole.write(path, b"old")

    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(OSError, match="No space left"):
        whole.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        half_way(path)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("way", ["real", "folder/../real", "other"])
def test_a_symbolic_link_stays_one_and_what_it_leads_to_is_replaced(tmp_path: Path, way: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "other").symlink_to("real")
    link = tmp_path / "link"
    link.symlink_to(way)
    before = (tmp_path / "real").stat().st_ino
    whole.write(link, b"new")
    assert str(link.readlink()) == way
    assert (tmp_path / "other").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    assert (tmp_path / "real").stat().st_ino != before  # replaced whole, not written over
    with pytest.raises(KeyboardInterrupt):
        half_way(link)
    assert (tmp_path / "real").read_bytes() == b"new"
    assert names(tmp_path) == ["folder", "link", "other", "real"]


def test_a_link_that_leads_to_nothing_yet_makes_what_it_leads_to(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("new")
    whole.write(link, b"one")
    assert (link.is_symlink(), (tmp_path / "new").read_bytes()) == (True, b"one")


def test_a_link_in_a_circle_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        whole.write(tmp_path / "a", b"x")
    assert names(tmp_path) == ["a", "b"]


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to("pipe")
    read: list[bytes] = []
    for way in (pipe, tmp_path / "link"):
        reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
        reader.start()
        whole.write(way, b"content")
        reader.join(10)
    assert read == [b"content"] * 2
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path) == ["link", "pipe"]


def test_a_character_device_is_opened_and_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a device would be replaced")

    monkeypatch.setattr(Path, "replace", never)
    monkeypatch.setattr(Path, "chmod", never)
    link = tmp_path / "link"
    link.symlink_to("/dev/null")
    whole.write(link, b"gone")
    assert link.is_symlink()
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_an_open_file_without_a_name_is_written_to(tmp_path: Path) -> None:
    """As `/dev/stdout` is one where standard output is a file that was removed meanwhile."""
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        whole.write(Path(f"/proc/self/fd/{file.fileno()}"), b"content")
        assert file.read() == b"content"
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_standard_output_goes_on_in_the_file_that_it_is(tmp_path: Path, name: str) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"before\n")
    script = f"from pathlib import Path; from imagematrix import whole; whole.write(Path({name!r}), b'it')"
    with log.open("ab") as out:
        subprocess.run([sys.executable, "-c", script], stdout=out, check=True)
    assert log.read_bytes() == b"before\nit"
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_a_folder_and_a_socket_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    for name in ("folder", "link"):
        with pytest.raises(IsADirectoryError):
            whole.write(tmp_path / name, b"x")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "socket"))
        with pytest.raises(OSError, match="no character device"):
            whole.write(tmp_path / "socket", b"x")
    assert names(tmp_path) == ["folder", "link", "socket"]


def test_a_name_as_long_as_names_may_be(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 127)
    whole.write(path, b"one")
    assert path.read_bytes() == b"one"
