"""Which package manager an app is installed by, told by its lock file.

npm: https://docs.npmjs.com/cli/commands/npm-ci ; Yarn: https://yarnpkg.com/cli/install and, for version 1,
https://classic.yarnpkg.com/en/docs/cli/install ; pnpm: https://pnpm.io/cli/install .
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from imagematrix.starter.app import Installer

_NPM_LOCKS: Final = ("npm-shrinkwrap.json", "package-lock.json")  # npm prefers the first
_YARN_LOCK: Final = "yarn.lock"
_PNPM_LOCK: Final = "pnpm-lock.yaml"
_UNREAD_LOCKS: Final = ("bun.lock", "bun.lockb")  # of Bun, which the Dockerfiles do not install by
_VERSION: Final = re.compile(r"(?P<name>npm|yarn|pnpm)@(?P<version>\d+(?:\.\d+){0,2}(?:-[\w.]+)?)(?:\+|$)")
# The pnpm that wrote a lock file, by the first number of its lockfileVersion.
_PNPM_OF_LOCK: Final = {"5": "7", "6": "8", "9": "9"}
_HEAD_BYTES: Final = 4096  # a lock file says its version in its first lines


def installer(folder: Path, manager: str) -> Installer:
    """The package manager whose lock file is there; `manager` is package.json's packageManager."""
    told = _VERSION.match(manager)
    version = told["version"] if told else ""
    if (folder / _PNPM_LOCK).is_file():
        return _pnpm(version if told and told["name"] == "pnpm" else _pnpm_of(folder / _PNPM_LOCK))
    if (folder / _YARN_LOCK).is_file():
        version = version if told and told["name"] == "yarn" else ""
        modern = "__metadata:" in _head(folder / _YARN_LOCK)  # Yarn 2 and newer write it, version 1 does not
        return _yarn(version or "4") if modern else _yarn_1(version or "1.22.22")
    locks = [name for name in _NPM_LOCKS if (folder / name).is_file()]
    return _npm(locks[0] if locks else "")


def unread_lock(folder: Path) -> str:
    """A lock file that is here and that no package manager of ours reads; "" for none."""
    return next((name for name in _UNREAD_LOCKS if (folder / name).is_file()), "")


def _npm(lock: str) -> Installer:
    does = "ci" if lock else "install"
    return Installer(
        name="npm",
        lock=lock,
        setup="",
        install=f"npm {does} --omit=dev",
        install_all=f"npm {does}",
        prune="npm prune --omit=dev",
        run="npm run",
    )


def _yarn_1(version: str) -> Installer:
    return Installer(
        name="yarn",
        lock=_YARN_LOCK,
        # --force: the official Node images have a yarn already, where npm would put its own.
        setup=f"npm install --global --force yarn@{version}",
        install="yarn install --frozen-lockfile --production",
        install_all="yarn install --frozen-lockfile --production=false",
        prune="yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline",
        run="yarn run",
    )


def _yarn(version: str) -> Installer:
    # Without node_modules every start would need Yarn's loader (Plug'n'Play); a distroless image has none.
    linked = "YARN_NODE_LINKER=node-modules yarn"
    return Installer(
        name="yarn",
        lock=_YARN_LOCK,
        setup=f"npm install --global --force @yarnpkg/cli-dist@{version}",
        install=f"{linked} workspaces focus --production",
        install_all=f"{linked} install --immutable",
        prune=f"{linked} workspaces focus --production",
        run=f"{linked} run",
    )


def _pnpm(version: str) -> Installer:
    return Installer(
        name="pnpm",
        lock=_PNPM_LOCK,
        setup=f"npm install --global pnpm@{version}",
        install="pnpm install --frozen-lockfile --prod",
        install_all="pnpm install --frozen-lockfile --prod=false",
        # CI: without a terminal pnpm does not remove modules unless it is told that nobody can be asked.
        prune="CI=true pnpm prune --prod --ignore-scripts",
        run="pnpm run",
    )


def _pnpm_of(lock: Path) -> str:
    told = re.search(r"^lockfileVersion:\s*['\"]?(\d+)", _head(lock), re.MULTILINE)
    return _PNPM_OF_LOCK.get(told[1] if told else "", "9")


def _head(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES).decode("utf-8", errors="replace")
