"""Text that came from elsewhere, made harmless to show."""

from __future__ import annotations

import re
from typing import Final

# What moves a terminal's cursor, changes its colours, begins a line or turns the direction of writing: C0 but
# the tab, DEL, C1, Unicode's separators of lines and paragraphs, its bidirectional controls (UAX #9).
_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def one_line(text: str) -> str:
    """A line with its control characters shown as escapes, so that none of them does anything."""
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
