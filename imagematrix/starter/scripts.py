"""The scripts of package.json: which commands one comes to, those that it calls among them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from imagematrix.starter.shell import Command, commands

_MANAGERS: Final = ("npm", "yarn", "pnpm")
_OWN_COMMANDS: Final = ("start", "stop", "restart", "test")  # that npm runs without `run`
_RUN: Final = ("run", "run-script")
_SILENT: Final = ("-s", "--silent")
_WORD: Final = re.compile(r"[\w@./:-]+")


def expanded(
    name: str, scripts: Mapping[str, str], *, done: str, within: tuple[str, ...] = ()
) -> tuple[Command, ...] | None:
    """What `npm run NAME` runs, in order, less the calls of the script `done`; None where it takes a shell.

    npm runs a script's `pre` script before it: https://docs.npmjs.com/cli/using-npm/scripts .
    """
    if name in within or (within and f"post{name}" in scripts):
        return None
    found: list[Command] = []
    for each in (f"pre{name}", name):
        if each not in scripts:
            continue
        told = commands(scripts[each])
        if told is None:
            return None
        for command in told:
            part = _followed(command, scripts, done=done, within=(*within, name))
            if part is None:
                return None
            found += part
    return tuple(found)


def _followed(
    command: Command, scripts: Mapping[str, str], *, done: str, within: tuple[str, ...]
) -> tuple[Command, ...] | None:
    """The commands of the script that this one calls, or itself."""
    called = called_script(command.words)
    if not called or called not in scripts:
        return (replace(command, words=_program(command.words)),)
    if called == done:
        return ()
    inner = expanded(called, scripts, done=done, within=within)
    # What is set for the call is set for all that it runs.
    return inner and tuple(
        replace(each, environment=tuple({**dict(command.environment), **dict(each.environment)}.items()))
        for each in inner
    )


def called_script(words: Sequence[str]) -> str:
    """The script that `npm run x`, `yarn x` and the like call; "" where there are more words than that."""
    if words[0] == "node" and len(words) == 3 and words[1] == "--run":
        return words[2]
    rest = [word for word in words[1:] if word not in _SILENT]
    if words[0] not in _MANAGERS or not rest:
        return ""
    if rest[0] in _RUN:
        rest = rest[1:]
    elif words[0] == "npm" and rest[0] not in _OWN_COMMANDS:
        return ""
    return rest[0] if len(rest) == 1 else ""


def _program(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without what only looks for a program in node_modules/.bin: `npx next start`, `yarn next start`."""
    ways = (("npx",), ("npm", "exec", "--"), ("pnpm", "exec"), ("yarn", "run"), ("yarn",), ("pnpm",))
    for way in ways:
        rest = words[len(way) :]
        if words[: len(way)] == way and rest and not rest[0].startswith("-"):
            return rest
    return words


def mentioned(name: str, scripts: Mapping[str, str]) -> frozenset[str]:
    """Every word of a script, and of those whose names are among its words: what it may call."""
    words: set[str] = set()
    open_, seen = [f"pre{name}", name], set[str]()
    while open_:
        each = open_.pop()
        if each in scripts and each not in seen:
            seen.add(each)
            told = set(_WORD.findall(scripts[each]))
            words |= told
            open_ += sorted(told | {f"pre{word}" for word in told})
    return frozenset(words)
