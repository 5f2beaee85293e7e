"""An image's health check, and whether its command can be run there at all."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from imagematrix.image.files import FileSystem
from imagematrix.image.packages import shown
from imagematrix.image.programs import find_program
from imagematrix.image.scripts import SHELLS, script
from imagematrix.image.shell_line import Command, Pipeline, UnreadError, read
from imagematrix.image.starts import starts
from imagematrix.image.subject import Subject
from imagematrix.model import ImageConfig, Measurement, exact, not_applicable, unavailable

_CAN_RUN: Final = "healthcheck_can_run"
_SHELL: Final = "/bin/sh"  # what an engine runs a CMD-SHELL by
_COMMAND_BYTES: Final = 2000
# What a shell does itself (POSIX, Shell Command Language: special and regular built-in utilities; what most
# shells have besides).
_BUILT_IN: Final = frozenset(
    (
        *(
            ":",
            "[",
            "bg",
            "cd",
            "command",
            "echo",
            "exec",
            "exit",
            "export",
            "false",
            "fg",
            "getopts",
            "hash",
        ),
        *(
            "jobs",
            "kill",
            "local",
            "printf",
            "pwd",
            "read",
            "readonly",
            "set",
            "shift",
            "test",
            "times",
            "true",
        ),
        *("type", "ulimit", "umask", "unset", "wait"),
    )
)
# Those that can make anything of the rest of the line.
_WILD: Final = frozenset((".", "alias", "break", "continue", "eval", "return", "source", "trap", "unalias"))
# Programs that start another, which their arguments name.
_STARTERS: Final = frozenset(
    (
        "busybox",
        "env",
        "gosu",
        "nice",
        "nohup",
        "setsid",
        "stdbuf",
        "su",
        "su-exec",
        "sudo",
        "time",
        "timeout",
    )
) | {"xargs"}
_STATUS_DIGITS: Final = 3
_EITHER: Final = frozenset((True, False))
_NEITHER: Final = frozenset[bool]()


def health(subject: Subject) -> tuple[Measurement, ...]:
    """`healthcheck`, the command, and `healthcheck_can_run`, whether all that it names is there to be run."""
    kind, *words = subject.image.config.healthcheck or ("NONE",)
    if kind == "NONE" or not words:
        why = "the image's config sets no health check"
        return not_applicable("healthcheck", why), not_applicable(_CAN_RUN, why)
    command = words[0] if kind == "CMD-SHELL" else shlex.join(words)
    told = exact("healthcheck", shown(command, limit=_COMMAND_BYTES), method="image config")
    if subject.files is None:
        return told, unavailable(_CAN_RUN, subject.files_missing)
    if kind == "CMD-SHELL":
        words = [_SHELL, "-c", words[0]]
    return told, _can_run(subject.files, subject.image.config, words)


def _can_run(files: FileSystem, config: ImageConfig, words: Sequence[str]) -> Measurement:
    program, *arguments = words
    is_shell = _name(program) in SHELLS and find_program(files, config, program)
    if is_shell and arguments[:1] == ["-c"] and len(arguments) > 1:
        return _line_can_run(files, config, arguments[1])
    started = _started(files, config, words, [True] * len(words), moves=False)
    if started.why_not:
        return exact(_CAN_RUN, False, method=started.why_not)
    if started.doubt:
        return unavailable(_CAN_RUN, started.doubt)
    return exact(_CAN_RUN, True, method="the program that it starts, and any script of it, is in the image")


def _line_can_run(files: FileSystem, config: ImageConfig, line: str) -> Measurement:
    """True where all that the line names can be had, false where it cannot succeed without what cannot."""
    try:
        pipelines = read(line)
    except UnreadError as unread:
        return unavailable(_CAN_RUN, shown(str(unread)))
    commands = [command for pipeline in pipelines for command in pipeline.commands]
    if any(
        "PATH" in command.sets or any(w.startswith("PATH=") for w in command.words) for command in commands
    ):
        return unavailable(_CAN_RUN, "it sets a PATH of its own")
    moves = any(command.words[:1] == ("cd",) for command in commands)
    seen = {command: _seen(files, config, command, moves=moves) for command in commands}
    why_not = next((each.why_not for each in seen.values() if each.why_not), "")
    doubt = next((each.doubt for each in seen.values() if each.doubt), "")
    if why_not and not _can_succeed(pipelines, seen):
        return exact(_CAN_RUN, False, method=why_not)
    if doubt:
        return unavailable(_CAN_RUN, doubt)
    if why_not:
        return unavailable(_CAN_RUN, f"{why_not}, but the line may succeed without it")
    return exact(_CAN_RUN, True, method="all that it names is in the image, or part of its shell")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """What is known of a command before it is run."""

    ends: frozenset[bool] = _EITHER  # whether it may succeed, and whether it may fail, and the line goes on
    leaves: frozenset[bool] = _NEITHER  # the same where it ends the shell
    why_not: str = ""  # why the program that it starts, or the script of that, cannot be had
    doubt: str = ""  # why not all that it starts is known


def _seen(files: FileSystem, config: ImageConfig, command: Command, *, moves: bool) -> _Seen:
    """`moves`: the line changes its folder, so that a path that is not absolute leads elsewhere."""
    inner = "what its `$(…)` starts is not looked into" if command.substitutes else ""
    words, plain = command.words, command.plain
    if words[:1] in (("exec",), ("command",)) and words[1:] and not words[1].startswith("-"):
        words, plain = words[1:], plain[1:]
    if not words:
        return _Seen(ends=_EITHER if inner else frozenset((True,)), doubt=inner)
    first = words[0]
    if not plain[0] or first in _WILD:
        return _Seen(leaves=_EITHER, doubt=f"what `{shown(first)}` starts is known only when it runs")
    if first in ("exit", "true", ":", "false"):
        return _constant(first, words[1:], inner)
    if first in _BUILT_IN:
        return _Seen(doubt=inner)
    if moves and "/" in first and not first.startswith("/"):
        return _Seen(doubt=f"where `{shown(first)}` lies is known only when it runs")
    started = _started(files, config, words, plain, moves=moves)
    return replace(started, doubt=inner or started.doubt)


def _started(
    files: FileSystem, config: ImageConfig, words: Sequence[str], plain: Sequence[bool], *, moves: bool
) -> _Seen:
    """Of a command that is a program's, not the shell's own."""
    first = words[0]
    program = starts(files, config, first)
    if program.why_not:
        return _Seen(ends=frozenset((False,)), why_not=program.why_not)
    if _name(first) in _STARTERS:
        return _Seen(doubt=f"what `{shown(first)}` starts in turn is not looked into")
    given = script(files, config, words, plain, moves=moves)
    ends = frozenset((False,)) if given.why_not else _EITHER
    return _Seen(ends=ends, why_not=given.why_not, doubt=program.doubt or given.doubt)


def _constant(first: str, arguments: Sequence[str], inner: str) -> _Seen:
    """Of the built-in commands whose end is known: `exit 1`, `true`."""
    if first != "exit":
        return _Seen(ends=frozenset((first != "false",)), doubt=inner)
    if len(arguments) == 1 and arguments[0].isdecimal() and len(arguments[0]) <= _STATUS_DIGITS:
        return _Seen(ends=_NEITHER, leaves=frozenset((int(arguments[0]) % 256 == 0,)), doubt=inner)
    return _Seen(ends=_NEITHER, leaves=_EITHER, doubt=inner)


def _can_succeed(pipelines: Sequence[Pipeline], seen: dict[Command, _Seen]) -> bool:
    """Whether the line may end with success, given how its commands may end."""
    states, left = frozenset((True,)), _NEITHER  # how the last command may have ended; how the shell may
    for pipeline in pipelines:
        goes_on = states & {";": _EITHER, "&&": {True}, "||": {False}}[pipeline.after]
        if not goes_on:
            continue
        last = seen[pipeline.commands[-1]]
        ends, leaves = last.ends, last.leaves
        if len(pipeline.commands) > 1:  # each in a shell of its own
            ends, leaves = ends | leaves, _NEITHER
        if pipeline.negated:
            ends = frozenset(not end for end in ends)
        states, left = (states - goes_on) | ends, left | leaves
    return True in states | left


def _name(program: str) -> str:
    return program.rpartition("/")[2]
