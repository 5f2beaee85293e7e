from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.image.files import Entry, FileSystem, Kind
from imagematrix.image.leftovers import context_leftovers
from imagematrix.model import How
from tests.image.made_files import config, file, image, layer, rows, subject, system


def found(
    *entries: Entry, workdir: str = "/app", base: FileSystem | None = None
) -> tuple[tuple[object, ...], ...]:
    files = system(*entries)
    made = image(runs_as=config(workdir=workdir), unpacked_bytes=files.visible_bytes)
    (told,) = context_leftovers(subject(files, of=made, base=base))
    assert told.how is How.EXACT
    return rows(told)


@pytest.mark.parametrize(
    ("path", "row", "why"),
    [
        ("/app/.git/objects/pack/x", "/app/.git", "version control"),
        ("/app/sub/.git/HEAD", "/app/sub/.git", "version control"),
        ("/app/coverage/lcov.info", "/app/coverage", "coverage"),
        ("/app/test/a/b.js", "/app/test", "tests"),
        ("/app/src/__tests__/a.js", "/app/src/__tests__", "tests"),
        ("/app/src/a.test.ts", "/app/src/a.test.ts", "tests"),
        ("/app/Dockerfile", "/app/Dockerfile", "how the image is built"),
        ("/app/prod.Dockerfile", "/app/prod.Dockerfile", "how the image is built"),
        ("/app/.dockerignore", "/app/.dockerignore", "how the image is built"),
        ("/app/docker-compose.yml", "/app/docker-compose.yml", "how the image is built"),
        ("/app/logs/npm-debug.log", "/app/logs/npm-debug.log", "log"),
        ("/app/.vscode/settings.json", "/app/.vscode", "settings of an editor"),
        ("/app/.DS_Store", "/app/.DS_Store", "litter of a desktop"),
        ("/app/.github/workflows/x.yml", "/app/.github", "settings of a code host"),
        ("/app/node_modules/fsevents/package.json", "/app/node_modules", "node_modules of the host"),
        ("/app/node_modules/@esbuild/darwin-arm64/bin/x", "/app/node_modules", "node_modules of the host"),
        (
            "/app/node_modules/@rollup/rollup-win32-x64-msvc/x",
            "/app/node_modules",
            "node_modules of the host",
        ),
        ("/app/node_modules/.bin/tsc.cmd", "/app/node_modules", "node_modules of the host"),
    ],
)
def test_what_an_ignore_file_should_have_kept_out(path: str, row: str, why: str) -> None:
    assert found(file(path, 7), file("/app/index.js")) == ((row, 7, why),)


@pytest.mark.parametrize(
    "path",
    [
        "/app/index.js",
        "/app/src/coverage/report.js",
        "/app/src/test/index.js",
        "/app/lib/logger.js",
        "/app/latest/x.js",
        "/app/node_modules/x/test/a.test.js",
        "/app/node_modules/x/.git/HEAD",
        "/app/node_modules/x/prebuilds/darwin-x64/x.node",
        "/app/node_modules/@img/sharp-linux-x64/x.node",
        "/app/node_modules/.bin/tsc",
        "/app/node_modules/is-windows/index.js",
        "/var/log/dpkg.log",
        "/usr/lib/python3/test/x.py",
        "/root/.npm/_logs/x.log",
    ],
)
def test_what_belongs_there_or_is_not_the_apps(path: str) -> None:
    assert found(file(path)) == ()


def test_a_folder_counts_whole_and_the_largest_comes_first() -> None:
    told = found(file("/app/.git/a", 5), file("/app/.git/b/c", 6), file("/app/x.log", 20))
    assert told == (("/app/x.log", 20, "log"), ("/app/.git", 11, "version control"))


def test_files_of_the_base_are_not_the_apps() -> None:
    base = system(file("/app/x.log", 5), file("/app/y.log", 5))
    assert found(file("/app/x.log", 5), file("/app/y.log", 6), base=base) == (("/app/y.log", 6, "log"),)


def test_an_app_in_the_root_is_not_the_system() -> None:
    entries = (
        file("/package.json"),
        file("/test/a.js", 3),
        file("/x.log", 2),
        file("/var/log/apt/term.log"),
        file("/usr/share/x/a.test.js"),
        file("/node_modules/fsevents/f", 9),
    )
    assert found(*entries, workdir="/") == (
        ("/node_modules", 9, "node_modules of the host"),
        ("/test", 3, "tests"),
        ("/x.log", 2, "log"),
    )


def test_the_apps_folder_is_known_by_its_package_json_too_but_not_the_runtimes() -> None:
    entries = (
        file("/srv/package.json"),
        file("/srv/test/a.js", 3),
        file("/usr/local/lib/node_modules/npm/package.json"),
        file("/opt/yarn-v1.22/package.json"),
        file("/opt/yarn-v1.22/test/x.js"),
    )
    assert found(*entries, workdir="") == (("/srv/test", 3, "tests"),)


def test_without_an_apps_folder_there_is_nothing_to_look_at() -> None:
    (told,) = context_leftovers(subject(system(file("/usr/bin/vim"), file("/test/x"))))
    assert told.how is How.NOT_APPLICABLE
    (unknown,) = context_leftovers(subject(None))
    assert unknown.how is How.UNAVAILABLE


def deep(*top: Entry, by: str = "RUN npm ci") -> tuple[tuple[object, ...], ...]:
    copied = layer(file("/app/index.js"), file("/app/node_modules/x/a.js", 40))
    made = image(("ADD rootfs", 0), ("COPY . /app", 41), (by, 1), runs_as=config(workdir="/app"))
    made = replace(made, layers=(replace(made.layers[0], from_base=True), *made.layers[1:]))
    view = system(file("/app/index.js"), file("/app/node_modules/x/a.js", 41))
    (told,) = context_leftovers(subject(view, of=made, layers=(layer(), copied, layer(*top))))
    return rows(told)


ANEW = Entry("/app/node_modules/x", Kind.OPAQUE, 0, 0, 0, "", "")


def test_packages_that_a_copy_brought_and_a_run_made_anew_were_the_hosts() -> None:
    assert deep(ANEW, file("/app/node_modules/x/a.js", 41)) == (
        ("/app/node_modules", 40, "node_modules of the host"),
    )


def test_a_change_of_owner_or_a_second_copy_makes_nothing_anew() -> None:
    assert deep(file("/app/node_modules/x/a.js", 40, uid=1000), by="RUN chown -R node /app") == ()
    assert deep(ANEW, by="COPY . /app") == ()


def test_no_more_than_fifty_are_listed() -> None:
    told = found(*(file(f"/app/{n}.log") for n in range(60)))
    assert len(told) == 50
