"""Files that are gone, and new ones in their place under another name: the logs and caches of another build.

Package managers name a log by the time it was written: "/root/.npm/_logs/2026-11-24T02_40_00_000Z-debug-0.log".
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Final

from imagematrix.model.difference import Cause, Change, FileDifference
from imagematrix.units import size
from imagematrix.verdicts.cached import told_path
from imagematrix.verdicts.files import called

_DIGITS: Final = re.compile(r"\d+")
# A log tells a little more or less each time.
_LITTLE: Final = 0.1
_LITTLE_BYTES: Final = 1000


def renamed(
    files: Sequence[FileDifference],
) -> tuple[list[tuple[FileDifference, FileDifference]], list[FileDifference]]:
    """Pairs of a file that is gone and the new one that is in its place; and all other files.

    They are of one folder and origin; their names differ in digits alone and their bytes by little, or they
    have the same suffix and just as many bytes.
    """
    pairs: list[tuple[FileDifference, FileDifference]] = []
    rest = list(files)
    for key in (_by_name, _by_bytes):
        found = list(_paired(rest, key))
        pairs += found
        taken = {id(each) for pair in found for each in pair}
        rest = [each for each in rest if id(each) not in taken]
    return pairs, rest


def renamed_causes(pairs: Sequence[tuple[FileDifference, FileDifference]]) -> Iterator[Cause]:
    """One an origin, with what the new ones have more than those that are gone: nothing, for the most part."""
    for origin in dict.fromkeys(new.origin for _, new in pairs):
        own = [(old, new) for old, new in pairs if new.origin == origin]
        more = sum(old.sizes.more + new.sizes.more for old, new in own)
        change = f"{size(abs(more))} {'more' if more > 0 else 'less'}" if more else "as many bytes"
        yield Cause(
            text=f"{called(len(own), origin)} in the place of others, such as {told_path(own[0][1].path)}: {change}",
            bytes=more,
        )


def _paired(
    files: Sequence[FileDifference], key: Callable[[FileDifference], Hashable]
) -> Iterator[tuple[FileDifference, FileDifference]]:
    gone: defaultdict[Hashable, list[FileDifference]] = defaultdict(list)
    for file in files:
        if file.change is Change.GONE:
            gone[key(file)].append(file)
    for file in files:
        before = gone[key(file)] if file.change is Change.NEW else []
        near = next((each for each in before if _near(each, file)), None)
        if near is not None:
            before.remove(near)
            yield near, file


def _near(old: FileDifference, new: FileDifference) -> bool:
    """No bytes are no churn: they tell nothing."""
    was, now = old.sizes.old_bytes, new.sizes.new_bytes
    return was > 0 and abs(now - was) <= max(_LITTLE * was, _LITTLE_BYTES)


def _by_name(file: FileDifference) -> Hashable:
    folder, name = posixpath.split(file.path)
    return file.origin, folder, _DIGITS.sub("0", name)


def _by_bytes(file: FileDifference) -> Hashable:
    folder, name = posixpath.split(file.path)
    return file.origin, folder, posixpath.splitext(name)[1], abs(file.sizes.more)
