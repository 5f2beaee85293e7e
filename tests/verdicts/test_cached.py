from __future__ import annotations

import pytest

from imagematrix.verdicts.cached import cache_folder, told_path

SUM = "ab/cd/" + "e" * 124


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        (f"/root/.npm/_cacache/content-v2/sha512/{SUM}", "/root/.npm/_cacache"),
        (f"/app/.npm-cache/_cacache/index-v5/{SUM}", "/app/.npm-cache/_cacache"),
        ("/home/node/.npm/_logs/2026-debug-0.log", "/home/node/.npm/_logs"),
        ("/home/node/.cache/node-gyp/24.1.0/x.h", "/home/node/.cache/node-gyp"),
        ("/var/cache/apt/pkgcache.bin", "/var/cache/apt"),
        ("/var/lib/apt/lists/deb_InRelease", "/var/lib/apt/lists"),
        ("/tmp/v8-compile-cache-0/x", "/tmp/v8-compile-cache-0"),  # noqa: S108 - a path of an image
        ("/app/index.js", ""),
        ("/app/cache/x", ""),
        ("/root/.npmrc", ""),
        ("/app/_cacache", ""),
    ],
)
def test_the_cache_that_a_file_belongs_to(path: str, folder: str) -> None:
    assert cache_folder(path) == folder
    assert told_path(path) == (f"{folder}/…" if folder else path)
