"""What of a changed image can bear on its times and memory: its bytes do not tell how much each does.

So a layer of 40 MB does not stand before the file of 2 kB that has changed: the app's own files come first, code
before all else.  Caches are left out: no app reads what a package manager keeps for its next run.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from imagematrix.model.difference import Differences, FileDifference, Unknown
from imagematrix.verdicts.cached import cache_folder
from imagematrix.verdicts.causes import change_words, file_causes, instruction, origin_causes
from imagematrix.verdicts.files import UNSPLIT, whose

_NAMED: Final = 3  # app files
_CODE: Final = frozenset({".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".json", ".node", ".wasm"})
_APP: Final = ("app", UNSPLIT)  # the second where the base image's files are not known
_CACHES: Final = "caches"


def bearing(differ: Differences) -> tuple[str, ...]:
    """The changed files of the app, then what else the new image has more, the weightiest first."""
    files = () if isinstance(differ.files, Unknown) else differ.files.files
    origins = () if isinstance(differ.origins, Unknown) else differ.origins
    app = [each for each in files if each.origin in _APP and not _cached(each)]
    told = {*file_causes([each for each in files if _cached(each)]), *file_causes(app)}
    told.update(origin_causes([each for each in origins if each.origin == _CACHES], files))
    of_app = origin_causes([each for each in origins if each.origin in _APP], files)
    told.update(of_app)
    first = tuple(_files(app)) or tuple(each.text for each in of_app) or tuple(_anew(differ))
    return (*first, *(each.text for each in differ.causes if each.bytes > 0 and each not in told))


def _cached(file: FileDifference) -> bool:
    return file.origin == _CACHES or bool(cache_folder(file.path))


def _files(app: list[FileDifference]) -> Iterator[str]:
    app = sorted(
        app, key=lambda each: posixpath.splitext(each.path)[1] not in _CODE
    )  # the largest change first
    for each in app[:_NAMED]:
        yield f"{whose(each.origin)}file {each.path}: {change_words(each.change, each.sizes.more)}"
    if len(app) > _NAMED:
        yield f"{len(app) - _NAMED:,} more files of the app"


def _anew(differ: Differences) -> Iterator[str]:
    """Layers with another content of as many bytes: no list of files tells of them."""
    for layer in differ.layers:
        if layer.rebuilt and not layer.from_base and not layer.sizes.more:
            yield f"layer `{instruction(layer.created_by)}`: made anew, of as many bytes"
