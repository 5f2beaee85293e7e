"""A real pip fetches from a folder: no index, no network."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix.errors import FetchError
from imagematrix.fetch.wheels import WheelPin, fetch_wheel, is_fetched

_FILE = "parcel_binaries-1.2.3-py2.py3-none-musllinux_1_2_aarch64.whl"


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip looks in, and nowhere else."""
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    return folder


@pytest.fixture
def pin(links: Path) -> WheelPin:
    wheel = links / _FILE
    with zipfile.ZipFile(wheel, "w") as archive:
        info = "parcel_binaries-1.2.3.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: parcel-binaries\nVersion: 1.2.3\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n")
        archive.writestr(f"{info}/RECORD", "")
    content = wheel.read_bytes()
    return WheelPin(file=_FILE, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def test_a_pins_name_tells_project_version_and_platforms() -> None:
    file = "some_node-24.19.0-py2.py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    pin = WheelPin(file=file, sha256="", bytes=0)
    assert (pin.project, pin.version) == ("some_node", "24.19.0")
    assert pin.platforms == ("manylinux_2_17_x86_64", "manylinux2014_x86_64")


def test_a_wheel_for_another_platform_is_fetched_once(links: Path, pin: WheelPin, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert not is_fetched(pin, cache=cache)
    wheel = fetch_wheel(pin, cache=cache)
    assert wheel == cache / "wheels" / _FILE
    assert wheel.read_bytes() == (links / _FILE).read_bytes()
    assert is_fetched(pin, cache=cache)

    (links / _FILE).unlink()  # from now on pip would find nothing
    assert fetch_wheel(pin, cache=cache) == wheel


def test_a_damaged_wheel_in_the_cache_is_fetched_anew(links: Path, pin: WheelPin, tmp_path: Path) -> None:
    wheel = fetch_wheel(pin, cache=tmp_path)
    wheel.write_bytes(b"half of it")
    assert fetch_wheel(pin, cache=tmp_path).read_bytes() == (links / _FILE).read_bytes()
    assert [path.name for path in wheel.parent.iterdir() if path.name.startswith(".new-")] == []


def test_a_wrong_hash_names_the_file_what_was_expected_and_what_came(pin: WheelPin, tmp_path: Path) -> None:
    wrong = replace(pin, sha256="0" * 64)
    with pytest.raises(FetchError) as caught:
        fetch_wheel(wrong, cache=tmp_path)
    assert _FILE in caught.value.what
    assert f"expected sha256 {'0' * 64}, got {pin.sha256}" in caught.value.what
    assert not is_fetched(wrong, cache=tmp_path)


def test_a_wheel_that_no_index_has_is_told_in_pips_words(links: Path, pin: WheelPin, tmp_path: Path) -> None:
    (links / _FILE).unlink()
    with pytest.raises(
        FetchError, match=rf"{_FILE} could not be fetched: .*parcel_binaries==1.2.3"
    ) as caught:
        fetch_wheel(pin, cache=tmp_path)
    assert "pip download" in caught.value.next_step
