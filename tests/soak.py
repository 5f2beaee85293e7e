"""How much is tried: a bounded amount in `make test`, all of it in `make soak`."""

from __future__ import annotations

import os
from typing import Final

FULL: Final = bool(os.environ.get("IMAGEMATRIX_SOAK"))


def count(bounded: int, full: int) -> int:
    """Of a test that is the same in both but for its size."""
    return full if FULL else bounded
