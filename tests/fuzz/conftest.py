"""The engine of the fuzz targets has wheels for some platforms alone; where it belongs it is never left out."""

from __future__ import annotations

import platform
import sys
from typing import Final

# As the marker of atheris in pyproject.toml has it.
HAS_WHEELS: Final = (sys.platform, platform.machine()) == ("linux", "x86_64") and sys.version_info < (3, 14)

collect_ignore: Final[list[str]] = [] if HAS_WHEELS else ["test_targets.py"]
