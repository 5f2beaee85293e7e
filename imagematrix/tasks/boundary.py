"""The one place where errors become messages and exit codes, and results become output."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
import sys
import time
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
# That cleaning up may take before another signal ends it: an engine that hangs would hold it for minutes.
_CLEANING_SECONDS = 5.0
# Python looks for cycles after so many new objects, instead of 700: an image has a hundred thousand files and not
# one cycle, and looking took a fifth of all our time.
_OBJECTS_BETWEEN_LOOKS = 500_000
_UNWRITTEN = "standard output cannot be written: {}"
_WHERE_TO = "see where it is sent to"


@contextlib.contextmanager
def _boundary() -> Iterator[None]:
    """Errors end here, each as one message and its exit code."""
    from imagematrix.errors import ImagematrixError, out_of_files
    from imagematrix.text import one_line

    with _interruptible():
        try:
            yield
        except ImagematrixError as error:
            # It may name what a record, an app or a registry said; our own newlines stay.
            _tell("\n".join(map(one_line, f"imagematrix: {error}".split("\n"))))
            raise Exit(code=error.exit_code) from error
        except OSError as error:  # a limit on open files may be hit anywhere
            if (lack := out_of_files(error)) is None:
                raise
            _tell(f"imagematrix: {lack}")
            raise Exit(code=lack.exit_code) from error
        except KeyboardInterrupt:
            _tell("imagematrix: interrupted; what was started is removed")
            raise Exit(code=_INTERRUPTED) from None


def _tell(text: str) -> None:
    """A line on standard error.  Where nobody takes it (it is closed, its disk is full) the exit code tells."""
    if sys.stderr is not None:  # for print, None is standard output
        with contextlib.suppress(OSError):
            print(text, file=sys.stderr, flush=True)  # noqa: T201


def _show_cursor() -> str:
    """What takes back that a live display hides it, where it cannot do so itself any more."""
    return "\x1b[?25h" if sys.stderr is not None and sys.stderr.isatty() else ""


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """The first signal of these interrupts; those that follow do not disturb the cleaning up, unless it hangs."""

    def interrupt(_number: int, _frame: object) -> None:
        due = time.monotonic() + _CLEANING_SECONDS

        def again(_number: int, _frame: object) -> None:
            if time.monotonic() > due:
                _tell(
                    f"{_show_cursor()}imagematrix: interrupted; what was started is removed by the next command"
                )
                os._exit(_INTERRUPTED)

        for signum in _SIGNALS:
            signal.signal(signum, again)
        raise KeyboardInterrupt

    before = {signum: signal.signal(signum, interrupt) for signum in _SIGNALS}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


@contextlib.contextmanager
def _few_looks_for_cycles() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def do(c: Context, does: str, flags: Mapping[str, object]) -> None:
    """Do `module:function` of the commands inside the boundary, print its outcome, end with its exit code."""
    with _few_looks_for_cycles(), _boundary():
        from imagematrix import settings
        from imagematrix.commands.outcome import Show
        from imagematrix.report.console import look_at
        from imagematrix.report.progress import progress, stderr_console

        resolved = settings.resolve(dict(c.config.get("imagematrix", {})), flags)
        look = look_at(sys.stdout, color=resolved.color, term=os.environ.get("TERM", ""))
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

    if sys.stdout is None:
        raise MachineError(_UNWRITTEN.format("it is closed"), next_step=_WHERE_TO)
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
    except OSError as error:  # a full disk
        raise MachineError(_UNWRITTEN.format(error.strerror or error), next_step=_WHERE_TO) from error
