from __future__ import annotations

import pytest

from imagematrix.image.built_for import built_for, requires_glibc
from imagematrix.image.files import Elf


def elf(*needed: str, versions: tuple[str, ...] = (), interpreter: str = "") -> Elf:
    return Elf(machine="x86_64", interpreter=interpreter, needed=needed, versions=versions)


@pytest.mark.parametrize(
    ("file", "libc"),
    [
        (elf("libm.so.6", "libc.so.6"), "glibc"),
        (elf("ld-linux-aarch64.so.1"), "glibc"),
        (elf("libstdc++.so.6", versions=("GLIBC_2.17",)), "glibc"),
        (elf("libc.musl-x86_64.so.1"), "musl"),
        (elf("libstdc++.so.6", "libc.so"), "musl"),
        (elf("libgcc_s.so.1", "libc.so", versions=("GCC_3.0", "GLIBC_2.0")), "musl"),
        (elf(interpreter="/lib/ld-musl-aarch64.so.1"), "musl"),
        (elf("libc.so", "liblog.so", versions=("LIBC",)), "unknown"),  # Android's
        (elf("libstdc++.so.6", versions=("GLIBCXX_3.4",)), "unknown"),
        (elf(), "unknown"),
        (elf("libc.so.6", "libc.musl-x86_64.so.1"), "unknown"),
    ],
)
def test_the_c_library_that_a_file_was_built_for(file: Elf, libc: str) -> None:
    assert built_for(file) == libc


def test_the_newest_glibc_is_told_by_number() -> None:
    versions = ("GLIBC_2.9", "GLIBC_PRIVATE", "GLIBC_2.34", "GLIBC_ABI_DT_RELR", "GLIBC_2.3.4", "GLIBCXX_3.5")
    assert requires_glibc(elf(versions=versions)) == "2.34"
    assert requires_glibc(elf("libc.so.6", versions=("GLIBC_PRIVATE",))) == ""
    assert requires_glibc(elf("libgcc_s.so.1", "libc.so", versions=("GLIBC_2.0",))) == ""
