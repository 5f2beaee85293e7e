"""The one place where errors become messages and exit codes, and results become output."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.exceptions import Exit

if TYPE_CHECKING:
    from imagematrix.commands.outcome import Outcome, Show
    from imagematrix.settings import Settings

    Command = Callable[[Settings, Show], Outcome]

_INTERRUPTED = 130
# Ctrl-C, an orderly end, a terminal that was closed.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PIPE_WIDTH = 160  # columns, where nobody tells how many there are


@contextlib.contextmanager
def _boundary() -> Iterator[None]:
    """Errors end here, each as one message and its exit code."""
    from imagematrix.errors import ImagematrixError

    with _interruptible():
        try:
            yield
        except ImagematrixError as error:
            raise Exit(f"imagematrix: {error}", error.exit_code) from error
        except KeyboardInterrupt:
            raise Exit("imagematrix: interrupted; what was started is removed", _INTERRUPTED) from None


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """The first signal of these interrupts; those that follow do not disturb the cleaning up."""

    def interrupt(_number: int, _frame: object) -> None:
        for signum in _SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {signum: signal.signal(signum, interrupt) for signum in _SIGNALS}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def do(c: Context, does: str, flags: Mapping[str, object]) -> None:
    """Do `module:function` of the commands inside the boundary, print its outcome, end with its exit code."""
    with _boundary():
        from imagematrix import settings
        from imagematrix.commands.outcome import Show
        from imagematrix.report.console import Look
        from imagematrix.report.progress import progress, stderr_console

        resolved = settings.resolve(dict(c.config.get("imagematrix", {})), flags)
        terminal = sys.stdout is not None and sys.stdout.isatty()
        look = Look(
            width=shutil.get_terminal_size().columns if terminal else _PIPE_WIDTH,
            color=terminal and resolved.color,
            encoding=getattr(sys.stdout, "encoding", None) or "utf-8",
        )
        show = Show(
            look=look,
            json=bool(flags.get("json")),
            dry=bool(c.config.run.dry),
            progress=lambda: progress(stderr_console(color=resolved.color)),
        )
        module, _, function = does.partition(":")
        command: Command = getattr(import_module(f"imagematrix.commands.{module}"), function)
        outcome = command(resolved, show)
        _print(outcome.text)
    if outcome.exit_code:
        raise Exit(code=outcome.exit_code)


def _print(text: str) -> None:
    from imagematrix.errors import MachineError

    try:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(
                errors="backslashreplace"
            )  # a locale without a letter is no reason to fail
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, AttributeError) as error:  # a full disk; no standard output at all
        raise MachineError(
            f"standard output cannot be written: {error}", next_step="see where it is sent to"
        ) from error
