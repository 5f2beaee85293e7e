"""The commands without a tasks.py, for a repository that has none yet: `imagematrix init`."""

from __future__ import annotations

from typing import Final

from invoke.exceptions import Exit
from invoke.program import Program

from imagematrix import __version__
from imagematrix.tasks import ns
from imagematrix.text import one_line


class _Program(Program):
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
