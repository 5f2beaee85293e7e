"""npm stands in for itself here: a program of that name that hands out a file, or fails in npm's words."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from imagematrix.errors import FetchError
from imagematrix.fetch.npm import NpmPin, fetch_npm, is_fetched

CONTENT = b"a package"
PIN = NpmPin(name="parcel", version="1.2.3", sha256=hashlib.sha256(CONTENT).hexdigest(), bytes=len(CONTENT))


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that packages come from; beside it, what npm was asked for."""
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "parcel-1.2.3.tgz").write_bytes(CONTENT)
    npm = tmp_path / "programs" / "npm"
    npm.parent.mkdir()
    npm.write_text(
        f"""#!/bin/sh
echo "$@" >> {tmp_path}/asked
for last; do :; done
file="${{last%@*}}-${{last##*@}}.tgz"
test -f {folder}/$file && exec /bin/cp {folder}/$file .
echo "npm warn Unknown user config" >&2
echo "npm error code E404" >&2
echo "npm error 404 No match found for version ${{last##*@}}" >&2
exit 1
"""
    )
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm.parent))
    return folder


def test_a_package_is_fetched_once(registry: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert not is_fetched(PIN, cache=cache)
    package = fetch_npm(PIN, cache=cache)
    assert package == cache / "npm" / "parcel-1.2.3.tgz"
    assert package.read_bytes() == CONTENT
    assert is_fetched(PIN, cache=cache)
    assert fetch_npm(PIN, cache=cache) == package
    assert (tmp_path / "asked").read_text() == "pack --loglevel=error --ignore-scripts parcel@1.2.3\n"
    assert registry.is_dir()


def test_a_damaged_package_in_the_cache_is_fetched_anew(registry: Path, tmp_path: Path) -> None:
    package = fetch_npm(PIN, cache=tmp_path)
    package.write_bytes(b"half of it")
    assert fetch_npm(PIN, cache=tmp_path).read_bytes() == (registry / PIN.file).read_bytes()
    assert [path.name for path in package.parent.iterdir() if path.name.startswith(".new-")] == []


@pytest.mark.usefixtures("registry")
def test_a_wrong_hash_names_the_file_what_was_expected_and_what_came(tmp_path: Path) -> None:
    wrong = replace(PIN, sha256="0" * 64)
    with pytest.raises(FetchError, match=f"expected sha256 {'0' * 64}, got {PIN.sha256}") as caught:
        fetch_npm(wrong, cache=tmp_path)
    assert "parcel-1.2.3.tgz" in caught.value.what
    assert not is_fetched(wrong, cache=tmp_path)


def test_a_package_that_the_registry_has_not_is_told_in_npms_words(registry: Path, tmp_path: Path) -> None:
    (registry / PIN.file).unlink()
    with pytest.raises(FetchError, match=r"parcel-1\.2\.3\.tgz could not be fetched: 404 No match") as caught:
        fetch_npm(PIN, cache=tmp_path)
    assert "npm pack" in caught.value.next_step


def test_where_there_is_no_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchError, match="there is none here"):
        fetch_npm(PIN, cache=tmp_path / "cache")
