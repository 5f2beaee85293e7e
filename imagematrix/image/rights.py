"""What the user that an image runs as may do with its files, as far as their owners and modes tell."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final, NamedTuple

from imagematrix.image.files import Entry, FileSystem
from imagematrix.image.packages import shown
from imagematrix.model import ImageConfig

READ: Final = 0o4
RUN: Final = 0o1  # of a folder: go into it
_ROOT: Final = "root"
_MOST_DIGITS: Final = 10  # of a user's number


class Amiss(NamedTuple):
    """What is amiss with what a command needs; nothing where all is well."""

    why_not: str = ""  # why it cannot be had: "curl is not in the image"
    doubt: str = ""  # why it cannot be told


def may(files: FileSystem, config: ImageConfig, path: str, right: int, *, word: str) -> Amiss:
    """Whether the image's user has this right to a file that is there, and may go into the folders on the way.

    `word` is what names it: where that is not absolute, the folder that it starts from may be held open already.
    """
    name = config.user.partition(":")[0] or _ROOT
    uid = _uid(files, name)
    entry = files.resolve(path)
    if uid == 0 or entry is None:
        return Amiss()
    doubt = ""
    for folder in _folders(files, path, entry):
        allowed = _allowed(folder, uid, RUN)
        if allowed is False and word.startswith("/"):
            return Amiss(why_not=f"user {shown(name)} may not go into {shown(folder.path)}")
        if not allowed:
            doubt = doubt or f"whether user {shown(name)} may go into {shown(folder.path)} is not known"
    does = "read" if right == READ else "run"
    allowed = _allowed(entry, uid, right)
    if allowed is False:
        return Amiss(why_not=f"user {shown(name)} may not {does} {shown(path)}")
    if allowed is None:
        doubt = doubt or f"whether user {shown(name)} may {does} {shown(path)} is not known"
    return Amiss(doubt=doubt)


def _uid(files: FileSystem, name: str) -> int | None:
    """None where the image does not say."""
    if name.isascii() and name.isdecimal():
        return int(name[:_MOST_DIGITS])
    entry = files.resolve("/etc/passwd")
    text = files.texts.get(entry.path, b"") if entry else b""
    for line in text.decode("utf-8", errors="replace").splitlines():
        fields = line.split(":")
        if fields[0] == name and len(fields) > 2 and fields[2].isascii() and fields[2].isdecimal():
            return int(fields[2][:_MOST_DIGITS])
    return 0 if name == _ROOT else None


def _folders(files: FileSystem, path: str, entry: Entry) -> Iterator[Entry]:
    """Those above a path as it is named, and above the file that it leads to."""
    for start in dict.fromkeys((path, entry.path)):
        above = posixpath.dirname(start)
        while above != "/":
            if folder := files.resolve(above):
                yield folder
            above = posixpath.dirname(above)


def _allowed(entry: Entry, uid: int | None, right: int) -> bool | None:
    """None where it hangs on who the user is, or which groups that has: a file's group is not read."""
    owner, group, others = (bool(entry.mode >> shift & right) for shift in (6, 3, 0))
    if uid == entry.uid:
        return owner
    if group != others or (uid is None and owner != others):
        return None
    return others
