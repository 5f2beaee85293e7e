"""The commands without a tasks.py, for a repository that has none yet: `imagematrix init`."""

from __future__ import annotations

import os
import sys
from typing import Final

from invoke.exceptions import Exit
from invoke.program import Program

from imagematrix import __version__
from imagematrix.tasks import ns
from imagematrix.text import one_line


class _Program(Program):
    def run(self, argv: list[str] | None = None, exit: bool = True) -> None:  # noqa: A002 - Invoke's name
        """As Invoke does it; a reader of help or of a list (`| head`) that has seen enough is no error."""
        try:
            try:
                super().run(argv, exit)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()
        except BrokenPipeError:
            # Python would complain again when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def create_config(self) -> None:
        """Invoke's own settings, which it looks for in the home; what stands in its way is told as bad input."""
        try:
            super().create_config()
        except OSError as error:
            where = f"{one_line(str(error.filename))}: " if error.filename else ""
            raise Exit(
                f"imagematrix: {where}Invoke's settings cannot be read: {error.strerror or error}\n"
                "  next: see that HOME names a folder, and that this file can be read or is not there",
                code=2,
            ) from error


program: Final = _Program(name="imagematrix", binary="imagematrix", namespace=ns, version=__version__)

if __name__ == "__main__":
    program.run()
