from __future__ import annotations

import pytest

from imagematrix.image.files import Entry, FileSystem, Kind
from imagematrix.image.runs_on import runs_on
from imagematrix.model import How
from tests.image.made_files import config, image, subject

DPKG = b"Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u10\n\n"
APK = b"P:musl\nV:1.2.5-r9\n\n"


def files(*paths: str, texts: dict[str, bytes] | None = None, node: str = "") -> FileSystem:
    entries = {
        path: Entry(path=path, kind=Kind.FILE, bytes=1, mode=0o755, uid=0, content=path, target="")
        for path in paths
    }
    return FileSystem(entries=entries, texts=texts or {}, elves={}, method="made", node_version=node)


def told(seen: FileSystem | None, *, env: tuple[str, ...] = ()) -> dict[str, object]:
    found = runs_on(subject(seen, of=image(unpacked_bytes=10, runs_as=config(env=env))))
    return {m.name: m.value if m.measured else m.how for m in found}


@pytest.mark.parametrize(
    ("paths", "texts", "libc", "version"),
    [
        (["/lib/x86_64-linux-gnu/libc.so.6"], {"/var/lib/dpkg/status": DPKG}, "glibc", "2.36"),
        (["/lib/ld-musl-x86_64.so.1"], {"/lib/apk/db/installed": APK}, "musl", "1.2.5"),
        (["/lib/ld-musl-x86_64.so.1"], {}, "musl", How.UNAVAILABLE),
        (
            ["/lib/ld-musl-x86_64.so.1", "/usr/lib/libc.so.6"],
            {"/lib/apk/db/installed": APK, "/var/lib/dpkg/status": DPKG},
            "glibc+musl",
            "2.36+1.2.5",
        ),
        (["/app/libc.so.6"], {}, How.NOT_APPLICABLE, How.NOT_APPLICABLE),
    ],
)
def test_the_c_library_is_known_by_its_loader_and_its_package(
    paths: list[str], texts: dict[str, bytes], libc: str, version: str
) -> None:
    found = told(files(*paths, texts=texts))
    assert (found["libc"], found["libc_version"]) == (libc, version)


def test_the_node_that_walked_goes_before_what_the_config_says() -> None:
    env = ("NODE_VERSION=20.1.0",)
    assert told(files(node="24.19.0"), env=env)["node_version"] == "24.19.0"
    there = files("/usr/local/bin/node")
    assert told(there, env=env)["node_version"] == "20.1.0"
    named = runs_on(subject(there, of=image(unpacked_bytes=10, runs_as=config(env=env))))
    assert {m.how for m in named if m.name == "node_version"} == {How.ESTIMATED}
    assert told(there)["node_version"] is How.UNAVAILABLE


def test_where_no_node_is_there_is_no_version_of_it() -> None:
    for env in ((), ("NODE_VERSION=20.1.0",)):
        assert (
            told(files("/app/server", "/usr/share/node/readme"), env=env)["node_version"]
            is How.NOT_APPLICABLE
        )


def test_nothing_is_said_of_files_that_were_not_seen() -> None:
    assert set(told(None).values()) == {How.UNAVAILABLE}
