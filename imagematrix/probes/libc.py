"""Which C library the image runs on: by starting its dynamic loader, which says its name and version."""

from __future__ import annotations

import re
from typing import Final

from imagematrix.container import Running
from imagematrix.model import Measurement, exact, not_applicable

# Paths fixed by each C library's ABI: the interpreter that every dynamic executable names.
_ARCHES: Final = (("x86_64", "/lib64/ld-linux-x86-64.so.2"), ("aarch64", "/lib/ld-linux-aarch64.so.1"))
# "ld.so (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36." and "musl libc (x86_64)\nVersion 1.2.5"
_GLIBC: Final = re.compile(r"release version (\d+(?:\.\d+)+)")
_MUSL: Final = re.compile(r"musl libc.*?Version (\d+(?:\.\d+)+)", re.DOTALL)


def libc(running: Running) -> tuple[Measurement, ...]:
    """`libc`: "glibc", "musl" or both as "glibc+musl"; `libc_version`: the version of each, same order."""
    found: list[tuple[str, str]] = []
    for arch, glibc_loader in _ARCHES:
        by_loader = running.exec(glibc_loader, "--version")
        if match := _GLIBC.search(by_loader.output):
            found.append(("glibc", match.group(1)))
        by_loader = running.exec(f"/lib/ld-musl-{arch}.so.1")
        if match := _MUSL.search(by_loader.output):
            found.append(("musl", match.group(1)))
        if found:
            break
    if not found:
        reason = "no dynamic loader of glibc or musl in the image"
        return not_applicable("libc", reason), not_applicable("libc_version", reason)
    method = "the dynamic loader inside, started, says so"
    names, versions = zip(*found, strict=True)
    return exact("libc", "+".join(names), method=method), exact(
        "libc_version", "+".join(versions), method=method
    )
