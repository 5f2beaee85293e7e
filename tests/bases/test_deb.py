"""Packages as layers; a dpkg-deb of the test's own hands out what the real one would unpack."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from imagematrix.bases.deb import Deb, check_apt
from imagematrix.errors import BaseImageError, FetchError

CONTROL = b"Package: libc6\nVersion: 2.41-12\nArchitecture: amd64\n"


def pack(path: Path, *entries: tuple[str, bytes, int]) -> None:
    """Folders end with a slash, links have an arrow."""
    with tarfile.open(path, "w") as tar:
        for name, content, mode in entries:
            entry = tarfile.TarInfo(name.partition(" -> ")[0].rstrip("/"))
            entry.mode, entry.mtime, entry.size = mode, 5, len(content)
            if name.endswith("/"):
                entry.type = tarfile.DIRTYPE
            elif " -> " in name:
                entry.type, entry.linkname = tarfile.SYMTYPE, name.partition(" -> ")[2]
            tar.addfile(entry, io.BytesIO(content))


@pytest.fixture
def deb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pack(
        tmp_path / "control",
        ("./", b"", 0o755),
        ("./control", CONTROL, 0o644),
        ("./md5sums", b"0 x\n", 0o644),
    )
    pack(
        tmp_path / "data",
        ("./", b"", 0o755),
        ("./usr/", b"", 0o755),
        ("./usr/lib/", b"", 0o755),
        ("./usr/lib/libc.so.6", b"libc", 0o755),
        ("./usr/lib/libc.so -> libc.so.6", b"", 0o777),
        ("./usr/share/doc/", b"", 0o755),
        ("./usr/share/doc/libc6/", b"", 0o755),
        ("./usr/share/doc/libc6/copyright", b"GPL", 0o644),
        ("./usr/share/doc/libc6/changelog.gz", b"long", 0o644),
        ("./usr/share/doc/libgcc-s1 -> gcc-14-base", b"", 0o777),
        ("./usr/share/man/man1/ldd.1.gz", b"man", 0o644),
        ("./usr/share/lintian/overrides/libc6", b"no", 0o644),
    )
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "dpkg-deb").write_text(
        f"#!/bin/sh\ncase $1 in\n--ctrl-tarfile) exec /bin/cat {tmp_path}/control ;;\n"
        f"--fsys-tarfile) exec /bin/cat {tmp_path}/data ;;\nesac\n"
    )
    (programs / "dpkg").write_text("#!/bin/sh\necho amd64\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    return tmp_path / "libc6_2.41-12_amd64.deb"


def test_a_layer_has_the_files_without_documentation_and_the_control_data(deb: Path, tmp_path: Path) -> None:
    Deb(deb).write_layer(tmp_path / "layer.tar", status="var/lib/dpkg/status.d/libc6")
    with tarfile.open(tmp_path / "layer.tar") as tar:
        assert [(member.name, member.mode) for member in tar] == [
            ("usr", 0o755),
            ("usr/lib", 0o755),
            ("usr/lib/libc.so.6", 0o755),
            ("usr/lib/libc.so", 0o777),
            ("usr/share/doc/libc6/copyright", 0o644),
            ("usr/share/doc/libgcc-s1", 0o777),
            ("var/lib/dpkg/status.d/libc6", 0o644),
            ("var/lib/dpkg/status.d/libc6.md5sums", 0o644),
        ]
        contents = {
            name: tar.extractfile(name) for name in ("usr/lib/libc.so.6", "var/lib/dpkg/status.d/libc6")
        }
        assert [content.read() for content in contents.values() if content] == [b"libc", CONTROL]


def test_a_package_tells_its_version_and_its_files(deb: Path) -> None:
    package = Deb(deb)
    assert package.version == "2.41-12"
    assert package.files("usr/share/doc/libc6/c") == {
        "usr/share/doc/libc6/copyright": b"GPL",
        "usr/share/doc/libc6/changelog.gz": b"long",
    }


def test_a_package_that_does_not_unpack_is_told_in_dpkgs_words(deb: Path) -> None:
    program = deb.parent / "programs" / "dpkg-deb"
    program.write_text("#!/bin/sh\necho 'dpkg-deb: error: not a Debian format archive' >&2\nexit 2\n")
    with pytest.raises(FetchError, match="not a Debian format archive"):
        Deb(deb)


@pytest.mark.usefixtures("deb")
def test_another_architecture_than_the_machines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagematrix.fetch.apt.usable", lambda: "")
    check_apt("amd64")
    with pytest.raises(BaseImageError, match="for arm64 cannot be made on amd64") as caught:
        check_apt("arm64")
    assert "--bases registry" in caught.value.next_step


def test_without_apt_its_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagematrix.fetch.apt.usable", lambda: "this is Darwin")
    with pytest.raises(BaseImageError, match="cannot be made here: this is Darwin"):
        check_apt("amd64")
