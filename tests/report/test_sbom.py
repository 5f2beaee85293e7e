from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from imagematrix.errors import InputError
from imagematrix.image.inside import _lifetime
from imagematrix.model import Report, Result, Table, exact
from imagematrix.report.sbom import sbom
from tests import made
from tests.report.reports import HOSTILE, PACKAGES, full, planted


def read(report: Report) -> dict[str, Any]:
    text = sbom(report)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    return cast(dict[str, Any], json.loads(text))


def report_of(*results: Result) -> Report:
    return replace(full(), run=made.run(*results))


def by_ref(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {component["bom-ref"]: component for component in document["components"]}


def properties(component: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in component["properties"]}


def test_the_validator_can_say_no() -> None:
    document = json.loads(sbom(full()))
    document["components"][0]["type"] = "boat"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document)) is not None


def test_an_image_is_a_container_known_by_its_config() -> None:
    image = by_ref(read(full()))["image:alpine"]
    assert (image["type"], image["name"], image["version"]) == ("container", "alpine", made.digest("c"))
    assert image["hashes"] == [{"alg": "SHA-256", "content": "c" * 64}]
    purl = PackageURL.from_string(image["purl"])
    assert (purl.type, purl.name, purl.version) == ("oci", "alpine", made.digest("c"))
    assert properties(image)["imagematrix:base"] == f"node:24-alpine (stand-in, {made.digest('b')})"


def test_packages_have_purls_of_their_kind() -> None:
    purls = {each["purl"] for each in read(full())["components"] if each["type"] == "library"}
    assert purls == {
        "pkg:apk/alpine/busybox@1.37.0-r30?distro=alpine-3.23.6",
        "pkg:apk/alpine/musl@1.2.5-r21?distro=alpine-3.23.6",
        "pkg:npm/express@5.1.0",
        "pkg:npm/%40types/node@24.0.0",
    }


def test_a_debian_package_tells_its_release() -> None:
    table = Table(columns=("name", "version"), rows=(("libc6", "2.36-9+deb12u10"),))
    release = exact(
        "os_end_of_life", "2028-06-30", method="the last day of debian 12, as its project has announced it"
    )
    result = replace(made.result(), measurements=(exact("packages_dpkg", table, method="x"), release))
    (package,) = [c for c in read(report_of(result))["components"] if c["type"] == "library"]
    purl = PackageURL.from_string(package["purl"])
    assert (purl.type, purl.namespace, purl.name) == ("deb", "debian", "libc6")
    assert (purl.version, purl.qualifiers) == ("2.36-9+deb12u10", {"distro": "debian-12"})


@pytest.mark.parametrize("known", [True, False])
def test_the_release_is_read_from_what_is_measured(known: bool) -> None:
    from datetime import date

    end = date(2030, 1, 1) if known else None
    told = next(iter(_lifetime("os", "ubuntu 24.04", end, date(2026, 1, 1))))
    packages = exact("packages_dpkg", Table(columns=("name", "version"), rows=(("bash", "5"),)), method="x")
    result = replace(made.result(), measurements=(packages, told))
    assert "pkg:deb/ubuntu/bash@5?distro=ubuntu-24.04" in by_ref(read(report_of(result)))


def test_what_depends_on_what() -> None:
    document = read(full())
    needs = {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}
    assert document["metadata"]["component"]["bom-ref"] == "app"
    assert needs["app"] == ["image:alpine", "image:vanilla"]
    assert set(needs["image:alpine"]) == {
        c["bom-ref"] for c in document["components"] if c["type"] == "library"
    }
    assert needs["image:vanilla"] == []


def test_a_package_of_two_images_is_one_component() -> None:
    first = replace(made.result(), measurements=PACKAGES)
    second = replace(made.result("other"), measurements=PACKAGES)
    document = read(report_of(first, second))
    needs = {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}
    assert needs["image:alpine"] == needs["image:other"]
    assert len(needs["image:alpine"]) == 4
    assert len(document["components"]) == 2 + 4


def test_an_image_that_was_not_made_is_not_listed() -> None:
    assert not {"image:broken", "image:lost"} & by_ref(read(full())).keys()


def test_packages_that_are_not_known_are_told_of() -> None:
    told = properties(by_ref(read(full()))["image:vanilla"])
    assert told["imagematrix:packages_npm"] == "unavailable: not looked for in this run"


def test_the_same_record_makes_the_same_document() -> None:
    first, again = sbom(full()), sbom(full())
    assert first == again
    document = json.loads(first)
    assert document["metadata"]["timestamp"] == "2026-11-24T02:40:00+00:00"
    other = replace(full(), run=replace(full().run, id="20261124T024000Z-000000"))
    assert json.loads(sbom(other))["serialNumber"] != document["serialNumber"]


def test_a_record_without_a_time_is_refused() -> None:
    with pytest.raises(InputError, match="when its run began"):
        sbom(replace(full(), run=replace(full().run, started_at="yesterday")))


@pytest.mark.parametrize("text", [*HOSTILE, "@", "/", "@/x", "a/b/c", " "], ids=ascii)
def test_hostile_text_is_text(text: str) -> None:
    document = read(planted(text))
    assert {each["type"] for each in document["components"]} <= {"container", "library"}
    for component in document["components"]:
        purl = PackageURL.from_string(component["purl"]) if "purl" in component else None
        assert purl is None or purl.type in ("apk", "npm", "deb")
