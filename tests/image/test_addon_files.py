"""Files that are named like native addons and that Linux cannot load at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.image.addons import addon_findings, addon_paths, addons
from imagematrix.image.files import Broken, Elf
from imagematrix.model import Severity, Table
from tests.image.test_addons import DEBIAN, GLIBC, HELLO, found, loaded, subject


def not_one(broken: Broken) -> Elf:
    return Elf(machine="", interpreter="", needed=(), versions=(), broken=broken)


@pytest.mark.parametrize(
    ("broken", "severity", "remedy"),
    [
        (Broken.NO_ELF, Severity.HIGH, "anew"),
        (Broken.EMPTY, Severity.HIGH, "anew"),
        (Broken.MACOS, Severity.MEDIUM, "own platform"),
        (Broken.WINDOWS, Severity.MEDIUM, "own platform"),
    ],
)
def test_a_file_that_is_no_addon_of_linux_is_named(broken: Broken, severity: Severity, remedy: str) -> None:
    (finding,) = found(DEBIAN, {HELLO: not_one(broken)})
    assert (finding.rule, finding.severity) == ("addon-file", severity)
    assert finding.text.startswith(f"{HELLO} of hello 1.2.3 {broken.value}")
    assert remedy in finding.remedy
    (told,) = addons(subject(DEBIAN, {HELLO: not_one(broken)}))
    assert isinstance(told.value, Table)
    assert told.value.rows[0][-1] == broken.value
    assert addon_paths(subject(DEBIAN, {HELLO: not_one(broken)})) == ()


def test_an_addon_that_is_cut_off_is_named_with_what_the_loader_says() -> None:
    cut = replace(GLIBC, broken=Broken.CUT_OFF)
    assert addon_paths(subject(DEBIAN, {HELLO: cut})) == (HELLO,)
    (finding,) = found(DEBIAN, {HELLO: cut}, loaded((HELLO, False, "file too short")))
    assert finding.rule == "addon-file"
    assert finding.text.endswith("is cut off, and cannot be loaded; loading it says: file too short")


def test_files_for_other_systems_beside_one_that_fits_are_no_matter() -> None:
    there = {
        HELLO: GLIBC,
        "/node_modules/hello/prebuilds/darwin-x64/hello.node": not_one(Broken.MACOS),
        "/node_modules/hello/prebuilds/win32-x64/hello.node": not_one(Broken.WINDOWS),
        "/node_modules/hello/lib/libc.so": not_one(Broken.NO_ELF),  # a linker's script
    }
    assert found(DEBIAN, there) == ()


@pytest.mark.parametrize(
    ("systems", "told"), [('["darwin"]', 0), ('"!linux"', 0), ('["!win32"]', 1), ("[1]", 1)]
)
def test_a_package_that_is_not_for_linux_is_not_judged(systems: str, told: int) -> None:
    texts = {"/node_modules/hello/package.json": f'{{"version": "1", "os": {systems}}}'.encode()}
    assert len(addon_findings(subject(DEBIAN, {HELLO: not_one(Broken.MACOS)}, texts), ())) == told


def test_a_platforms_part_stands_for_its_package() -> None:
    """The host's node_modules, brought along: the part for macOS is there, and none for Linux."""
    path = "/node_modules/@img/sharp-darwin-arm64/lib/sharp.node"
    texts = {"/node_modules/@img/sharp-darwin-arm64/package.json": b'{"version": "1", "os": ["darwin"]}'}
    (finding,) = addon_findings(subject(DEBIAN, {path: not_one(Broken.MACOS)}, texts), ())
    assert finding.rule == "addon-file"
    linux = {path: not_one(Broken.MACOS), "/node_modules/@img/sharp-linux-x64/lib/sharp.node": GLIBC}
    texts |= {"/node_modules/@img/sharp-linux-x64/package.json": b'{"version": "1", "os": ["linux"]}'}
    assert addon_findings(subject(DEBIAN, linux, texts), ()) == ()
