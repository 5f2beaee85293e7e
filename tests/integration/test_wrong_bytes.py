"""What comes in with one byte that is wrong, through the very programs that fetch it: refused, by its name.

Base images are tried in `faults/test_network.py`, bundles in `tests/archive/test_unbundle.py`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from imagematrix.engine import tools
from imagematrix.errors import FetchError
from imagematrix.fetch import apt
from imagematrix.fetch.apt_sources import Archive
from imagematrix.fetch.npm import NpmPin, fetch_npm
from imagematrix.fetch.wheels import WheelPin, fetch_wheel
from tests.integration.faults.registries import Reply, pushed, registry

pytestmark = pytest.mark.integration

# A Debian archive of one package, signed in 2025 with a key that nobody has any more; and the same Release
# signed with another such key.
SIGNED: Final = Path(__file__).parent / "signed"
DEB: Final = "parcel_1.0_all.deb"
# What a machine may have set that takes what is not signed.
LAX: Final = """\
APT::Get::AllowUnauthenticated "true";
Acquire::AllowInsecureRepositories "true";
Acquire::AllowWeakRepositories "true";
Acquire::AllowDowngradeToInsecureRepositories "true";
"""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The signed archive, where the machine's own would be; its folder may be changed."""
    suite = tmp_path / "mirror" / "dists" / "signed"
    for architecture in ("amd64", "arm64"):
        index = suite / "main" / f"binary-{architecture}"
        index.mkdir(parents=True)
        shutil.copy(SIGNED / "Packages", index)
    shutil.copy(SIGNED / "InRelease", suite)
    shutil.copy(SIGNED / DEB, tmp_path / "mirror")
    archive = Archive(
        uri=f"file:{tmp_path}/mirror",
        suite="signed",
        keyring=str(SIGNED / "key.asc"),
        updates=False,
        security_uri="",
    )
    monkeypatch.setattr(apt, "debian_archive", lambda: archive)
    return tmp_path / "mirror"


def flip(path: Path, at: bytes = b"") -> None:
    """One bit of one byte: the first of `at`, or the one in the middle of the file."""
    raw = bytearray(path.read_bytes())
    raw[raw.index(at) if at else len(raw) // 2] ^= 1
    path.write_bytes(raw)


def flipped_package(mirror: Path) -> None:
    flip(mirror / DEB)


def flipped_index(mirror: Path) -> None:
    for path in mirror.rglob("Packages"):
        flip(path)


def flipped_release(mirror: Path) -> None:
    flip(mirror / "dists" / "signed" / "InRelease", b"imagematrix tests")


def signed_by_another(mirror: Path) -> None:
    shutil.copy(SIGNED / "InRelease.stranger", mirror / "dists" / "signed" / "InRelease")


def not_signed(mirror: Path) -> None:
    release = mirror / "dists" / "signed" / "InRelease"
    text = release.read_text().partition("\n\n")[2].partition("-----BEGIN PGP SIGNATURE")[0]
    release.unlink()
    release.with_name("Release").write_text(text)


WRONG: Final[Mapping[str, tuple[Callable[[Path], None], str]]] = {
    "package": (flipped_package, rf"parcel of signed could not be fetched: .*{DEB} .*Hash Sum mismatch"),
    "index": (flipped_index, r"index of signed could not be fetched: .*/Packages .*Hash Sum mismatch"),
    "release": (flipped_release, r"/mirror signed InRelease' is not signed\. .*(invalid|error)"),
    "stranger": (signed_by_another, r"/mirror signed InRelease' is not signed\. .*"),
    "unsigned": (not_signed, r"/mirror signed Release' is not signed\.\n"),
}


def test_what_is_signed_is_taken(mirror: Path, tmp_path: Path) -> None:
    (deb,) = apt.fetch_debs(["parcel"], suite="", cache=tmp_path / "cache")
    assert deb.read_bytes() == (mirror / DEB).read_bytes()
    apt.unpack_debs([deb], tmp_path / "root")
    assert (tmp_path / "root" / "opt" / "program").read_text() == "a program\n"


@pytest.mark.parametrize("lax", [False, True], ids=["", "a machine that asks for no signatures"])
@pytest.mark.parametrize("wrong", WRONG)
def test_debian_packages_by_apts_signatures(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, lax: bool
) -> None:
    if lax:
        (tmp_path / "lax.conf").write_text(LAX)
        monkeypatch.setenv("APT_CONFIG", str(tmp_path / "lax.conf"))
    change, says = WRONG[wrong]
    change(mirror)
    with pytest.raises(FetchError, match=says) as caught:
        apt.fetch_debs(["parcel"], suite="", cache=tmp_path / "cache")
    assert caught.value.next_step.startswith("do not use what came; find out who changed it")
    assert list((tmp_path / "cache" / "apt" / "debs").iterdir()) == []


@pytest.mark.parametrize("wrong", ["package", "release"])
def test_the_engines_own_packages_likewise(mirror: Path, tmp_path: Path, wrong: str) -> None:
    group = tools.Group(name="tested", packages=(("signed", ("parcel",)),), about="a package of the tests")
    change, says = WRONG[wrong]
    change(mirror)
    with pytest.raises(FetchError, match=says):
        tools.ensure(group, tmp_path / "cache", notify=lambda _: None)
    assert not tools.ready(group, tmp_path / "cache")


def test_a_package_that_lies_in_the_cache_is_held_against_the_index(mirror: Path, tmp_path: Path) -> None:
    (deb,) = apt.fetch_debs(["parcel"], suite="", cache=tmp_path / "cache")
    flip(deb)
    flipped_package(mirror)
    with pytest.raises(FetchError, match=WRONG["package"][1]):
        apt.fetch_debs(["parcel"], suite="", cache=tmp_path / "cache")


@pytest.fixture
def by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip and npm as if nothing were set up on this machine."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_EXTRA_INDEX_URL", "PIP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PIP_CONFIG_FILE", "npm_config_userconfig", "npm_config_globalconfig"):
        (tmp_path / name).touch()  # npm takes no file twice
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")


def changed(raw: bytes, at: int) -> bytes:
    """One bit of one byte."""
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def a_wheel() -> bytes:
    file = io.BytesIO()
    info = "parcel-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("parcel/node", "#!/bin/sh\n" * 40)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: parcel\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return file.getvalue()


def a_tarball() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, raw in {
            "package.json": b'{"name": "parcel", "version": "1.0.0"}',
            "node": b"#!" * 400,
        }.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(raw)
            tar.addfile(entry, io.BytesIO(raw))
    return file.getvalue()


@pytest.mark.usefixtures("by_itself")
@pytest.mark.parametrize("way", ["right", "flipped", "flipped, and the index says so"])
def test_wheels_through_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    file, right = "parcel-1.0-py3-none-any.whl", a_wheel()
    served = right if way == "right" else changed(right, len(right) // 2)
    told = sha256(served if way.endswith("says so") else right)
    page = f'<!DOCTYPE html><a href="/files/{file}#sha256={told}">{file}</a>'.encode()

    def index(path: str, _: object) -> Reply:
        if path == f"/files/{file}":
            return Reply(body=served)
        return Reply(body=page, headers={"Content-Type": "text/html"})

    pin = WheelPin(file=file, sha256=sha256(right), bytes=len(right))
    with registry(index, pushed("amd64", "unused")) as address:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://{address}/simple/")
        if way == "right":
            assert fetch_wheel(pin, cache=tmp_path / "cache").read_bytes() == right
            return
        with pytest.raises(FetchError, match=f"{file} is not the file that is pinned") as caught:
            fetch_wheel(pin, cache=tmp_path / "cache")
    assert f"expected sha256 {sha256(right)}, got {sha256(served)}" in caught.value.what
    assert not (tmp_path / "cache" / "wheels" / file).exists()


@pytest.mark.usefixtures("by_itself")
@pytest.mark.parametrize("way", ["right", "flipped", "flipped, and the registry says so"])
def test_npm_packages_through_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    right = a_tarball()
    served = right if way == "right" else changed(right, 9)  # the system in gzip's header: it still unpacks
    told = hashlib.sha512(served if way.endswith("says so") else right).digest()
    pin = NpmPin(name="parcel", version="1.0.0", sha256=sha256(right), bytes=len(right))

    def packages(path: str, _: object) -> Reply:
        if path.endswith(".tgz"):
            return Reply(body=served)
        dist = {
            "tarball": f"http://{address}/parcel/-/{pin.file}",
            "integrity": f"sha512-{base64.b64encode(told).decode()}",
        }
        version = {"name": "parcel", "version": "1.0.0", "dist": dist}
        document = {"name": "parcel", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        return Reply(body=json.dumps(document).encode(), headers={"Content-Type": "application/json"})

    with registry(packages, pushed("amd64", "unused")) as address:
        monkeypatch.setenv("npm_config_registry", f"http://{address}/")
        if way == "right":
            assert fetch_npm(pin, cache=tmp_path / "cache").read_bytes() == right
            return
        with pytest.raises(FetchError) as caught:
            fetch_npm(pin, cache=tmp_path / "cache")
    says = {
        "flipped": f"{pin.file} could not be fetched: sha512-",  # npm's own check
        "flipped, and the registry says so": f"{pin.file} is not the file that is pinned: "
        f"expected sha256 {sha256(right)}, got {sha256(served)}",
    }
    assert caught.value.what.startswith(says[way])
    assert not (tmp_path / "cache" / "npm" / pin.file).exists()
