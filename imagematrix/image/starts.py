"""Whether a program can be started: it is there, the user may run it, and so is what its first line names.

A file that begins with "#!" is started by the program that its first line names (execve(2), "Interpreter
scripts"): the first word is that program's path, all the rest of the line is one argument.
"""

from __future__ import annotations

import re
from typing import Final

from imagematrix.image.files import FIRST_BYTES, SCRIPT_START, FileSystem
from imagematrix.image.packages import shown
from imagematrix.image.programs import find_programs, place_of
from imagematrix.image.rights import READ, RUN, Amiss, may
from imagematrix.model import ImageConfig

_MOST_NESTED: Final = 4  # scripts that are started by scripts, as Linux has it
_BLANKS: Final = re.compile(r"[ \t]+")
_PLAIN: Final = re.compile(r"[\w./+][\w./+-]*")  # a word that `env -S` takes as it stands


def starts(files: FileSystem, config: ImageConfig, word: str, *, nested: int = 0) -> Amiss:
    """What keeps the program that a command's first word names from being started."""
    said = shown(word) or "a program without a name"
    found = [_starts(files, config, path, word, nested) for path in find_programs(files, config, word)]
    if not found:
        there = "/" in word and files.resolve(place_of(config, word)) is not None
        return Amiss(why_not=f"{said} is not {'executable' if there else 'in the image'}")
    # What a user may not run on the PATH is passed over.
    return next((amiss for amiss in found if not amiss.why_not), found[0])


def _starts(files: FileSystem, config: ImageConfig, path: str, word: str, nested: int) -> Amiss:
    entry = files.resolve(path)
    text = files.texts.get(entry.path, b"") if entry else b""
    word = word if "/" in word else path
    amiss = may(files, config, path, RUN, word=word)
    if amiss.why_not or not text.startswith(SCRIPT_START):
        return amiss
    amiss = may(files, config, path, READ, word=word)
    return amiss if amiss.why_not or amiss.doubt else _first_line(files, config, path, text, nested)


def _first_line(files: FileSystem, config: ImageConfig, path: str, text: bytes, nested: int) -> Amiss:
    line, end, _ = text[:FIRST_BYTES].removeprefix(SCRIPT_START).partition(b"\n")
    doubt = Amiss(doubt=f"what the first line of {shown(path)} starts is not looked into")
    if nested == _MOST_NESTED or (not end and len(text) >= FIRST_BYTES):
        return doubt
    program, *rest = _BLANKS.split(line.decode("utf-8", "surrogateescape").strip(" \t"), maxsplit=1)
    if not program.startswith("/"):
        return doubt
    amiss = starts(files, config, program, nested=nested + 1)
    if program.endswith("/env") and not amiss.why_not:
        word = _of_env(rest[0] if rest else "")
        amiss = starts(files, config, word, nested=nested + 1) if word else doubt
    if amiss.why_not:
        return Amiss(why_not=f"{amiss.why_not}, and the first line of {shown(path)} names it")
    return amiss


def _of_env(argument: str) -> str:
    """The program that `env` starts; "" where that is not plain to see."""
    if argument.startswith("-S"):
        word = argument.removeprefix("-S").split()[:1]
        return word[0] if word and _PLAIN.fullmatch(word[0]) else ""
    return "" if argument.startswith("-") or "=" in argument else argument
