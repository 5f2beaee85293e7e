from __future__ import annotations

from imagematrix.container import Exec
from imagematrix.probes.libc import libc
from tests.probes.servers import pretended


def test_glibc_is_told_by_its_loader() -> None:
    banner = "ld.so (Debian GLIBC 2.41-12) stable release version 2.41.\nCopyright (C) 2025\n"
    commands = {"/lib64/ld-linux-x86-64.so.2": Exec(exit_code=0, output=banner)}
    told = {m.name: m.value for m in libc(pretended(commands=commands))}
    assert told == {"libc": "glibc", "libc_version": "2.41"}


def test_musl_is_told_by_its_loader_whatever_its_exit_code() -> None:
    banner = "musl libc (aarch64)\nVersion 1.2.5\nDynamic Program Loader\nUsage: …\n"
    commands = {"/lib/ld-musl-aarch64.so.1": Exec(exit_code=1, output=banner)}
    told = {m.name: m.value for m in libc(pretended(commands=commands))}
    assert told == {"libc": "musl", "libc_version": "1.2.5"}


def test_no_loader_is_not_applicable() -> None:
    assert all(not m.measured and "no dynamic loader" in m.reason for m in libc(pretended()))
