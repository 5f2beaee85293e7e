"""Text from images, logs and names, as the page may show it."""

from __future__ import annotations

import re
from typing import Final

from imagematrix.text import one_line

# What no UTF-8 file can hold (lone surrogates) or no HTML may (noncharacters, HTML standard 13.2.3.5).
_UNFIT: Final = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def inert(text: str) -> str:
    """The text with all that is not plain writing shown as escapes.  Escaping for HTML is not done here."""
    return _UNFIT.sub(lambda match: f"\\u{ord(match[0]):04x}", one_line(text))
