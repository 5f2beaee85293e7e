"""An image's health check, and whether its command can be run there at all."""

from __future__ import annotations

import re
import shlex
from typing import Final

from imagematrix.image.files import FileSystem
from imagematrix.image.packages import shown
from imagematrix.image.programs import find_program, is_executable
from imagematrix.image.subject import Subject
from imagematrix.model import ImageConfig, Measurement, exact, not_applicable, unavailable

_SHELL: Final = "/bin/sh"  # what an engine runs a CMD-SHELL by
_COMMAND_BYTES: Final = 2000
# The first word of a shell's command line where it is plain; assignments before it are the command's.
_FIRST: Final = re.compile(r"\s*(?:[A-Za-z_]\w*=[^\s'\"$`]*\s+)*([\w./+-]+|\[)(?=[\s;|&<>]|$)", re.ASCII)
# What a shell does itself (POSIX, Shell Command Language: reserved words and built-in utilities; what most
# shells have besides).
_BUILT_IN: Final = frozenset(
    (
        *(
            "!",
            "[[",
            "case",
            "do",
            "done",
            "elif",
            "else",
            "esac",
            "fi",
            "for",
            "if",
            "in",
            "then",
            "until",
            "while",
            "{",
        ),
        *(
            ".",
            ":",
            "[",
            "break",
            "cd",
            "continue",
            "eval",
            "exec",
            "exit",
            "export",
            "false",
            "getopts",
            "pwd",
            "read",
            "return",
            "set",
            "shift",
            "test",
        ),
        *(
            "alias",
            "bg",
            "command",
            "echo",
            "fg",
            "hash",
            "jobs",
            "kill",
            "local",
            "printf",
            "readonly",
            "times",
            "trap",
            "true",
            "type",
            "ulimit",
        ),
        *("umask", "unalias", "unset", "wait"),
    )
)


def health(subject: Subject) -> tuple[Measurement, ...]:
    """`healthcheck`, the command, and `healthcheck_can_run`, whether its program is in the image."""
    kind, *words = subject.image.config.healthcheck or ("NONE",)
    if kind == "NONE" or not words:
        why = "the image's config sets no health check"
        return not_applicable("healthcheck", why), not_applicable("healthcheck_can_run", why)
    command = words[0] if kind == "CMD-SHELL" else shlex.join(words)
    told = exact("healthcheck", shown(command, limit=_COMMAND_BYTES), method="image config")
    if subject.files is None:
        return told, unavailable("healthcheck_can_run", subject.files_missing)
    missing = _missing(subject.files, subject.image.config, kind, words)
    method = f"{missing} is not in the image" if missing else "the program that it starts is in the image"
    return told, exact("healthcheck_can_run", not missing, method=method)


def _missing(files: FileSystem, config: ImageConfig, kind: str, words: list[str]) -> str:
    """The program that the health check cannot do without and that is not there; "" where none is."""
    first = words[0]
    if kind == "CMD-SHELL":
        if not is_executable(files.resolve(_SHELL)):
            return _SHELL
        match = _FIRST.match(first)
        if match is None or match[1] in _BUILT_IN:
            return ""
        first = match[1]
    return "" if find_program(files, config, first) else shown(first)
