"""A shell's line, taken apart as far as that can be done without running it.

Read is a small part of the language (POSIX.1-2017, "Shell Command Language"): lists of pipelines of simple
commands, with their words, quotes and redirections.  Of a line that holds more, `UnreadError` says what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

# No two alternatives of these begin alike, so that no text takes long.
_SUBSTITUTION: Final = r"""\$\((?:[^()'"`\\]|'[^']*'|"[^"`\\$]*")*\)"""
_QUOTED: Final = rf"""'[^']*'|"(?:[^"`\\$]|\\[\s\S]|{_SUBSTITUTION}|\$(?!\())*\""""
_UNQUOTED: Final = rf"""[^\s'"`\\$;&|<>()]|\\[^\n]|{_SUBSTITUTION}|\$\{{[^{{}}"'`$]*\}}|\$(?![({{])"""
_WORD: Final = rf"(?:{_QUOTED}|{_UNQUOTED})+"
_TOKEN: Final = re.compile(
    rf"(?:[ \t]|\\\n)*(?:#[^\n]*|(?P<token>&&|\|\||[;\n]|\|(?!&)|\d*(?:>[>|]?|<(?!<)>?|[<>]&)[ \t]*{_WORD}|{_WORD})|$)"
)
_OPERATORS: Final = ("&&", "||", "|", ";", "\n")
_REDIRECTION: Final = re.compile(r"\d*[<>]")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
_PART: Final = re.compile(
    r"""'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)"|\\(?P<escaped>.)|(?P<bare>.)""", re.DOTALL
)
_ESCAPED: Final = re.compile(r"""\\(["\\$`])""")  # in double quotes a backslash stays before anything else
_PUT_IN: Final = re.compile(r"[$*?\[~]")  # how a word begins that the shell makes another of
_COMPOUND: Final = frozenset(
    (
        *(
            "case",
            "do",
            "done",
            "elif",
            "else",
            "esac",
            "fi",
            "for",
            "function",
            "if",
            "in",
            "select",
            "then",
        ),
        *("until", "while", "!", "{", "}", "[["),
    )
)
_SHOWN: Final = 20  # characters


class UnreadError(ValueError):
    """The line holds what is not read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A simple command."""

    words: tuple[str, ...]  # without their quotes; () where it only sets variables or redirects
    sets: tuple[str, ...]  # names of the variables that are set before it
    plain: tuple[bool, ...]  # of each word: the shell puts nothing into it
    substitutes: bool  # a word of it is what another command writes: $(hostname)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """Commands that feed one another; most often one."""

    after: str  # what stands before it: ";", "&&", "||"
    negated: bool
    commands: tuple[Command, ...]


def read(line: str) -> tuple[Pipeline, ...]:
    """The line's pipelines in their order.  Raises UnreadError."""
    pipelines: list[Pipeline] = []
    after, parts = ";", list[list[str]]([[]])
    for each in (*_tokens(line), "\n"):
        if each not in _OPERATORS:
            parts[-1].append(each)
        elif each == "|":
            parts.append([])
        elif each != "\n" or parts != [[]]:  # nothing is on an empty line, or yet behind an operator
            pipelines.append(_pipeline(after, parts))
            after, parts = (";" if each == "\n" else each), [[]]
    if after != ";":
        raise UnreadError(f"nothing comes after its last `{after}`")
    return tuple(pipelines)


def _tokens(line: str) -> Iterator[str]:
    """Words as they are written, redirections and operators."""
    at = 0
    while at < len(line):
        found = _TOKEN.match(line, at)
        if found is None:
            raise _unread(line[at:].lstrip())
        at = found.end()
        if found["token"]:
            yield found["token"]


def _pipeline(after: str, parts: list[list[str]]) -> Pipeline:
    negated = parts[0][:1] == ["!"]
    if negated:
        parts[0] = parts[0][1:]
    return Pipeline(after=after, negated=negated, commands=tuple(map(_command, parts)))


def _command(tokens: list[str]) -> Command:
    if not tokens:
        raise UnreadError("a command is missing in it")
    words = [token for token in tokens if not _REDIRECTION.match(token)]
    sets = [word.partition("=")[0] for word in takewhile(_ASSIGNMENT.match, words)]
    words = words[len(sets) :]
    if words and words[0] in _COMPOUND:
        raise _unread(" ".join(words))
    return Command(
        words=tuple(map(_text, words)),
        sets=tuple(sets),
        plain=tuple(word == "[" or not _PUT_IN.search(_seen(word)) for word in words),
        substitutes=any("$(" in _seen(token) for token in tokens),
    )


def _text(word: str) -> str:
    """A word without its quotes."""
    return "".join(
        _ESCAPED.sub(r"\1", part["double"]) if part["double"] is not None else part[part.lastgroup or 0]
        for part in _PART.finditer(word)
    )


def _seen(word: str) -> str:
    """What of a word a shell looks into: nothing in single quotes, nothing behind a backslash."""
    parts = _PART.finditer(word)
    return "".join(
        part["bare"] or re.sub(r"\\.", "", part["double"] or "", flags=re.DOTALL) for part in parts
    )


def _unread(rest: str) -> UnreadError:
    return UnreadError(f"what a shell makes of `{rest[:_SHOWN]}` is not looked into")
