"""The script that an interpreter is started with, and whether it is in the image."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from imagematrix.image.files import FileSystem, Kind
from imagematrix.image.packages import shown
from imagematrix.image.programs import find_program, place_of
from imagematrix.image.rights import READ, Amiss, may
from imagematrix.model import ImageConfig

SHELLS: Final = frozenset(("ash", "bash", "dash", "ksh", "sh", "zsh"))


class _Interpreter(NamedTuple):
    """How its command line is read up to the script: what each of its words is.

    The patterns are such that no word takes long, whatever an image names.
    """

    own: re.Pattern[str]  # with this there is no script: the code is in the words, or on standard input
    takes: re.Pattern[str]  # options whose value is the next word
    flags: re.Pattern[str]  # options by themselves
    endings: tuple[str, ...] = ("",)  # what the interpreter puts after a script's name


_WITH_VALUE: Final = r"--[^=]+=.*"
_NODE: Final = _Interpreter(
    own=re.compile(
        r"-|inspect|-[ehipv]|-pe|--(?:eval|help|interactive|print|run|test|version)(?:=.*)?", re.DOTALL
    ),
    takes=re.compile(
        r"-[Cr]|--(?:conditions|disable-warning|dns-result-order|env-file|env-file-if-exists|experimental-loader"
        r"|icu-data-dir|import|input-type|loader|max-http-header-size|openssl-config|redirect-warnings|require"
        r"|title|unhandled-rejections)"
    ),
    flags=re.compile(
        rf"-c|--(?:check|enable-\S+|expose[-_]gc|no-\S+|preserve-symlinks|throw-deprecation|use-\w+-ca"
        rf"|trace-(?:deprecation|uncaught|warnings))|{_WITH_VALUE}",
        re.DOTALL,
    ),
    endings=("", ".js", ".json", ".node"),  # as require() has them
)
_SHELL: Final = _Interpreter(
    own=re.compile(r"-|-[^\Wcs]*[cs]\w*|--(?:help|version)"),
    takes=re.compile(r"[-+]\w*[oO]|--(?:init-file|rcfile)"),
    flags=re.compile(r"[-+][abefhlmnuvx]+|--(?:login|noprofile|norc|posix)"),
)
_PYTHON: Final = _Interpreter(
    own=re.compile(r"-|-[bBdEiIOPqsSuvx]*[cm].*|-[hV]+|--(?:help\S*|version)", re.DOTALL),
    takes=re.compile(r"-[WX]"),
    flags=re.compile(rf"-[bBdEiIOPqsSuvx]+|-[WX].+|{_WITH_VALUE}", re.DOTALL),
)
# Perl, PHP and Ruby: all of their options but the code are left in doubt.
_OTHER: Final = _Interpreter(
    own=re.compile(r"-|-\w*[eErR].*", re.DOTALL), takes=re.compile(r"(?!)"), flags=re.compile(r"-w")
)
_NAMES: Final = (
    (re.compile(r"node(?:js)?"), _NODE),
    (re.compile("|".join(sorted(SHELLS))), _SHELL),
    (re.compile(r"python(?:\d(?:\.\d+)?)?"), _PYTHON),
    (re.compile(r"(?:perl|php|ruby)(?:\d(?:\.\d+)*)?"), _OTHER),
)
# What is there may be put there only when a container runs.
_MADE_LATER: Final = re.compile(r"/(?:dev|proc|run|sys|tmp|var/run|var/tmp)/")


def script(
    files: FileSystem, config: ImageConfig, words: Sequence[str], plain: Sequence[bool], *, moves: bool
) -> Amiss:
    """What is amiss with the script of a command; nothing where it is there, or where there is none.

    The program is the first word.  `plain` tells of each word that it is what it says.

    `moves`: the folder that a path starts from is not known to be the image's.
    """
    program, *arguments = words
    name = program.rpartition("/")[2]
    interpreter = next((each for pattern, each in _NAMES if pattern.fullmatch(name)), None)
    place, sure = _place(interpreter, arguments) if interpreter else (None, True)
    if interpreter is _SHELL and place is None:
        return Amiss(doubt=f"what `{shown(program)}` starts in turn is not looked into")
    if interpreter is None or place is None:
        return Amiss()
    word, said = arguments[place], shown(arguments[place])
    if not all(plain[: place + 2]):
        return Amiss(doubt=f"which script `{shown(name)}` is given is known only when it runs")
    if moves and not word.startswith("/"):
        return Amiss(doubt=f"where `{said}` lies is known only when it runs")
    path = place_of(config, word)
    found = {
        path + ending: entry for ending in interpreter.endings if (entry := files.resolve(path + ending))
    }
    file = next((name for name, entry in found.items() if entry.kind is not Kind.FOLDER), "")
    if file:
        amiss = may(files, config, file, READ, word=word)
        return amiss if sure else Amiss(doubt=amiss.why_not or amiss.doubt)
    if found:
        return Amiss(doubt=f"what `{shown(name)}` starts in the folder `{said}` is not looked into")
    if not sure:
        return Amiss(doubt=f"which of its words is the script of `{shown(name)}` is not looked into")
    if _MADE_LATER.match(path):
        return Amiss(doubt=f"{shown(path)} is not in the image, but may be put there when it runs")
    if interpreter is _SHELL and "/" not in word and find_program(files, config, word):
        return Amiss(doubt=f"whether `{shown(name)}` looks for `{said}` on the PATH is not known")
    return Amiss(why_not=f"{shown(path)} is not in the image")


def _place(interpreter: _Interpreter, arguments: Sequence[str]) -> tuple[int | None, bool]:
    """Where the script stands among the arguments, None where there is none; whether that is sure."""
    at, sure = 0, True
    while at < len(arguments):
        word = arguments[at]
        if interpreter.own.fullmatch(word):
            return None, sure
        if word == "--":
            return (at + 1 if at + 1 < len(arguments) else None), sure
        if interpreter.takes.fullmatch(word):
            at += 1
        elif word.startswith("-") or interpreter.flags.fullmatch(word):
            sure = sure and interpreter.flags.fullmatch(word) is not None
        else:
            return at, sure
        at += 1
    return None, sure
