from __future__ import annotations

import random

from imagematrix.image.files import Entry, Kind
from imagematrix.image.origin import origin
from imagematrix.model import How
from tests.image.made_files import by_name, file, image, layer, link, program, rows, subject, system

BASE = (
    program("/usr/bin/bash", 1000),
    file("/etc/passwd", 50),
    program("/usr/local/bin/node", 9000),
    link("/usr/local/bin/nodejs", "node"),
    file("/usr/local/include/node/v8.h", 700),
    file("/usr/local/lib/node_modules/npm/lib/npm.js", 300),
    file("/usr/local/lib/node_modules/npm/node_modules/ms/index.js", 30),
    file("/usr/local/lib/node_modules/corepack/dist/corepack.js", 200),
    file("/opt/yarn-v1.22.22/bin/yarn.js", 100),
    file("/usr/local/README.md", 10),
)
QS = {"name": "qs", "version": "6.16.2"}
APP = (
    file("/app/index.js", 7),
    file("/app/node_modules/qs/lib/qs.js", 40),
    file("/app/node_modules/.bin/x", 2),
    program("/app/node_modules/node/bin/node", 60),
    file("/usr/local/lib/node_modules/pm2/index.js", 5),
    file("/root/.npm/_cacache/index", 400),
)
TEXTS = {"/app/node_modules/qs/package.json": QS}
QS_BYTES = 40 + len('{"name": "qs", "version": "6.16.2"}')


def test_every_byte_of_the_layers_has_one_origin() -> None:
    files = system(*BASE, *APP, texts=TEXTS)
    of = image(("FROM", 11_390), ("RUN", files.visible_bytes))  # as if all of the base had been overwritten
    found = by_name(origin(subject(files, base=system(*BASE), of=of)))
    table = {row[0]: row[1:] for row in rows(found["bytes_by_origin"])}
    assert table == {
        "base system": (1050, 2),
        "corepack": (200, 1),
        "headers": (700, 1),
        "node": (9000, 1),
        "node documents": (10, 1),
        "npm": (330, 2),
        "yarn": (100, 1),
        "app": (7, 1),
        "node_modules": (QS_BYTES + 2 + 60 + 5, 5),
        "caches": (400, 1),
        "waste": (11_390, ""),
    }
    assert sum(size for size, _ in table.values() if isinstance(size, int)) == of.unpacked_bytes
    assert {name: found[name].value for name in found if name.endswith("_bytes")} == {
        "base_system_bytes": 1050,
        "runtime_bytes": 10_340,
        "app_bytes": 7,
        "node_modules_bytes": QS_BYTES + 67,
        "headers_bytes": 700,
        "caches_bytes": 400,
    }
    assert {found[name].unit for name in found if name.endswith("_bytes")} == {"bytes"}


def test_a_file_of_the_base_that_was_changed_is_the_apps() -> None:
    base = system(
        file("/etc/a", 5), file("/etc/b", 5), file("/etc/c", 5), file("/etc/same", 5, content="1:1")
    )
    files = system(
        file("/etc/a", 6),
        file("/etc/b", 5, mode=0o600),
        file("/etc/c", 5, uid=1),
        file("/etc/same", 5, content="2:2"),
    )
    found = by_name(origin(subject(files, base=base)))
    assert (found["app_bytes"].value, found["base_system_bytes"].value) == (16, 5)


def test_names_of_one_file_count_once_and_where_the_first_is() -> None:
    files = system(file("/b", 10, content="8:1"), file("/a/node_modules/x/b", 10, content="8:1"))
    found = by_name(origin(subject(files, base=system())))
    assert rows(found["bytes_by_origin"]) == (("app", 0, 1), ("node_modules", 10, 1), ("waste", 0, ""))
    assert rows(found["largest_files"])[0] == ("/a/node_modules/x/b", 10, "node_modules")


def test_without_the_bases_files_its_own_and_the_apps_are_not_told_apart() -> None:
    found = by_name(origin(subject(system(*BASE, *APP))))
    table = {row[0]: row[1] for row in rows(found["bytes_by_origin"])}
    assert table["base system and app"] == 1057
    assert {"base system", "app"}.isdisjoint(table)
    assert found["app_bytes"].how is found["base_system_bytes"].how is How.UNAVAILABLE
    assert "cannot be told apart" in found["app_bytes"].reason
    assert found["runtime_bytes"].value == 10_340


def test_what_is_not_there_is_not_applicable_and_never_zero() -> None:
    found = by_name(origin(subject(system(file("/hello", 3)), base=system())))
    for name in (
        "runtime_bytes",
        "node_modules_bytes",
        "headers_bytes",
        "caches_bytes",
        "node_modules_packages",
    ):
        assert found[name].how is How.NOT_APPLICABLE


def test_a_row_a_package_and_version() -> None:
    texts = {
        "/app/node_modules/.package-lock.json": {
            "packages": {
                "node_modules/qs": {},
                "node_modules/jest": {"dev": True},
                "node_modules/a/node_modules/qs": {},
            }
        },
        "/app/node_modules/qs/package.json": QS,
        "/app/node_modules/a/node_modules/qs/package.json": QS,
        "/app/node_modules/jest/package.json": {"name": "jest", "version": "30.0.0"},
    }
    files = system(
        file("/app/node_modules/jest/big.js", 5000), file("/app/node_modules/broken/x", 1), texts=texts
    )
    found = by_name(origin(subject(files, base=system())))
    jest, lock, qs, broken = rows(found["node_modules_packages"])
    assert jest == ("jest", "30.0.0", 5000 + len('{"name": "jest", "version": "30.0.0"}'), "yes")
    assert lock[0] == "(no package)"
    assert qs == ("qs", "6.16.2", 2 * len('{"name": "qs", "version": "6.16.2"}'), "no")
    assert broken == ("broken", "", 1, "unknown")


def test_node_in_other_places_and_the_apps_own_readme() -> None:
    files = system(
        program("/nodejs/bin/node", 90),
        file("/nodejs/LICENSE", 4),
        file("/README.md", 2),
        file("/index.js", 1),
    )
    found = by_name(origin(subject(files, base=system())))
    assert (found["runtime_bytes"].value, found["app_bytes"].value) == (94, 3)


def test_layers_are_counted_where_they_were_read() -> None:
    assert (
        by_name(
            origin(
                subject(
                    system(
                        file("/a"),
                    )
                )
            )
        )["bytes_by_layer"].how
        is How.UNAVAILABLE
    )
    gone = Entry("/gone", Kind.WHITEOUT, 0, 0, 0, "", "")
    layers = (layer(file("/a", 10), file("/gone", 5), file("/keep", 1)), layer(file("/a", 12), gone))
    of = image(("ADD rootfs", 16), ("RUN rm\n\x1b", 12))
    found = by_name(origin(subject(system(file("/a", 12), file("/keep")), layers=layers, of=of)))
    assert rows(found["bytes_by_layer"]) == ((1, "ADD rootfs", 16, 1), (2, "RUN rm\\n\\x1b", 12, 12))


def test_files_that_are_not_known_have_no_origin() -> None:
    found = by_name(origin(subject(None)))
    assert {m.how for m in found.values()} == {How.UNAVAILABLE}
    assert found["bytes_by_origin"].reason == "no node inside"


def test_the_rows_add_up_whatever_the_image_holds() -> None:
    dice = random.Random(4)  # noqa: S311 - the same cases every time
    words = [
        "usr",
        "local",
        "bin",
        "node",
        "node_modules",
        "npm",
        "lib",
        "app",
        "x",
        "include",
        "root",
        ".npm",
    ]
    for _ in range(200):
        paths = {"/" + "/".join(dice.choices(words, k=dice.randint(1, 5))) for _ in range(20)}
        leaves = [p for p in paths if not any(q.startswith(f"{p}/") for q in paths)]
        entries = [file(p, dice.randint(0, 99), content=dice.choice(["", f"{p}!"])) for p in leaves]
        files, base = system(*entries), system(*dice.sample(entries, len(entries) // 2))
        of = image(unpacked_bytes=files.visible_bytes + 5)
        for each in (subject(files, base=base, of=of), subject(files, of=of)):
            table = rows(by_name(origin(each))["bytes_by_origin"])
            assert sum(int(str(row[1])) for row in table) == of.unpacked_bytes
            assert table[-1][:2] == ("waste", 5)
