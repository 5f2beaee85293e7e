"""Which C library an ELF file was built for, and how new; by the names that `elf` has read of it."""

from __future__ import annotations

import posixpath
import re
from typing import Final

from imagematrix.image.files import Elf

_GLIBC: Final = re.compile(r"^GLIBC_(\d+(?:\.\d+)+)$")


def built_for(elf: Elf) -> str:
    """The C library that a file was built for: "glibc", "musl", or "unknown" where it asks for neither.

    Told by the library's own name; by symbol versions only where it is not named, since musl's toolchain has
    a libgcc_s with a version GLIBC_2.0.
    """
    names = (*elf.needed, posixpath.basename(elf.interpreter))
    glibc = any(name.startswith(("libc.so.6", "ld-linux")) for name in names)
    # Alpine calls musl "libc.musl-x86_64.so.1"; elsewhere it is "libc.so", which Android's C library is too.
    musl = any(name.startswith(("libc.musl-", "ld-musl-")) for name in names) or (
        "libc.so" in names and "LIBC" not in elf.versions
    )
    glibc = glibc or (not musl and bool(_glibc_versions(elf)))
    return "unknown" if glibc == musl else "glibc" if glibc else "musl"


def requires_glibc(elf: Elf) -> str:
    """The newest glibc whose symbols a file requires: "2.34"; "" where it was not built for glibc."""
    return max(_glibc_versions(elf), key=version_key, default="") if built_for(elf) == "glibc" else ""


def _glibc_versions(elf: Elf) -> list[str]:
    return [match.group(1) for name in elf.versions if (match := _GLIBC.match(name))]


def version_key(version: str) -> tuple[int, ...]:
    """What puts versions of digits and points in order: 2.9 comes before 2.34."""
    return tuple(int(part) for part in version.split("."))
