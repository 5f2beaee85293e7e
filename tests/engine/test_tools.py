"""Our own programs: fetched once, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix.engine import tools
from imagematrix.errors import FetchError


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of apt, which here brings a program called like its package."""
    asked: list[str] = []

    def fetch(names: Sequence[str], *, suite: str, cache: Path) -> tuple[Path, ...]:
        asked.extend(f"{suite}/{name}" for name in names)
        return tuple(cache / name for name in names)

    def unpack(debs: Sequence[Path], into: Path) -> None:
        for deb in debs:
            if deb.name == "broken":
                raise FetchError("broken", next_step="")
            (into / "usr" / "bin").mkdir(parents=True, exist_ok=True)
            (into / "usr" / "bin" / deb.name).touch()

    monkeypatch.setattr("imagematrix.fetch.apt.fetch_debs", fetch)
    monkeypatch.setattr("imagematrix.fetch.apt.unpack_debs", unpack)
    return asked


GROUP = tools.Group(name="g", packages=(("old", ("a", "b")), ("new", ("c",))), about="three tools")


def test_fetched_once(fetched: list[str], tmp_path: Path) -> None:
    notes: list[str] = []
    home = tools.ensure(GROUP, tmp_path, notify=notes.append)
    assert sorted(path.name for path in (home / "usr" / "bin").iterdir()) == ["a", "b", "c"]
    assert tools.ensure(GROUP, tmp_path, notify=notes.append) == home
    assert fetched == ["old/a", "old/b", "new/c"]
    assert notes == [f"fetching three tools by apt into {tmp_path}"]


def test_other_packages_are_another_folder(tmp_path: Path) -> None:
    other = replace(GROUP, packages=(("old", ("a",)),))
    assert tools.folder(GROUP, tmp_path) != tools.folder(other, tmp_path)


@pytest.mark.usefixtures("fetched")
def test_what_was_interrupted_is_not_taken_for_whole(tmp_path: Path) -> None:
    broken = replace(GROUP, packages=(("old", ("a", "broken")),))
    with pytest.raises(FetchError):
        tools.ensure(broken, tmp_path, notify=lambda _: None)
    assert not tools.ready(broken, tmp_path)
    assert [path.suffix for path in (tmp_path / "engine" / "tools").iterdir()] == [".lock"]


def test_programs_find_their_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/theirs")
    library = tmp_path / "usr" / "lib" / "x-linux-gnu" / "libx.so.1"
    (library.parent / "xtables").mkdir(parents=True)
    library.touch()
    env = tools.environment(tmp_path)
    assert env["PATH"].split(":")[-2:] == [f"{tmp_path}/usr/sbin", "/bin"]
    assert env["LD_LIBRARY_PATH"] == f"{library.parent}:/theirs"
    assert env["XTABLES_LIBDIR"] == str(library.parent / "xtables")
