"""Packages with native addons, by the lock files of each package manager."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imagematrix.starter.addons import addons
from imagematrix.starter.installers import installer
from tests.starter.apps import place

NPM = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"bindings": "1"}},
            "node_modules/bcrypt": {"dependencies": {"node-addon-api": "^5"}},
            "node_modules/x/node_modules/@me/fast": {"dependencies": {"bindings": "1"}},
            "node_modules/plain": {"dependencies": {"express": "4"}},
            "node_modules/odd": 7,
        },
    }
)
YARN_1 = '# yarn lockfile v1\n\n"@mapbox/node-pre-gyp@^1.0":\n  version "1"\n\nexpress@^4:\n  version "4"\n'
YARN_4 = '__metadata:\n  version: 8\n\n"nan@npm:^2.18.0":\n  version: 2.18.0\n'
PNPM = "lockfileVersion: '9.0'\n\npackages:\n\n  bindings@1.5.0:\n    resolution: {integrity: x}\n"
PNPM_6 = "lockfileVersion: '6.0'\n\npackages:\n\n  /nan@2.18.0:\n    resolution: {integrity: x}\n"
PLAIN = '# yarn lockfile v1\n\nnanoid@^3:\n  version "3"\n'


@pytest.mark.parametrize(
    ("lock", "text", "found"),
    [
        ("package-lock.json", NPM, ("@me/fast", "bcrypt")),
        ("yarn.lock", YARN_1, ("@mapbox/node-pre-gyp",)),
        ("yarn.lock", YARN_4, ("nan",)),
        ("pnpm-lock.yaml", PNPM, ("bindings",)),
        ("pnpm-lock.yaml", PNPM_6, ("nan",)),
        ("yarn.lock", PLAIN, ()),
        ("package-lock.json", "{ broken", ()),
        ("package-lock.json", '{"packages": []}', ()),
    ],
)
def test_by_lock_file(tmp_path: Path, lock: str, text: str, found: tuple[str, ...]) -> None:
    place(tmp_path, lock, text)
    assert addons(tmp_path, installer(tmp_path, "")) == found


def test_an_addon_of_the_app_itself(tmp_path: Path) -> None:
    place(tmp_path, "binding.gyp", "{}")
    assert addons(tmp_path, installer(tmp_path, "")) == ("binding.gyp",)
