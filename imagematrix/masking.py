r"""Words masked in a text however they are encoded there.

An app, or we, may write a word for a URL, HTML, JSON or a shell, as a string of a language or in base64, in one of
these within another, and every library leaves other characters as they are.  So no list of forms is kept: the text
is decoded, one level after the other, and the words are looked for in each; what is found is masked where it stands
in the text as it was.  Base64 has nothing to be known by: it is looked for as more words, as a word may begin at each
of three bytes.
"""

from __future__ import annotations

import base64
import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MASK: Final = "***"
# A shorter word would be found where it does not stand for itself, and masking it would tell what it is.
LEAST_CHARACTERS: Final = 8
_FOR_URLS: Final = str.maketrans("+/", "-_")  # base64url, RFC 4648
_LEVELS: Final = 5  # of encodings within one another; each takes a pass over the text
_HEX: Final = "[0-9A-Fa-f]"


def _utf8(sign: str) -> str:
    """A pattern for one character, each of its bytes after a sign; for a lone byte where they are no UTF-8."""
    more = f"{sign}[89ABab]{_HEX}"
    several = f"[C-Dc-d]{_HEX}{more}|[Ee]{_HEX}(?:{more}){{2}}|[Ff]{_HEX}(?:{more}){{3}}"
    return f"{sign}(?:{several}|{_HEX}{{2}})"


_ENCODED: Final = re.compile(
    rf"(?P<bytes>{_utf8('%')}|{_utf8(chr(92) * 2 + 'x')})"
    rf"|(?P<utf16>(?:[\\%]u[Dd][89ABab]{_HEX}{{2}}[\\%]u[Dd][C-Fc-f]{_HEX}{{2}})|[\\%]u{_HEX}{{4}})"
    rf"|(?P<point>\\U00(?:0{_HEX}|10){_HEX}{{4}}|\\u\{{(?:10|{_HEX})?{_HEX}{{1,4}}\}})"
    r"|&(?P<entity>\#[0-9]{1,7}|\#[Xx][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    r"|\\(?P<escape>.)"
    r"""|'(?P<shell>\\'|"'")'"""  # a quote that ends, stands alone and begins again
    "|(?P<lone>[\udc80-\udcff])",  # a byte that is not UTF-8, as `surrogateescape` has it
    re.DOTALL,
)
_SIGNS: Final = re.compile(r"[\\%]u|\\x|%")
_ESCAPES: Final = dict(zip("abefnrtv", "\a\b\x1b\f\n\r\t\v", strict=True))  # all others stand for themselves


def _decoded(match: re.Match[str]) -> str:
    if match["entity"]:
        return html.unescape(match[0])
    if match["escape"]:
        return _ESCAPES.get(match["escape"], match["escape"])
    if match["shell"]:
        return "'"
    if match["point"]:
        return chr(int(match["point"][2:].strip("{}"), 16))
    if match["lone"]:
        return chr(ord(match["lone"]) - 0xDC00)
    raw = bytes.fromhex(_SIGNS.sub("", match[0]))
    if match["utf16"]:
        return raw.decode("utf-16-be", "surrogatepass")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _levels(text: str) -> Iterator[tuple[str, Sequence[int]]]:
    """The text as it is, and decoded once, twice and so on; with the place of each character in it as it is."""
    places: Sequence[int] = range(len(text) + 1)
    yield text, places
    for _ in range(_LEVELS):
        pieces: list[str] = []
        kept: list[int] = []
        end = 0
        for match in _ENCODED.finditer(text):
            told = _decoded(match)
            pieces += (text[end : match.start()], told)
            kept += places[end : match.start()]
            kept += [places[match.start()]] * len(told)
            end = match.end()
        if not pieces:
            return
        text, places = "".join([*pieces, text[end:]]), [*kept, *places[end:]]
        yield text, places


@dataclass(frozen=True, kw_only=True, slots=True)
class Masks:
    """What finds words in a text, and every beginning or end of one that was cut off."""

    heads: Mapping[str, Sequence[str]]  # words by their first LEAST_CHARACTERS
    tails: Mapping[str, Sequence[str]]  # by their last
    ends: re.Pattern[str]  # both
    whole: re.Pattern[str]  # what is not looked for in part

    def mask(self, text: str) -> str:
        if not any(each.search(text) for each in (_ENCODED, self.ends, self.whole)):
            return text  # as nearly all of them
        spans = sorted(
            (places[start], places[end])
            for level, places in _levels(text)
            for start, end in (*self._found(level), *(match.span() for match in self.whole.finditer(level)))
        )
        pieces: list[str] = []
        at = 0
        for start, end in spans:
            if start > at or not pieces:
                pieces += (text[at:start], MASK)
            at = max(at, end)
        return "".join([*pieces, text[at:]])

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """From where to where they stand.  What is masked is not gone over again: no text takes long."""
        at = masked = 0
        while match := self.ends.search(text, at):
            start, end = match.span()
            behind = max(
                (_behind(text, masked, end, word) for word in self.tails.get(match[0], ())), default=0
            )
            ahead = max((_ahead(text, start, word) for word in self.heads.get(match[0], ())), default=0)
            masked = max(end, start + ahead)
            yield min(start, end - behind), masked
            at = max(start, masked - LEAST_CHARACTERS) + 1  # another may begin in the end of this one


def _ahead(text: str, start: int, word: str) -> int:
    """How much of a word's beginning stands there, of which LEAST_CHARACTERS do."""
    most = min(len(word), len(text) - start)
    return next((n for n in range(LEAST_CHARACTERS, most) if text[start + n] != word[n]), most)


def _behind(text: str, start: int, end: int, word: str) -> int:
    """How much of a word's end stands before `end` and not before `start`, of which LEAST_CHARACTERS do."""
    most = min(len(word), end - start)
    return next((n for n in range(LEAST_CHARACTERS, most) if text[end - 1 - n] != word[-1 - n]), most)


def masks(words: Iterable[str], *, whole: Iterable[str] = ()) -> Masks:
    """For words, in part and in base64 too; and for what is masked where the whole of it stands before an "@"."""
    heads, tails = defaultdict(list), defaultdict(list)
    for word in set(words):
        for form in {*_forms(word), *_in_base64(word)}:
            if form == word or len(form) >= LEAST_CHARACTERS:
                heads[form[:LEAST_CHARACTERS]].append(form)
                tails[form[-LEAST_CHARACTERS:]].append(form)
    before = {f"{re.escape(form)}(?=@)" for word in whole for form in _forms(word)}
    return Masks(
        heads=heads,
        tails=tails,
        ends=_any(map(re.escape, heads.keys() | tails.keys())),
        whole=_any(before),
    )


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    """Of two that begin alike the longer is found."""
    return re.compile("|".join(sorted(patterns, key=len, reverse=True)) or "(?!)")


def _forms(word: str) -> set[str]:
    """How a word may stand in a text that is decoded: what looks encoded in the word itself is decoded there too."""
    *_, (plain, _) = _levels(word)
    return {word, plain, word.replace(" ", "+"), plain.replace(" ", "+")}  # a form's blanks stay as they are


def _in_base64(word: str) -> Iterator[str]:
    """At each of the three places among bytes that it may begin at, without the digits that it shares with others."""
    raw = word.encode("utf-8", "surrogateescape")
    for before in range(3):
        digits = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
        digits = digits[before and before + 1 :]
        # Its last digit is all its own where nothing follows.
        for form in (digits, digits[: -1 if (before + len(raw)) % 3 else None]):
            yield form
            yield form.translate(_FOR_URLS)
