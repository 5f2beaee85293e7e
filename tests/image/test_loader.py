from __future__ import annotations

from collections.abc import Mapping

import pytest

from imagematrix.image.files import Elf, Entry, FileSystem, Kind
from imagematrix.image.loader import Loader, loader

DEBIAN = ("/usr/lib64/ld-linux-x86-64.so.2", "/usr/lib/x86_64-linux-gnu/libc.so.6")
ALPINE = ("/lib/ld-musl-x86_64.so.1", "/lib/libc.musl-x86_64.so.1")


def given(
    *paths: str,
    texts: Mapping[str, bytes] | None = None,
    architecture: str = "amd64",
    env: tuple[str, ...] = (),
    glibc_version: str = "",
) -> Loader:
    entries = {
        path: Entry(path=path, kind=Kind.FILE, bytes=1, mode=0o755, uid=0, content=path, target="")
        for path in paths
    }
    files = FileSystem(entries=entries, texts=texts or {}, elves={}, method="made for a test")
    return loader(files, architecture=architecture, env=env, glibc_version=glibc_version)


def elf(*needed: str, versions: tuple[str, ...] = (), machine: str = "x86_64") -> Elf:
    return Elf(machine=machine, interpreter="", needed=needed, versions=versions)


@pytest.mark.parametrize(
    ("paths", "libcs"),
    [
        (DEBIAN, ("glibc",)),
        (ALPINE, ("musl",)),
        ((*DEBIAN, *ALPINE), ("glibc", "musl")),
        (("/usr/bin/true", "/home/ld-musl-x86_64.so.1", "/opt/lib/libc.so.6"), ()),
        (("/lib/ld-musl-aarch64.so.1",), ("musl",)),
        (("/lib64/libc.so.6",), ("glibc",)),
    ],
    ids=["Debian", "Alpine", "both", "elsewhere", "arm64", "Fedora"],
)
def test_the_c_library_is_told_by_its_files(paths: tuple[str, ...], libcs: tuple[str, ...]) -> None:
    assert given(*paths).libcs == libcs


@pytest.mark.parametrize(
    ("needed", "paths", "fits"),
    [
        ("libc.so.6", DEBIAN, True),
        ("libc.so.6", ALPINE, False),
        ("libc.so.6", (*ALPINE, "/lib/libgcompat.so.0"), True),
        ("libc.so.6", (*ALPINE, *DEBIAN), True),
        ("libc.so.6", (), True),  # no C library is seen, so nothing is said
        ("libc.musl-x86_64.so.1", ALPINE, True),
        ("libc.musl-x86_64.so.1", DEBIAN, False),
        ("libc.musl-x86_64.so.1", (*DEBIAN, "/lib/libgcompat.so.0"), False),
        ("libstdc++.so.6", ALPINE, True),
    ],
)
def test_the_other_c_library_does_not_fit(needed: str, paths: tuple[str, ...], fits: bool) -> None:
    assert given(*paths).libc_fits(elf(needed)) is fits


@pytest.mark.parametrize(
    ("architecture", "machine", "fits"),
    [("amd64", "x86_64", True), ("arm64", "x86_64", False), ("amd64", "", False), ("riscv64", "", True)],
)
def test_machines(architecture: str, machine: str, fits: bool) -> None:
    assert given(architecture=architecture).machine_fits(elf(machine=machine)) is fits


@pytest.mark.parametrize(
    "path",
    [
        "/lib/libz.so.1",
        "/lib64/libz.so.1",
        "/usr/lib/libz.so.1",
        "/usr/lib64/libz.so.1",
        "/usr/local/lib/libz.so.1",
        "/usr/lib/x86_64-linux-gnu/libz.so.1",
        "/lib/aarch64-linux-gnu/libz.so.1",
        "/usr/lib/arm-linux-gnueabihf/libz.so.1",
        "/opt/own/libz.so.1",
    ],
)
def test_a_library_is_found_where_loaders_look(path: str) -> None:
    env = ("PATH=/bin", "LD_LIBRARY_PATH=/opt/other:/opt/own/")
    assert given(path, env=env).missing("/x.node", elf("libz.so.1", "libabsent.so.1")) == ("libabsent.so.1",)


@pytest.mark.parametrize(
    "path", ["/opt/own/libz.so.1", "/usr/lib/python3/libz.so.1", "/usr/lib/libz.so.10", "/usr/lib/libz.so"]
)
def test_a_library_elsewhere_or_of_another_name_is_missing(path: str) -> None:
    assert given(path).missing("/x.node", elf("libz.so.1")) == ("libz.so.1",)


def test_musl_takes_the_c_librarys_names_for_itself() -> None:
    needed = elf("libc.so.6", "libm.so.6", "libpthread.so.0", "libmagic.so.1", "ld-linux-x86-64.so.2")
    assert given(*ALPINE).missing("/x.node", needed) == ("libmagic.so.1", "ld-linux-x86-64.so.2")


STATUS = """\
Package: libc6-dev
Version: 2.99-1

Package: libc6
Status: install ok installed
Architecture: amd64
Version: 1:2.36-9+deb12u10

Package: zlib1g
Version: 1:1.2.13
"""


@pytest.mark.parametrize(
    ("path", "text", "version"),
    [
        ("/var/lib/dpkg/status", STATUS, "2.36"),
        ("/var/lib/dpkg/status.d/libc6", "Package: libc6\nVersion: 2.41-12\n", "2.41"),
        ("/var/lib/dpkg/status.d/libc6", "Package: libc6\nVersion: none\n", ""),
        ("/srv/status", STATUS, ""),
    ],
)
def test_dpkg_tells_the_version_of_glibc(path: str, text: str, version: str) -> None:
    assert given(*DEBIAN, texts={path: text.encode()}).glibc_version == version


def test_the_loaders_own_word_goes_before_dpkgs() -> None:
    texts = {"/var/lib/dpkg/status": STATUS.encode()}
    assert given(*DEBIAN, texts=texts, glibc_version="2.40").glibc_version == "2.40"


@pytest.mark.parametrize(
    ("paths", "has", "required", "enough"),
    [
        (DEBIAN, "2.36", "2.36", True),
        (DEBIAN, "2.36", "2.4", True),
        (DEBIAN, "2.36", "2.38", False),
        (DEBIAN, "", "2.38", True),  # not known
        (ALPINE, "2.36", "2.38", True),  # another matter
        ((*DEBIAN, *ALPINE), "2.36", "2.38", True),
    ],
)
def test_an_older_glibc(paths: tuple[str, ...], has: str, required: str, enough: bool) -> None:
    file = elf("libc.so.6", versions=("GLIBC_2.2.5", f"GLIBC_{required}"))
    assert given(*paths, glibc_version=has).glibc_new_enough(file) is enough
