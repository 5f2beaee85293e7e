"""Node 8 and its npm out of npm's own packages, laid out as Node's own archive lays them out.

No wheel holds a Node that old.  npm's registry has its program and headers in one package and the npm that
came with it, dependencies and all, in another.
"""

from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import Final

from imagematrix.bases.tarball import Tarball

_ROOT: Final = "package/"
_KEPT: Final = re.compile(r"bin/node|include/.*|share/.*")
_NPM: Final = "lib/node_modules/npm"
_LINKS: Final = {
    "bin/npm": f"../{_NPM}/bin/npm-cli.js",
    "bin/npx": f"../{_NPM}/bin/npx-cli.js",
    "bin/nodejs": "node",
}


def add_node(tar: Tarball, node: Path, npm: Path, *, prefix: str) -> None:
    """Node, npm, npx and headers under `prefix` ("usr/local")."""
    _add(tar, node, f"{prefix}/", _KEPT)
    _add(tar, npm, f"{prefix}/{_NPM}/", re.compile(".*"))
    for path, target in _LINKS.items():
        tar.link(f"{prefix}/{path}", target)


def add_node_binary(tar: Tarball, node: Path, *, path: str) -> None:
    """The program alone."""
    _add(tar, node, path.removesuffix("bin/node"), re.compile("bin/node"))


def made_at(node: Path) -> int:
    """When the package's Node was packed, in seconds since 1970: the files' time in the image."""
    with tarfile.open(node) as archive:
        return int(archive.getmember(f"{_ROOT}bin/node").mtime)


def _add(tar: Tarball, package: Path, prefix: str, kept: re.Pattern[str]) -> None:
    with tarfile.open(package) as archive:
        for member in archive:
            path = member.name.removeprefix(_ROOT)
            content = archive.extractfile(member) if member.isreg() else None
            if content is not None and kept.fullmatch(path):
                mode = 0o755 if member.mode & 0o100 else 0o644
                tar.file(f"{prefix}{path}", content, size=member.size, mode=mode)
