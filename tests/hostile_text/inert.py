"""What no output may have, as its readers see it."""

from __future__ import annotations

import re
from typing import Final

# Unicode's own ranges: C0 but the tab and the newline, DEL, C1, its separators of lines, its bidirectional controls.
CONTROLS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_STYLE: Final = re.compile("\x1b\\[[0-9;]*m")  # ECMA-48, SGR


def styles(shown: str) -> set[str]:
    """The colours and weights that a terminal is told to take."""
    return set(_STYLE.findall(shown))


def controls(shown: str) -> list[str]:
    """What would do something to a terminal, but styles and newlines."""
    return [ascii(found) for found in CONTROLS.findall(_STYLE.sub("", shown))]
