from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from imagematrix.bases.node_npm import add_node, add_node_binary, made_at
from imagematrix.bases.tarball import tarball

MADE = 1_514_946_180  # 2018-01-03 02:23 UTC


def package(path: Path, files: dict[str, tuple[int, bytes]]) -> Path:
    """A package as npm's registry has it: everything below package/."""
    with tarfile.open(path, "w:gz") as archive:
        for name, (mode, content) in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.mode, entry.size, entry.mtime = mode, len(content), MADE
            archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.fixture
def node(tmp_path: Path) -> Path:
    return package(
        tmp_path / "node.tgz",
        {
            "package.json": (0o644, b"{}"),
            "README.md": (0o644, b"#"),
            "bin/node": (0o755, b"\x7fELF"),
            "include/node/node.h": (0o600, b"//"),
        },
    )


@pytest.fixture
def npm(tmp_path: Path) -> Path:
    return package(
        tmp_path / "npm.tgz",
        {"package.json": (0o644, b"{}"), "bin/npm-cli.js": (0o755, b"#!"), "bin/npx-cli.js": (0o755, b"#!")},
    )


def laid_out(path: Path) -> dict[str, tuple[int, str]]:
    with tarfile.open(path) as tar:
        return {m.name: (m.mode, m.linkname) for m in tar if not m.isdir()}


def test_node_and_npm_lie_where_nodes_own_archive_has_them(tmp_path: Path, node: Path, npm: Path) -> None:
    with tarball(tmp_path / "layer.tar") as tar:
        add_node(tar, node, npm, prefix="usr/local")
    assert laid_out(tmp_path / "layer.tar") == {
        "usr/local/bin/node": (0o755, ""),
        "usr/local/include/node/node.h": (0o644, ""),
        "usr/local/lib/node_modules/npm/package.json": (0o644, ""),
        "usr/local/lib/node_modules/npm/bin/npm-cli.js": (0o755, ""),
        "usr/local/lib/node_modules/npm/bin/npx-cli.js": (0o755, ""),
        "usr/local/bin/npm": (0o777, "../lib/node_modules/npm/bin/npm-cli.js"),
        "usr/local/bin/npx": (0o777, "../lib/node_modules/npm/bin/npx-cli.js"),
        "usr/local/bin/nodejs": (0o777, "node"),
    }


def test_the_program_alone(tmp_path: Path, node: Path) -> None:
    with tarball(tmp_path / "layer.tar") as tar:
        add_node_binary(tar, node, path="nodejs/bin/node")
    assert laid_out(tmp_path / "layer.tar") == {"nodejs/bin/node": (0o755, "")}


def test_its_age(node: Path) -> None:
    assert made_at(node) == MADE
