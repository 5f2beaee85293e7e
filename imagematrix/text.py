"""Text that came from elsewhere, made harmless to show; lists of words, and words that name something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

# What moves a terminal's cursor, changes its colours, begins a line or turns the direction of writing: C0 but
# the tab, DEL, C1, Unicode's separators of lines and paragraphs, its bidirectional controls (UAX #9).  And lone
# surrogates, which no output can hold.
_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_DIGEST: Final = re.compile(r"\b(sha256:[0-9a-f]{12})[0-9a-f]{52}\b")
# What stands between "//" and the last "@" of an address's authority (RFC 3986, section 3.2.1).
_USER: Final = re.compile(r"(?<=://)[^\s/\"'<>]+(?=@)")


def one_line(text: str) -> str:
    """A line with its control characters shown as escapes, so that none of them does anything."""
    return _CONTROLS.sub(lambda match: escaped(match[0]), text)


def escaped(character: str) -> str:
    r"""A character as an escape: `\x1b`, `\u2028`; a byte that is not UTF-8, as `surrogateescape` has it, as `\xff`."""
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def without_users(text: str) -> str:
    """The text with `user:password` masked in every address: "http://***@proxy:3128"."""
    return _USER.sub("***", text)


def short_digests(text: str) -> str:
    """The text with a dozen digits of every digest: "sha256:0123456789ab"."""
    return _DIGEST.sub(r"\1", text)


def first_few(words: Sequence[str], most: int) -> str:
    """As in `a, b, c and 2 more`: the first `most` of them, and how many there are beside."""
    rest = len(words) - most
    return ", ".join(words[:most]) + (f" and {rest} more" if rest > 0 else "")


def is_called(pattern: str, *names: str) -> bool:
    """Whether a name, or a glob such as `alpine*`, means one of these; the case of letters counts."""
    return any(fnmatchcase(name, pattern) for name in names)
