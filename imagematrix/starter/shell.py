"""A script of package.json, as `sh -c` reads it: simple commands one after the other, or something that takes a shell.

What is understood is a small part of the shell's language (POSIX.1-2017, "Shell Command Language"), and only
where a word means the same without a shell: words, quotes around text that nothing is put into, `NAME=value`
before a command, `&&` between commands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

# A quoted part ends where the same quote comes again; in double quotes the shell puts in what `$`, a backquote
# or a backslash tell it to.  Unquoted, a word ends at a blank, and these characters mean something.
_PART: Final = r"""[^\s'"\\$`|&;<>(){}*?!~#\[\]]+|'[^']*'|"[^"\\$`]*\""""
_TOKEN: Final = re.compile(rf"""[ \t]*(?:(?P<and>&&)|(?P<word>(?:{_PART})+(?=[ \t]|&&|$)))""")
_QUOTED: Final = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
# Words that are no program's name but the shell's own.
_RESERVED: Final = frozenset(
    (
        *("if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for"),
        *("in", ".", ":", "eval", "set", "source", "trap", "ulimit", "umask", "cd"),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One simple command: a program, what comes after it, and what is set for it."""

    words: tuple[str, ...]  # the program is the first
    environment: tuple[tuple[str, str], ...] = field(default=())


def commands(script: str) -> tuple[Command, ...] | None:
    """What the script runs in order, each if that before it succeeded; None where only a shell can tell."""
    tokens = _tokens(script.strip())
    if not tokens:
        return None
    found: list[Command] = []
    for part in _parts(tokens):
        command = _command(part)
        if command is None:
            return None
        found.append(command)
    return tuple(found)


def _tokens(script: str) -> list[str] | None:
    """Words as they are written, and "&&"; None where something else stands there."""
    tokens, at = [], 0
    while at < len(script):
        found = _TOKEN.match(script, at)
        if found is None:
            return None
        tokens.append(found["and"] or found["word"])
        at = found.end()
    return tokens


def _parts(tokens: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for each in tokens:
        if each == "&&":
            parts.append([])
        else:
            parts[-1].append(each)
    return parts


def _command(tokens: list[str]) -> Command | None:
    rest, environment = list(tokens), {}
    # `exec` and `env` run what follows; cross-env, a package, does the same on every system.
    while rest and (rest[0] in ("exec", "env", "cross-env") or _ASSIGNMENT.match(rest[0])):
        name, equals, value = rest.pop(0).partition("=")
        if equals:
            environment[name] = _unquoted(value)
    words = tuple(map(_unquoted, rest))
    if not words or words[0] in _RESERVED or words[0].startswith("-"):
        return None
    return Command(words=words, environment=tuple(environment.items()))


def _unquoted(word: str) -> str:
    return _QUOTED.sub(lambda quoted: quoted[1] if quoted[1] is not None else quoted[2], word)
