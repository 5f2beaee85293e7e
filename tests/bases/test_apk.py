from __future__ import annotations

import io
import tarfile

from imagematrix.bases import apk

DATABASE = """\
C:Q1musl
P:musl
V:1.2.5-r23
A:x86_64
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1aaa
R:libc.musl-x86_64.so.1
a:0:0:777
Z:Q1bbb

C:Q1baselayout
P:alpine-baselayout
V:3.7.2-r0
F:
F:root
M:0:0:700
F:etc
R:no-checksum
F:etc/crontabs
R:root
a:0:0:600
Z:Q1ccc

C:Q1sudo
P:sudo
V:1.9-r0
F:usr/bin
R:sudo
Z:Q1ddd

"""


def test_a_database_tells_packages_and_files() -> None:
    musl, baselayout, sudo = apk.parse_installed(DATABASE)
    assert (musl.name, musl.version, musl.checksum) == ("musl", "1.2.5-r23", "Q1musl")
    assert [(file.path, file.checksum) for file in musl.files] == [
        ("lib/ld-musl-x86_64.so.1", "Q1aaa"),
        ("lib/libc.musl-x86_64.so.1", "Q1bbb"),
    ]
    assert baselayout.folders == ("root", "etc", "etc/crontabs")
    assert [(file.path, file.checksum) for file in baselayout.files] == [
        ("etc/no-checksum", ""),
        ("etc/crontabs/root", "Q1ccc"),
    ]
    assert sudo.folders == ("usr/bin",)


def test_what_is_written_is_what_was_read_but_for_what_was_left_out() -> None:
    packages = apk.parse_installed(DATABASE)
    assert apk.installed(packages).decode() == DATABASE
    kept = apk.installed(packages[:2]).decode()
    assert kept == DATABASE[: DATABASE.index("C:Q1sudo")]


def test_triggers_and_scripts_of_other_packages_are_left_out() -> None:
    packages = [package for package in apk.parse_installed(DATABASE) if package.name != "sudo"]
    assert apk.triggers("Q1sudo /usr/bin\nQ1musl /lib /usr/lib\n", packages) == b"Q1musl /lib /usr/lib\n"

    source = io.BytesIO()
    names = ("musl-1.2.5-r23.Q1x.trigger", "musl-utils-1.2.5-r23.Q1x.trigger", "sudo-1.9-r0.Q1y.pre-install")
    with tarfile.open(fileobj=source, mode="w:gz") as tar:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = 3, 0o755
            tar.addfile(entry, io.BytesIO(b"#!x"))
    with tarfile.open(fileobj=io.BytesIO(apk.scripts(source.getvalue(), packages))) as tar:
        assert [(member.name, member.mode) for member in tar] == [(names[0], 0o755)]


def test_a_checksum_is_written_as_the_database_writes_it() -> None:
    # As `echo localhost | openssl sha1 -binary | base64` has it, which is also Alpine's of /etc/hostname.
    assert apk.checksum(b"localhost\n") == "Q16nVwYVXP/tChvUPdukVD2ifXOmc="
