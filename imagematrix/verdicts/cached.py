"""Files of caches: their names are sums of what is in them, and tell nobody anything; their folder does."""

from __future__ import annotations

import re
from typing import Final

# npm's cache has `_cacache` in it wherever it lies (https://docs.npmjs.com/cli/commands/npm-cache); the others as
# image/placed.py knows them.
_FOLDER: Final = re.compile(
    r"/.*?/_cacache(?=/)"
    r"|/(?:root|home/[^/]+)/\.(?:npm/[^/]+|yarn/[^/]+|cache/[^/]+|node-gyp)(?=/)"
    r"|/var/(?:cache/[^/]+|lib/apt/lists)(?=/)"
    r"|/tmp/(?:npm|v8|node)-[^/]*(?=/)"
)


def cache_folder(path: str) -> str:
    """The cache that a file belongs to; "" for none."""
    found = _FOLDER.match(path)
    return found[0] if found else ""


def told_path(path: str) -> str:
    """A path as a sentence has it: of a cache's file, the cache."""
    folder = cache_folder(path)
    return f"{folder}/…" if folder else path
