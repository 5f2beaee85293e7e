from __future__ import annotations

import pytest

from imagematrix.image.files import Entry
from imagematrix.image.packages import npm_packages, package_folder, packages, shown
from imagematrix.model import How
from tests.image.made_files import by_name, file, folder, link, rows, subject, system

STATUS = """\
Package: libc6
Status: install ok installed
Description: words
 Package: not-this-one
Version: 2.36-9

Package: gone
Status: deinstall ok config-files
Version: 1

Package: half
Status: install ok half-configured
Version: 2

Package: never
Status: purge ok not-installed
"""
INSTALLED = """\
C:Q1abc=
P:musl
V:1.2.5-r23
F:lib
R:P:odd
M:0:0:755

P:zlib
V:1.3.2-r0
"""


def test_dpkg_lists_what_is_unpacked() -> None:
    found = by_name(packages(subject(system(texts={"/var/lib/dpkg/status": STATUS}))))
    assert rows(found["packages_dpkg"]) == (("half", "2"), ("libc6", "2.36-9"))
    assert (found["packages_dpkg_count"].value, found["packages_dpkg_count"].unit) == (2, "packages")
    assert found["packages_apk"].how is How.NOT_APPLICABLE


def test_distroless_has_a_file_a_package_and_checksums_beside_it() -> None:
    texts = {
        "/var/lib/dpkg/status.d/tzdata": "Package: tzdata\nVersion: 2026f-0\n",
        "/var/lib/dpkg/status.d/tzdata.md5sums": "0123  usr/share/zoneinfo/UTC\n",
    }
    found = by_name(packages(subject(system(texts=texts))))
    assert rows(found["packages_dpkg"]) == (("tzdata", "2026f-0"),)


@pytest.mark.parametrize("place", ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"])
def test_apk_lists_its_database(place: str) -> None:
    found = by_name(packages(subject(system(texts={place: INSTALLED}))))
    assert rows(found["packages_apk"]) == (("musl", "1.2.5-r23"), ("zlib", "1.3.2-r0"))
    assert found["packages_dpkg"].how is How.NOT_APPLICABLE


def test_npm_lists_every_package_with_its_place() -> None:
    texts = {
        "/app/package.json": {"name": "app", "version": "1.0.0"},
        "/app/node_modules/express/package.json": {"name": "express", "version": "4.22.3"},
        "/app/node_modules/@types/node/package.json": {"name": "@types/node", "version": "24.0.0"},
        "/app/node_modules/express/node_modules/ms/package.json": {"name": "ms", "version": "2.0.0"},
        "/app/node_modules/express/lib/package.json": {"name": "not-a-package", "version": "1.0.0"},
    }
    found = by_name(packages(subject(system(texts=texts))))
    assert rows(found["packages_npm"]) == (
        ("@types/node", "24.0.0", "/app/node_modules/@types/node"),
        ("express", "4.22.3", "/app/node_modules/express"),
        ("ms", "2.0.0", "/app/node_modules/express/node_modules/ms"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"name": 5, "version": {}}',
        "[" * 100_000,
        "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
    ],
)
def test_a_package_json_that_says_nothing_is_named_by_its_folder(text: str) -> None:
    (package,) = npm_packages(system(texts={"/a/node_modules/@s/x/package.json": text}))
    assert (package.name, package.version, package.dev) == ("@s/x", "", None)


def test_the_lock_says_what_is_for_development() -> None:
    texts = {
        "/app/node_modules/.package-lock.json": {
            "packages": {
                "node_modules/jest": {"version": "1.0.0", "dev": True},
                "node_modules/qs": {"version": "2.0.0"},
            }
        },
        "/app/node_modules/jest/package.json": {"name": "jest", "version": "1.0.0"},
        "/app/node_modules/qs/package.json": {"name": "qs", "version": "2.0.0"},
        "/app/node_modules/stray/package.json": {"name": "stray", "version": "3.0.0"},
    }
    assert {p.name: p.dev for p in npm_packages(system(texts=texts))} == {
        "jest": True,
        "qs": False,
        "stray": None,
    }


def test_without_a_lock_the_app_says_it_of_what_it_names() -> None:
    texts = {
        "/package.json": {"dependencies": {"both": "1"}, "devDependencies": {"both": "1", "jest": "1"}},
        "/node_modules/both/package.json": {"name": "both"},
        "/node_modules/jest/package.json": {"name": "jest"},
        "/node_modules/deep/package.json": {"name": "deep"},
        "/node_modules/deep/node_modules/jest/package.json": {"name": "jest"},
    }
    assert [(p.path, p.dev) for p in npm_packages(system(texts=texts))] == [
        ("/node_modules/both", False),
        ("/node_modules/deep", None),
        ("/node_modules/deep/node_modules/jest", None),
        ("/node_modules/jest", True),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        file("/var/lib/dpkg/status", 1 << 30),
        folder("/var/lib/dpkg/status"),
        link("/var/lib/dpkg/status", "x"),
    ],
)
def test_a_database_that_was_not_read_is_not_taken_for_empty(entry: Entry) -> None:
    found = by_name(packages(subject(system(entry))))
    assert found["packages_dpkg"].how is How.UNAVAILABLE
    assert "/var/lib/dpkg/status" in found["packages_dpkg"].reason


def test_an_image_whose_files_are_not_known_has_unknown_packages() -> None:
    found = packages(subject(None))
    assert {m.how for m in found} == {How.UNAVAILABLE}
    assert {m.reason for m in found} == {"no node inside"}


def test_names_out_of_an_image_are_fit_for_a_record() -> None:
    status = "Package: \x1b[31mred\nVersion: 1\u202e\n"
    found = by_name(packages(subject(system(texts={"/var/lib/dpkg/status": status}))))
    assert rows(found["packages_dpkg"]) == (("\\x1b[31mred", "1\\u202e"),)
    assert shown("x" * 1000) == "x" * 214
    assert shown("\udcff/é") == "\\xff/é"
    assert shown("\ud800\x1b\u2028") == "\\ud800\\x1b\\u2028"
    assert shown(None) == ""


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/app/node_modules/qs/lib/index.js", "/app/node_modules/qs"),
        ("/app/node_modules/@a/b/c.js", "/app/node_modules/@a/b"),
        ("/app/node_modules/.pnpm/qs@6/node_modules/qs/x.js", "/app/node_modules/.pnpm/qs@6/node_modules/qs"),
        ("/app/node_modules/.package-lock.json", ""),
        ("/app/node_modules/.bin/mime", ""),
        ("/app/index.js", ""),
    ],
)
def test_a_path_belongs_to_the_innermost_package(path: str, where: str) -> None:
    assert package_folder(path) == where
