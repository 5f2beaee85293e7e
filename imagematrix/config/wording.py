"""Words that the errors of this package share: what the user wrote, what may have been meant, what is known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Final

from imagematrix.text import one_line

_MAX_QUOTED: Final = 80  # characters
_MAX_LISTED: Final = 40  # names


def shortened(text: str, most: int = _MAX_QUOTED) -> str:
    """The text as it is, on one line, and cut where it is long."""
    return one_line(text if len(text) <= most else f"{text[:most]}…")


def quoted(text: str) -> str:
    """The text in quotes, on one line, and cut where it is long."""
    return repr(text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…")


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """One sentence: "unknown key 'dockerfle': did you mean 'dockerfile'?"."""
    guess = get_close_matches(name.lower()[:_MAX_QUOTED], known, n=1)
    return f"unknown {kind} {quoted(name)}" + (f": did you mean {guess[0]!r}?" if guess else "")


def listing(kind: str, known: Iterable[str]) -> str:
    """The next step that goes with it: "known keys: app, axes"."""
    names = iter(known)
    shown = [shortened(name) for name in islice(names, _MAX_LISTED)]
    if not shown:
        return f"there are no {kind} to choose from here"
    more = sum(1 for _ in names)
    return f"known {kind}: {', '.join(shown)}" + (f" and {more} more" if more else "")
