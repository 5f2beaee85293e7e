"""The commands without a tasks.py, for a repository that has none yet: `imagematrix init`."""

from __future__ import annotations

from typing import Final

from invoke.program import Program

from imagematrix import __version__
from imagematrix.tasks import ns

program: Final = Program(name="imagematrix", binary="imagematrix", namespace=ns, version=__version__)

if __name__ == "__main__":
    program.run()
