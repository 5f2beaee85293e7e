"""What a walk tells, line by line, made into a file system.

The lines come from a program inside the image, which may be anyone's: every count has a bound, every value
is looked at before it is used, and what contradicts itself is refused.  `walk.js` describes the lines.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from itertools import compress, starmap
from typing import Any, Final, cast

from imagematrix.image.files import (
    FIRST_BYTES,
    SCRIPT_START,
    WANTED_LIMIT_BYTES,
    Broken,
    Elf,
    Entry,
    FileSystem,
    Kind,
    wanted,
    wanted_elf,
    wanted_first,
)
from imagematrix.text import one_line

LINE_LIMIT_BYTES: Final = 2 * WANTED_LIMIT_BYTES  # of any line; the longest is a wanted file in base64
_OTHER_LINE_LIMIT_BYTES: Final = 4 << 20  # of the others; the longest is a folder of some 100 000 files
_ENTRIES_LIMIT: Final = 1_000_000  # the fullest images known have a third of that
_TEXTS_LIMIT_BYTES: Final = 64 << 20  # all of them together
_PATH_LIMIT: Final = 4096  # PATH_MAX of Linux
_NAME_LIMIT: Final = 255  # NAME_MAX
_WORD_LIMIT: Final = 64  # a version, a device and inode
_SAID_BYTES: Final = 60  # of what is no line of a walk, in a message
_BYTES_LIMIT: Final = 1 << 63
_KINDS: Final = {kind.value: kind for kind in (Kind.FILE, Kind.FOLDER, Kind.LINK, Kind.OTHER)}


class WalkRefusedError(Exception):
    """What a walk told cannot be believed, or it told nothing; the message says why."""


class Telling:
    """The lines of one walk, in the order in which they come."""

    def __init__(self) -> None:
        self.mounts: list[str] = []  # what was left out, because something else is mounted over it
        self._node = ""
        self._entries: dict[str, Entry] = {}
        self._texts: dict[str, bytes] = {}
        self._elves: dict[str, Elf] = {}
        self._hard: dict[str, int] = {}  # bytes by what tells hard links
        self._read: set[str] = set()  # whose content has come
        self._texts_bytes = 0
        self._ended = False

    def feed(self, line: bytes) -> bytes:
        """Take one line; give it back as it is to be kept: of an ELF file, what it needs is enough.

        Raises WalkRefusedError.
        """
        _sure(len(line) <= _OTHER_LINE_LIMIT_BYTES or line.startswith(b'["c",'), "a line is too long")
        try:
            told = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _no_walk(line) from error
        try:
            match told:
                case ["n", version]:
                    self._node = _word(version)
                case ["m", path]:
                    self.mounts.append(_word(path, _PATH_LIMIT))
                case ["d", folder, raw, names, kinds, numbers, modes, uids, hard, targets]:
                    self._folder(_path(folder, raw), raw, names, kinds, numbers, modes, uids, hard, targets)
                case ["c", path, raw, content]:
                    return self._content(path, raw, base64.b64decode(_text(content), validate=True), line)
                case ["s", path, raw, content]:
                    self._script(_path(path, raw), base64.b64decode(_text(content), validate=True))
                case ["e", path, raw, *words]:
                    self._elf(_path(path, raw), words)
                case ["z", count]:
                    _sure(count == len(self._entries) and not self._ended, "its count of files is wrong")
                    self._ended = True
                case _:
                    raise _no_walk(line)
        except ValueError as error:  # not base64, not UTF-8, no number
            raise WalkRefusedError("a line of it cannot be read") from error
        return line

    def end(self) -> FileSystem:
        """The file system, once all lines have come.  Raises WalkRefusedError where some are missing."""
        _sure(self._ended, "it ended early")
        return FileSystem(
            entries=self._entries,
            texts=self._texts,
            elves=self._elves,
            method=f"walk of the image's files by its own node {self._node}",
            node_version=self._node,
        )

    def _folder(
        self,
        folder: str,
        raw: object,
        names: object,
        kinds: object,
        numbers: object,
        modes: object,
        uids: object,
        hard: object,
        targets: object,
    ) -> None:
        parent = self._entries.get(folder)
        _sure(folder == "/" or (parent is not None and parent.kind is Kind.FOLDER), f"{folder} is no folder")
        named, letters = _names(names, raw), _text(kinds)
        sizes, bits = _numbers(numbers, _BYTES_LIMIT), _numbers(modes, 0o10000)
        owners = _numbers(uids if isinstance(uids, list) else [uids] * len(named), 1 << 32)
        _sure(len(named) == len(letters) == len(sizes) == len(bits) == len(owners), "its columns differ")
        _sure(len(self._entries) + len(named) <= _ENTRIES_LIMIT, f"more than {_ENTRIES_LIMIT} files")
        _sure(_KINDS.keys() >= set(letters), "an entry is of no kind")
        start, known = "/" if folder == "/" else folder + "/", len(self._entries)
        paths = [start + name for name in named]
        contents = [path if letter == "f" else "" for path, letter in zip(paths, letters, strict=True)]
        leads = [""] * len(paths)
        for index, key in _mapping(hard, letters, "f"):
            contents[index] = _word(key)
            size = sizes[index]
            _sure(self._hard.setdefault(contents[index], size) == size, f"{paths[index]} has two sizes")
        for index, text in _mapping(targets, letters, "l"):
            leads[index] = _target(text, raw)
        others = map("f".__ne__, letters)
        _sure(not any(compress(sizes, others)), "what is no file has bytes")
        # By columns, and not one by one: there are tens of thousands.
        kinds_of = map(_KINDS.__getitem__, letters)
        columns = zip(paths, kinds_of, sizes, bits, owners, contents, leads, strict=True)
        self._entries.update(zip(paths, starmap(Entry, columns), strict=True))
        _sure(len(self._entries) == known + len(named), f"{folder} holds a name twice")

    def _content(self, path: object, raw: object, content: bytes, line: bytes) -> bytes:
        name = _path(path, raw)
        self._asked_for(name)
        _sure(len(content) == self._entries[name].bytes, f"{name} has another size than its content")
        if wanted(name):
            self._keep_text(name, content)
        if not wanted_elf(name):
            return line
        from imagematrix.image.elf import read_elf  # most apps have no addon, and need not wait for it

        elf = read_elf(content)
        self._elves[name] = elf
        words = [elf.machine, elf.interpreter, elf.needed, elf.versions, elf.searched, elf.broken or ""]
        return json.dumps(["e", path, raw, *words]).encode()

    def _script(self, name: str, first: bytes) -> None:
        """The beginning of a file that is started by what it names."""
        self._asked_for(name, first=True)
        size = min(FIRST_BYTES, self._entries[name].bytes)
        _sure(len(first) == size and first.startswith(SCRIPT_START), f"{name} does not begin so")
        self._keep_text(name, first)

    def _keep_text(self, name: str, content: bytes) -> None:
        self._texts_bytes += len(content)
        _sure(self._texts_bytes <= _TEXTS_LIMIT_BYTES, "too much text")
        self._texts[name] = content

    def _asked_for(self, name: str, *, first: bool = False) -> None:
        entry = self._entries.get(name)
        asked = entry is not None and (
            wanted_first(name, entry.mode) if first else wanted(name) or wanted_elf(name)
        )
        _sure(asked and name not in self._read, f"{name} was not asked for")
        self._read.add(name)

    def _elf(self, name: str, words: list[Any]) -> None:
        """An ELF file as it was read before."""
        self._asked_for(name)
        match words:
            case [str(machine), str(interpreter), list(needed), list(versions), list(searched), str(broken)]:
                self._elves[name] = Elf(
                    machine=machine,
                    interpreter=interpreter,
                    needed=tuple(map(_text, needed)),
                    versions=tuple(map(_text, versions)),
                    searched=tuple(map(_text, searched)),
                    broken=Broken(broken) if broken else None,
                )
            case _:
                _sure(False, f"{name} is told wrongly")


def _no_walk(line: bytes) -> WalkRefusedError:
    said = one_line(line[:_SAID_BYTES].decode("utf-8", errors="replace"))
    more = " …" if len(line) > _SAID_BYTES else ""
    return WalkRefusedError(
        f"what it calls node wrote `{said}{more}`, as Node does not: it is another program, or a wrapper round Node"
    )


def _sure(condition: bool, otherwise: str) -> None:
    if not condition:
        raise WalkRefusedError(otherwise)


def _text(value: object) -> str:
    _sure(isinstance(value, str), "a word was expected")
    return cast(str, value)


def _word(value: object, limit: int = _WORD_LIMIT) -> str:
    text = _text(value)
    _sure(0 < len(text) <= limit and text.isprintable(), "a word is too long or not printable")
    return text


def _decoded(text: str, raw: object) -> str:
    """`raw` text has a character for each byte."""
    _sure(raw == 0 or raw == 1, "it does not say what its names are")
    if raw:
        return text.encode("latin-1").decode("utf-8", errors="surrogateescape")
    text.encode()  # raises on a lone surrogate: no name decodes to one
    return text


def _path(value: object, raw: object) -> str:
    text = _decoded(_text(value), raw)
    _sure(text.startswith("/") and len(text) <= _PATH_LIMIT, "a path is not absolute or too long")
    return text


def _target(value: object, raw: object) -> str:
    text = _decoded(_text(value), raw)
    _sure(0 < len(text) <= _PATH_LIMIT and "\0" not in text, "a link leads nowhere")
    return text


def _names(value: object, raw: object) -> list[str]:
    _sure(isinstance(value, list), "names were expected")
    names = cast(list[str], value)
    _sure(set(map(type, names)) <= {str}, "a word was expected")
    if not names:
        return names
    joined = _decoded("/".join(names), raw)
    named = joined.split("/")
    _sure(len(named) == len(names) and "\0" not in joined, "a name holds what no name can")
    _sure(not {"", ".", ".."}.intersection(named), "a name is no name")
    _sure(max(map(len, named)) <= _NAME_LIMIT, "a name is too long")
    return named


def _numbers(value: object, limit: int) -> list[int]:
    _sure(isinstance(value, list), "numbers were expected")
    numbers = cast(list[int], value)
    _sure(set(map(type, numbers)) <= {int}, "a number is none")
    _sure(not numbers or (min(numbers) >= 0 and max(numbers) < limit), "a number is out of bounds")
    return numbers


def _mapping(value: object, letters: str, letter: str) -> Iterator[tuple[int, object]]:
    """What is told of some entries of one kind, by their index."""
    _sure(isinstance(value, dict), "a mapping was expected")
    for index, told in cast(dict[str, object], value).items():
        _sure(index.isascii() and index.isdigit() and letters[int(index) :][:1] == letter, "no such")
        yield int(index), told
