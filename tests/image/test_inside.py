from __future__ import annotations

from datetime import date

import pytest

from imagematrix.image.files import FileSystem
from imagematrix.image.inside import NODE_LIFETIME, inside
from imagematrix.model import How, Measurement
from tests.image.made_files import by_name, config, file, folder, image, link, program, subject, system

TODAY = date(2026, 11, 24)
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'


def found_in(
    files: FileSystem | None,
    *,
    healthcheck: tuple[str, ...] = (),
    env: tuple[str, ...] = (),
    workdir: str = "",
    today: date = TODAY,
) -> dict[str, Measurement]:
    of = image(runs_as=config(healthcheck=healthcheck, env=env, workdir=workdir))
    return by_name(inside(subject(files, of=of), today=today))


def test_shells_are_programs_and_links_to_them_wherever_they_are() -> None:
    files = system(
        program("/bin/busybox"),
        link("/bin/sh", "busybox"),
        link("/bin/ash", "/bin/busybox"),
        link("/bin/zsh", "/etc/alternatives/zsh"),  # leads nowhere
        file("/usr/share/doc/bash"),  # not executable
        folder("/opt/fish"),
        program("/busybox/dash"),
    )
    assert found_in(files)["shells_on_disk"].value == ("/bin/ash", "/bin/busybox", "/bin/sh", "/busybox/dash")


def test_an_image_without_a_shell_says_so_exactly() -> None:
    shells = found_in(system(program("/nodejs/bin/node")))["shells_on_disk"]
    assert (shells.how, shells.value) == (How.EXACT, ())


def test_build_tools_are_looked_for_on_the_images_path_and_package_managers_there_and_elsewhere() -> None:
    files = system(
        link("/bin", "usr/bin"),
        program("/usr/bin/apt-get"),
        program("/usr/bin/gcc"),
        file("/usr/bin/make"),  # nobody may run it
        program("/opt/tools/pip"),
        program("/usr/local/lib/node_modules/npm/bin/npm-cli.js"),
        link("/usr/local/bin/npm", "../lib/node_modules/npm/bin/npm-cli.js"),
        program("/usr/local/lib/node_modules/npm/bin/npm"),
    )
    found = found_in(files)
    assert found["package_managers"].value == ("/usr/bin/apt-get", "/usr/local/bin/npm")
    assert found["build_tools"].value == ("/usr/bin/gcc",)
    assert found_in(files, env=("PATH=/opt/tools:/bin",))["package_managers"].value == (
        "/opt/tools/pip",
        "/usr/bin/apt-get",
        "/usr/local/bin/npm",
    )


def test_rights_are_told_of_files() -> None:
    files = system(
        file("/usr/bin/su", mode=0o4755),
        file("/usr/bin/wall", mode=0o2755),
        file("/odd", mode=0o4644),
        folder("/var/mail", mode=0o2775),
        program("/bin/true"),
    )
    found = found_in(files)
    assert found["setuid_files"].value == ("/odd", "/usr/bin/su", "/usr/bin/wall")
    assert (found["executables"].value, found["executables"].unit) == (3, "files")


def test_the_system_is_named_and_its_end_known() -> None:
    files = system(link("/etc/os-release", "../usr/lib/os-release"), texts={"/usr/lib/os-release": DEBIAN})
    found = found_in(files)
    assert found["os"].value == "Debian GNU/Linux 12 (bookworm)"
    assert found["os_end_of_life"].value == "2028-06-30"
    assert found["os_past_end_of_life"].value is False
    assert found_in(files, today=date(2028, 6, 30))["os_past_end_of_life"].value is False
    assert found_in(files, today=date(2028, 7, 1))["os_past_end_of_life"].value is True


def test_a_system_that_is_not_in_the_table_has_no_known_end() -> None:
    found = found_in(system(texts={"/etc/os-release": "ID=gentoo\nNAME='Gen\x1btoo'\njunk\n"}))
    assert found["os"].value == "Gen\\x1btoo"
    assert found["os_end_of_life"].how is found["os_past_end_of_life"].how is How.UNAVAILABLE


def test_an_image_that_names_no_system_has_none() -> None:
    found = found_in(system(file("/hello")))
    assert {found[name].how for name in ("os", "os_end_of_life", "os_past_end_of_life")} == {
        How.NOT_APPLICABLE
    }


def test_nodes_end_goes_by_the_version_that_walked_or_that_the_image_names() -> None:
    walked = system(file("/a"), node="20.20.2")
    assert found_in(walked, env=("NODE_VERSION=24.0.0",))["node_end_of_life"].value == "2026-04-30"
    assert found_in(walked)["node_past_end_of_life"].value is True
    there = system(program("/opt/node/bin/node"))
    named = found_in(there, env=("NODE_VERSION=24.19.0",))
    assert (named["node_end_of_life"].value, named["node_past_end_of_life"].value) == ("2028-04-30", False)
    assert {named[name].how for name in NODE_LIFETIME} == {How.ESTIMATED}
    assert {found_in(walked)[name].how for name in NODE_LIFETIME} == {How.EXACT}
    assert found_in(there)["node_end_of_life"].how is How.UNAVAILABLE
    # Where no Node is, no version is told of it, whatever the image was made from.
    for env in ((), ("NODE_VERSION=24.19.0",)):
        none = found_in(system(file("/a"), file("/usr/bin/node")), env=env)
        assert {none[name].how for name in NODE_LIFETIME} == {How.NOT_APPLICABLE}
    assert "Node 99.1.0" in found_in(system(file("/a"), node="99.1.0"))["node_end_of_life"].reason


def test_packages_for_development_are_named() -> None:
    texts = {
        "/app/node_modules/.package-lock.json": {
            "packages": {"node_modules/jest": {"dev": True}, "node_modules/qs": {}}
        },
        "/app/node_modules/jest/package.json": {"name": "jest", "version": "30.0.0"},
        "/app/node_modules/qs/package.json": {"name": "qs", "version": "6.16.2"},
    }
    assert found_in(system(texts=texts))["dev_dependencies"].value == ("jest@30.0.0",)
    del texts["/app/node_modules/jest/package.json"]
    clean = found_in(system(texts=texts))["dev_dependencies"]
    assert (clean.how, clean.value) == (How.EXACT, ())
    assert found_in(system(file("/a")))["dev_dependencies"].how is How.NOT_APPLICABLE


def test_files_that_are_not_known_hold_nothing_known() -> None:
    found = found_in(None, healthcheck=("CMD", "node"), env=("NODE_VERSION=8.9.4",))
    known = {name for name, measurement in found.items() if measurement.measured}
    assert known == {"healthcheck", "node_end_of_life", "node_past_end_of_life"}
    assert found["healthcheck_can_run"].reason == "no node inside"


SLIM = system(
    program("/usr/bin/dash"),
    link("/bin", "usr/bin"),
    link("/usr/bin/sh", "dash"),
)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/bin/sh", "/usr/bin/dash"),
        ("/bin/../bin/./sh", "/usr/bin/dash"),
        ("/bin", "/usr/bin"),
        ("/nowhere/sh", None),
        ("/loop/x", None),
        ("/", None),
    ],
)
def test_links_are_followed_as_the_system_follows_them(path: str, leads_to: str | None) -> None:
    files = system(*SLIM.entries.values(), link("/loop", "loop"))
    entry = files.resolve(path)
    assert (entry.path if entry else None) == leads_to
