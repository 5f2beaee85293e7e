from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from imagematrix.image.addons import addon_findings, addon_paths, addons
from imagematrix.image.files import Elf, FileSystem
from imagematrix.image.subject import Subject
from imagematrix.model import (
    EngineImage,
    Finding,
    ImageConfig,
    Measurement,
    Severity,
    Table,
    exact,
    unavailable,
)
from tests.image.made_files import file, system
from tests.made import digest

DEBIAN = ("/usr/lib64/ld-linux-x86-64.so.2", "/usr/lib/x86_64-linux-gnu/libc.so.6")
ALPINE = ("/lib/ld-musl-x86_64.so.1", "/usr/lib/libstdc++.so.6")


def elf(*needed: str, versions: tuple[str, ...] = (), machine: str = "x86_64") -> Elf:
    return Elf(machine=machine, interpreter="", needed=needed, versions=versions)


GLIBC = elf("libc.so.6", versions=("GLIBC_2.4", "GLIBC_2.34"))
MUSL = elf("libstdc++.so.6", "libc.musl-x86_64.so.1")
ARM = elf("libc.so.6", machine="aarch64")
HELLO = "/node_modules/hello/hello.node"


def subject(
    libraries: Sequence[str],
    elves: Mapping[str, Elf],
    texts: Mapping[str, bytes] | None = None,
) -> Subject:
    files = system(*(file(path) for path in (*libraries, *elves)))
    return _subject(replace(files, texts=texts or {}, elves=elves), "")


def _subject(files: FileSystem | None, missing: str) -> Subject:
    config = ImageConfig(
        user="", entrypoint=(), command=(), env=(), workdir="", healthcheck=(), architecture="amd64"
    )
    image = EngineImage(
        config_digest=digest("c"),
        unpacked_bytes=0,
        engine_bytes=0,
        layers=(),
        ref="it",
        history=(),
        config=config,
    )
    return Subject(
        engine=None,
        image=image,
        bases=(),
        files=files,
        files_missing=missing,
        base_files=None,
        layers=(),
        sizes={},
        registry_bytes={},
    )


def package(name: str, version: str, under: str = "") -> dict[str, bytes]:
    return {f"{under}/node_modules/{name}/package.json": f'{{"version": "{version}"}}'.encode()}


def found(
    libraries: Sequence[str], elves: Mapping[str, Elf], *measurements: Measurement
) -> tuple[Finding, ...]:
    return addon_findings(subject(libraries, elves, package("hello", "1.2.3")), measurements)


def rules(findings: Sequence[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def loaded(*rows: tuple[str, bool, str]) -> Measurement:
    return exact("addons_loaded", Table(columns=("path", "loads", "error"), rows=rows), method="tried")


def test_without_files_there_is_no_answer() -> None:
    nothing = _subject(None, "the image was not walked")
    assert addons(nothing) == (unavailable("addons", "the image was not walked"),)
    assert addon_findings(nothing, ()) == ()
    assert addon_paths(nothing) == ()


def test_without_addons_there_is_nothing_to_judge() -> None:
    (told,) = addons(subject(DEBIAN, {}))
    assert (told.how, "node_modules" in told.reason) == ("not_applicable", True)


def test_a_row_says_what_the_file_asks_for() -> None:
    scoped = "/app/node_modules/@some/thing/lib/thing.so.1"
    elves = {HELLO: GLIBC, scoped: elf("libz.so.1", "libc.so", machine="aarch64"), "/node_modules/x.so": MUSL}
    (told,) = addons(subject(ALPINE, elves, package("hello", "1.2.3")))
    assert isinstance(told.value, Table)
    rows = [dict(zip(told.value.columns, row, strict=True)) for row in told.value.rows]
    assert rows[0] == {
        "path": scoped,
        "package": "@some/thing",
        "version": "",
        "libc": "musl",
        "requires_glibc": "",
        "machine": "aarch64",
        "machine_fits": False,
        "needed": "libz.so.1 libc.so",
        "missing": "libz.so.1",
        "broken": "",
    }
    assert (rows[1]["package"], rows[1]["version"]) == ("hello", "1.2.3")
    assert (rows[1]["libc"], rows[1]["requires_glibc"], rows[1]["missing"]) == ("glibc", "2.34", "")
    assert (rows[2]["path"], rows[2]["package"]) == ("/node_modules/x.so", "")
    assert "made by hand" in told.reason


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b'{"version": 3}', b"[" * 100_000, b"\xff\xfe"])
def test_a_package_json_that_cannot_be_read_has_no_version(text: bytes) -> None:
    (told,) = addons(subject(DEBIAN, {HELLO: GLIBC}, {"/node_modules/hello/package.json": text}))
    assert isinstance(told.value, Table)
    assert told.value.rows[0][1:3] == ("hello", "")


def test_built_for_the_other_libc() -> None:
    base = exact("base", "node:24-alpine", method="diff IDs")
    assert found(ALPINE, {HELLO: GLIBC}, base) == (
        Finding(
            rule="addon-libc",
            severity=Severity.HIGH,
            text=f"{HELLO} of hello 1.2.3 was built for glibc and this image runs on musl",
            remedy="install and build in a stage on the same libc as the final image: "
            "FROM node:24-alpine AS build",
            measurement="addons",
        ),
    )
    (other,) = found(DEBIAN, {HELLO: MUSL}, exact("base", "gcr.io/distroless/nodejs24", method="diff IDs"))
    assert (other.rule, "built for musl and this image runs on glibc" in other.text) == ("addon-libc", True)
    assert other.remedy.endswith("as the final image")  # nothing can be built in a distroless stage
    assert found(DEBIAN, {HELLO: GLIBC}) == found(ALPINE, {HELLO: MUSL}) == ()


def test_a_prebuilt_package_is_broken_only_when_no_file_fits() -> None:
    folder = "/app/node_modules/hello/prebuilds"
    many = {
        f"{folder}/linux-x64/hello.glibc.node": GLIBC,
        f"{folder}/linux-x64/hello.musl.node": MUSL,
        f"{folder}/linux-arm64/hello.glibc.node": ARM,
    }
    assert found(DEBIAN, many) == found(ALPINE, many) == ()
    del many[f"{folder}/linux-x64/hello.musl.node"]
    (broken,) = found(ALPINE, many)
    assert broken.rule == "addon-libc"  # comes nearer than the one for another machine
    assert "linux-x64/hello.glibc.node" in broken.text


@pytest.mark.parametrize(
    ("glibc", "musl"),
    [
        ("@img/sharp-linux-x64", "@img/sharp-linuxmusl-x64"),
        ("@next/swc-linux-x64-gnu", "@next/swc-linux-x64-musl"),
        ("@scope/linux-x64", "@scope/linux-x64-musl"),
    ],
)
def test_platform_packages_are_one_family(glibc: str, musl: str) -> None:
    both = {f"/app/node_modules/{glibc}/it.node": GLIBC, f"/app/node_modules/{musl}/it.node": MUSL}
    assert found(DEBIAN, both) == found(ALPINE, both) == ()
    (only,) = found(ALPINE, {f"/app/node_modules/{glibc}/it.node": GLIBC})
    assert f"of {glibc} was built for glibc" in only.text


def test_platform_packages_in_a_store_of_links_are_one_family() -> None:
    store = "/app/node_modules/.pnpm"
    both = {
        f"{store}/sharp-linux-x64@1.0.0/node_modules/sharp-linux-x64/it.node": GLIBC,
        f"{store}/sharp-linuxmusl-x64@1.0.0/node_modules/sharp-linuxmusl-x64/it.node": MUSL,
    }
    assert found(DEBIAN, both) == found(ALPINE, both) == ()


def test_two_projects_and_two_versions_are_judged_each() -> None:
    elves = {"/a/node_modules/hello/it.node": GLIBC, "/b/node_modules/hello/it.node": MUSL}
    assert rules(found(DEBIAN, elves)) == ["addon-libc"]
    nested = "/a/node_modules/other/node_modules/hello/it.node"
    texts = package("hello", "1.0.0", "/a") | package("hello", "2.0.0", "/a/node_modules/other")
    elves = {"/a/node_modules/hello/it.node": GLIBC, nested: MUSL}
    (finding,) = addon_findings(subject(DEBIAN, elves, texts), ())
    assert f"{nested} of hello 2.0.0" in finding.text


def test_what_was_compiled_on_the_spot_goes_before_what_came_prebuilt() -> None:
    elves = {
        "/node_modules/hello/build/Release/hello.node": GLIBC,
        "/node_modules/hello/prebuilds/linux-x64/hello.musl.node": MUSL,
    }
    (broken,) = found(ALPINE, elves)
    assert "build/Release/hello.node" in broken.text
    assert addon_paths(subject(ALPINE, elves)) == ("/node_modules/hello/build/Release/hello.node",)


def test_a_shared_object_is_judged_where_a_package_has_no_addon() -> None:
    (broken,) = found(ALPINE, {"/node_modules/hello/lib/libhello.so.3": GLIBC})
    assert "libhello.so.3" in broken.text
    helper = {HELLO: MUSL, "/node_modules/hello/lib/libhello.so.3": GLIBC}
    assert found(ALPINE, helper) == ()
    assert addon_paths(subject(ALPINE, helper)) == (HELLO,)


@pytest.mark.parametrize("required", ["2.38", "2.100"])
def test_a_newer_glibc_is_required(required: str) -> None:
    newer = elf("libc.so.6", versions=("GLIBC_2.4", f"GLIBC_{required}"))
    asked = (exact("libc", "glibc", method="asked"), exact("libc_version", "2.36", method="asked"))
    (finding,) = found(DEBIAN, {HELLO: newer}, *asked)
    assert (finding.rule, finding.severity) == ("addon-glibc-version", Severity.HIGH)
    assert finding.text.endswith(f"requires GLIBC_{required} and this image has glibc 2.36")
    assert found(DEBIAN, {HELLO: GLIBC}, *asked) == ()
    musl = (exact("libc", "musl", method="asked"), exact("libc_version", "1.2.5", method="asked"))
    assert found(DEBIAN, {HELLO: newer}, *musl) == ()  # musl's version says nothing of glibc


def test_a_library_is_missing() -> None:
    (finding,) = found(DEBIAN, {HELLO: elf("libcairo.so.2", "libc.so.6")})
    assert (finding.rule, finding.severity) == ("addon-library", Severity.MEDIUM)
    assert finding.text.endswith("needs libcairo.so.2, which this image does not have")
    assert found((*DEBIAN, "/usr/lib/libcairo.so.2"), {HELLO: elf("libcairo.so.2", "libc.so.6")}) == ()


def test_a_library_that_lies_where_the_loader_does_not_look() -> None:
    elves = {HELLO: elf("liba.so.1", "libc.so.6"), "/node_modules/hello/liba.so.1": elf("libc.so.6")}
    (finding,) = found(DEBIAN, elves)
    assert finding.text.endswith("needs liba.so.1, which lies where the loader does not look for it")
    assert "RPATH of $ORIGIN" in finding.remedy
    elves[HELLO] = replace(elves[HELLO], searched=("$ORIGIN",))
    assert found(DEBIAN, elves) == ()


def test_another_machine() -> None:
    (finding,) = found(DEBIAN, {HELLO: ARM})
    assert (finding.rule, finding.severity) == ("addon-machine", Severity.HIGH)
    assert finding.text.endswith("was built for aarch64 and this image is for x86_64")
    assert addon_paths(subject(DEBIAN, {HELLO: ARM})) == ()


def test_what_loading_said_is_told_along() -> None:
    error = f"Error relocating {HELLO}: __snprintf_chk: symbol not found"
    (finding,) = found(ALPINE, {HELLO: GLIBC}, loaded((HELLO, False, error)))
    assert finding.rule == "addon-libc"
    assert finding.text.endswith(f"runs on musl; loading it says: {error}")


def test_an_addon_that_does_load_lacks_nothing_but_may_be_lucky() -> None:
    runs = loaded((HELLO, True, ""))
    (finding,) = found(ALPINE, {HELLO: GLIBC}, runs)
    assert (finding.rule, finding.severity) == ("addon-libc", Severity.MEDIUM)
    assert "it does load" in finding.text
    assert found(DEBIAN, {HELLO: elf("libcairo.so.2", "libc.so.6")}, runs) == ()


def test_an_addon_that_does_not_load_though_its_headers_are_in_order() -> None:
    error = "The module was compiled against a different Node.js version"
    (finding,) = found(DEBIAN, {HELLO: GLIBC}, loaded((HELLO, False, error)))
    assert (finding.rule, finding.measurement) == ("addon-load", "addons_loaded")
    assert finding.text == f"{HELLO} of hello 1.2.3 does not load in this image: {error}"
    second = "/node_modules/hello/second.node"
    both = {HELLO: GLIBC, second: GLIBC}
    assert found(DEBIAN, both, loaded((HELLO, False, error), (second, True, ""))) == ()
    assert found(DEBIAN, both, loaded((HELLO, False, error))) == ()  # the other was not tried
