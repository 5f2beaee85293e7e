"""The package manager by its lock file, and its version."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix.starter.installers import installer
from tests.starter.apps import place

YARN_1 = "# yarn lockfile v1\n\n"
YARN_4 = "# This file is generated\n\n__metadata:\n  version: 8\n"


@pytest.mark.parametrize(
    ("lock", "text", "manager", "setup", "install"),
    [
        ("package-lock.json", "{}", "", "", "npm ci --omit=dev"),
        ("npm-shrinkwrap.json", "{}", "", "", "npm ci --omit=dev"),
        ("yarn.lock", YARN_1, "", "yarn@1.22.22", "yarn install --frozen-lockfile --production"),
        ("yarn.lock", YARN_1, "yarn@1.22.19", "yarn@1.22.19", "yarn install --frozen-lockfile --production"),
        ("yarn.lock", YARN_4, "", "@yarnpkg/cli-dist@4", "yarn workspaces focus --production"),
        ("yarn.lock", YARN_4, "yarn@3.6.1+sha224.ab", "@yarnpkg/cli-dist@3.6.1", "focus --production"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n", "", "pnpm@9", "pnpm install --frozen-lockfile --prod"),
        ("pnpm-lock.yaml", "lockfileVersion: '6.0'\n", "", "pnpm@8", "pnpm install --frozen-lockfile --prod"),
        ("pnpm-lock.yaml", "lockfileVersion: 5.4\n", "", "pnpm@7", "pnpm install --frozen-lockfile --prod"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n", "pnpm@10.2.0", "pnpm@10.2.0", "pnpm install"),
        # packageManager says another than the lock file does: the lock file is what is installed by
        ("package-lock.json", "{}", "pnpm@9.0.0", "", "npm ci --omit=dev"),
        ("yarn.lock", YARN_1, "pnpm@9.0.0", "yarn@1.22.22", "yarn install"),
    ],
)
def test_by_lock_file(tmp_path: Path, lock: str, text: str, manager: str, setup: str, install: str) -> None:
    place(tmp_path, lock, text)
    found = installer(tmp_path, manager)
    assert found.lock == lock
    assert found.setup.endswith(setup)
    assert install in found.install


def test_without_a_lock_file_npm_installs(tmp_path: Path) -> None:
    found = installer(tmp_path, "")
    assert (found.name, found.lock, found.install) == ("npm", "", "npm install --omit=dev")


def test_a_hostile_version_is_none(tmp_path: Path) -> None:
    place(tmp_path, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n")
    assert installer(tmp_path, "pnpm@9; rm -rf /").setup == "npm install --global pnpm@9"
