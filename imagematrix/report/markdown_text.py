"""Text from elsewhere as Markdown that does nothing.

Backslashes and entities are not enough: GitHub looks for mentions, issues and addresses in what is left once
they are resolved.  It does not look into code spans, and nothing in one is markup.  So plain words stay as
they are, and every word that could be more is put into a code span.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

_BLANKS: Final = re.compile(" +")
# A list in brackets and a quoted string are one word each, as in CMD ["node", "index.js"].
_BARE: Final = re.compile(r"""\((?=[`'"])|(?:\[[^\[\]`]*\]|"[^"`]*"|[^ ])+""")
# A string of what an app said, backticks and all.
_STRING: Final = re.compile(r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?![^ .,;:!?)])""")
_AFTER_QUOTED: Final = frozenset((*" .,;:!?)'\"", ""))
_WORD: Final = re.compile(r"(\(?)(.*?)([:;,.?!)]*)", re.DOTALL)  # with what stands around it
# A word of which no reader of Markdown makes anything: letters of any script and signs that mark nothing up.  An
# underscore marks nothing up between two letters, and a tilde before a figure cannot end what is struck out.
_PLAIN: Final = re.compile(
    r"""(?:~(?=\d))?(?:[^\W_]|(?<=[^\W_])_+(?=[^\W_])|[.,;'"()%+/=×–—…‘’“”„«»€£°·→±-])*|&"""  # noqa: RUF001
)
# Plain to look at, yet made a link: an address without its scheme, an issue of a tracker, a commit.
_LINKED: Final = re.compile(r"(?<![^\W_])(?:www\.|GH-\d)|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
_LIMIT: Final = 600  # characters of one text, or of one line of it; the record has it whole
_LINES: Final = 30


def inert(text: str) -> str:
    """A text as part of a line of Markdown: never the first thing of that line, and not in a table.

    What it has in backticks is a code span.  Those in a word, or in a string, are its own.
    """
    pieces: list[tuple[bool, str]] = []
    for is_word, text_of_it in _split(_cut(text)):
        for plain, piece in _pieces(text_of_it) if is_word else [(not text_of_it.strip(" "), text_of_it)]:
            if pieces and not plain and not pieces[-1][0]:
                pieces[-1] = (False, pieces[-1][1] + piece)  # two spans without a space would be one
            elif pieces[1:] and pieces[-1] == (True, " ") and not plain and not pieces[-2][0] and is_word:
                pieces[-2:] = [(False, f"{pieces[-2][1]} {piece}")]  # neighbours share a span
            else:
                pieces.append((plain, piece))
    return "".join(piece if plain else code(piece) for plain, piece in pieces)


def _split(text: str) -> Iterator[tuple[bool, str]]:
    """A sentence's words (True) and what else it has: blanks, strings, quotations without their backticks."""
    at, begins = 0, True  # whether a word may begin here
    while at < len(text):
        if blanks := _BLANKS.match(text, at):
            yield False, blanks[0]
            at, begins = blanks.end(), True
        elif begins and (string := _STRING.match(text, at)) and "`" in string[0]:
            yield False, string[0]
            at, begins = string.end(), False
        elif begins and text[at] == "`" and (quoted := _quoted(text, at)):
            yield False, quoted
            at, begins = at + len(quoted) + 2, False
        elif word := _BARE.match(text, at):
            yield True, word[0]
            at, begins = word.end(), begins and word[0] == "("


def _quoted(text: str, at: int) -> str:
    """What the quotation holds that begins at this backtick; "" where none does."""
    end = _closing(text, at)
    quoted = text[at + 1 : end]
    return quoted if quoted.strip() and text[end + 1 : end + 2] in _AFTER_QUOTED else ""


def _closing(text: str, at: int) -> int:
    """Where the quotation ends that begins at this backtick: a command in it may have backticks of its own.

    One that was cut off goes on to the end of the text; of a backtick that quotes nothing it is the next place.
    """
    marks = [place for place in range(at, len(text)) if text[place] == "`"]
    depth = 0
    for place in marks:
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        opens = place == at or (before in " (=\"'" and after not in " `")
        depth += 1 if opens else -1
        if depth == 0:
            return place
    if len(marks) > 1:
        return marks[1]
    return len(text) if text[at + 1 : at + 2].strip() else at + 1


def _pieces(word: str) -> list[tuple[bool, str]]:
    """A word and what stands around it, and of each whether it may stand as it is."""
    match = _WORD.fullmatch(word)
    before, bare, after = match.groups() if match else ("", word, "")
    # A quotation has several words in it.
    plain = all(_PLAIN.fullmatch(each) and not _LINKED.search(each) for each in bare.split(" "))
    return [each for each in ((True, before), (plain, bare), (True, after)) if each[1]]


def code(text: str) -> str:
    """The whole text as one code span: a name, a digest.  "" where there is none."""
    shown = _printable(text)
    if not shown.strip():
        return ""
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    # One space on each side is taken off again by the reader, and keeps a backtick off the fence.
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def block(text: str, *, indent: str) -> list[str]:
    """Lines of a text as a block of code inside a list item; of many the last are shown, which tell the most."""
    lines = [_printable(line) for line in text.split("\n")]
    if len(lines) > _LINES:
        lines = [f"({len(lines) - _LINES} lines before this)", *lines[-_LINES:]]
    fence = "`" * max(3, *(1 + len(run) for line in lines for run in re.findall("`+", line) or [""]))
    return [f"{indent}{line}" for line in (f"{fence}text", *lines, fence)]


def cell(markdown: str) -> str:
    """What the two above give, fit for a table: there a bar ends the cell, in a code span too."""
    return markdown.replace("|", "\\x7c")


def title(text: str) -> str:
    """A name inside a line of HTML, which Markdown leaves alone up to the next empty line: <summary>."""
    return f"<code>{html.escape(_printable(text))}</code>"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in _cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}…"
