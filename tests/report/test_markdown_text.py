"""Held against markdown-it, a reader that follows CommonMark, with the tables of GitHub's dialect."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from markdown_it import MarkdownIt

from imagematrix.report.markdown_text import block, cell, code, inert, title
from tests.report.reports import HOSTILE

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def spans(markdown: str) -> list[tuple[str, str]]:
    """(kind, content) of what a line holds."""
    (line,) = [token for token in READER.parse(f"Text {markdown}") if token.type == "inline"]
    return [(each.type, each.content) for each in line.children or []]


def shown(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


@pytest.mark.parametrize(
    "text",
    [
        "runs as root",
        "82.1 MB is 22.1 MB over 60 MB",
        "12.3 MB more to download (1.2 x); starts as fast, within noise",
        "it doesn't stop: SIGTERM is not heard",
        "beyond noise: 5 starts against 5 (p = 0.031), max_own=1",
        "/app/.env, /app/id_ed25519 and /app/snake__case.js",
        "~57.3 MB more to download, against (~66.6 MB)",
        'Grüße — wir wollen das so (siehe „Wiki“), it\'s "fine for now" & done: 5 € → ok',
        "",
    ],
)
def test_plain_sentences_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


def test_words_that_could_be_more_are_code_without_what_stands_around_them() -> None:
    assert inert("file /app/node_modules/@x/y is 3 MB") == "file `/app/node_modules/@x/y` is 3 MB"
    assert inert("see #12, @octocat (www.x.example).") == "see `#12`, `@octocat` (`www.x.example`)."
    assert inert("run <a> && <b> now") == "run `<a> && <b>` now"
    assert inert("_a_b`c@d`e") == "``_a_b`c@d`e``"
    assert inert("of commit 28dec6831aac today") == "of commit `28dec6831aac` today"


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("make", [inert, code])
def test_what_is_read_is_the_text_and_nothing_else(text: str, make: Callable[[str], str]) -> None:
    found = spans(make(text))
    assert {kind for kind, _ in found} <= {"text", "code_inline"}
    read = "".join(content for _, content in found)
    if make is code:
        assert read == f"Text {shown(text)}"
    else:  # backticks that quote are gone, and with them a space that was in them alone
        assert [c for c in read if c not in "` "] == [c for c in f"Text{shown(text)}" if c not in "` "]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_outside_of_code_nothing_is_for_github_to_find(text: str) -> None:
    plain = " ".join(content for kind, content in spans(inert(text)) if kind == "text")
    assert not re.search(r"[@#:<>&$`~*_\[\]|\\]|www\.|//|GH-", plain.replace(": ", " "))


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("make", [inert, code])
def test_a_table_keeps_its_shape(text: str, make: Callable[[str], str]) -> None:
    made = cell(make(text))
    tokens = READER.parse(f"| a | b |\n| :-- | :-- |\n| x {made} | y |\n")
    assert [token.type for token in tokens].count("td_open") == 2
    last = [token for token in tokens if token.type == "inline"][-1]
    assert last.content == "y"


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_title_is_one_line_of_html_with_the_text_in_it(text: str) -> None:
    made = title(text)
    assert "\n" not in made
    inner = made.removeprefix("<code>").removesuffix("</code>")
    assert "<" not in inner
    assert html.unescape(inner) == shown(text)


def test_what_is_in_backticks_is_code() -> None:
    assert inert("PID 1 is `npm start`: it ends") == "PID 1 is `npm start`: it ends"
    assert inert("run `x @y`, `z`") == "run `x @y`, `z`"


@pytest.mark.parametrize(
    "text",
    [
        *("_a b_", "a_ _b", "__init__.py", "x_www.evil.com", "x=www.evil.com", "a_GH-12", "a=28dec6831aac"),
        *("~x~ y", "~~x~~", "&lt;", "R&D;", "x~5~", "a=*b*", "a=<b>", '"x *y* z"'),
    ],
)
def test_what_marks_up_or_is_linked_in_or_beside_plain_letters_is_code(text: str) -> None:
    read = spans(inert(text))
    assert {kind for kind, _ in read} <= {"text", "code_inline"}
    plain = " ".join(content for kind, content in read if kind == "text")
    assert not re.search(r"\b_|_\b|[~*<&]|www|GH-|28dec", plain)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('start the app, as CMD ["node", "index.js"] does, and go', ['["node", "index.js"]']),
        ('PID 1 is sh -c "npm run x && y": it ends', ['"npm run x && y"']),
        ("PID 1 is `echo `date` now`: it ends", ["echo `date` now"]),
        ("PID 1 is `echo `date``, and `b`", ["echo `date`", "b"]),
        ("`a`'s and `b c`", ["a", "b c"]),
        ("(`node --x=`y``)", ["node --x=`y`"]),
        ("it is `npm start --cut o…", ["npm start --cut o…"]),
        ("a ` b", ["`"]),
    ],
)
def test_what_is_quoted_is_one_span_and_whole(text: str, quoted: list[str]) -> None:
    found = [content for kind, content in spans(inert(text)) if kind == "code_inline"]
    assert found == quoted


@pytest.mark.parametrize(
    "foreign",
    [
        *("`x`[l](javascript:alert(1))", "a|`x`[l](javascript:alert(1))", "[l](`x`)", "`a`@octocat"),
        *("'a|`x`[l](javascript:alert(1))'", "'use `npm` @now'", '"`"', "'`\\'` @x'", "a`b", "``x``"),
    ],
)
@pytest.mark.parametrize("sentence", ["{}", "got 200 with body {}", "`npm start` says {}, and `x` ({})"])
def test_backticks_of_what_an_app_said_are_shown(foreign: str, sentence: str) -> None:
    found = spans(inert(sentence.format(foreign, foreign)))
    assert {kind for kind, _ in found} <= {"text", "code_inline"}
    ours = sentence.replace("`", "").format(foreign, foreign)
    assert "".join(content for _, content in found) == f"Text {ours}"


def test_a_quotation_that_is_cut_is_one_span_to_its_end() -> None:
    ((_, before), (kind, quoted)) = spans(inert(f"it is `npm {'x ' * 400}` and more"))
    assert (before, kind) == ("Text it is ", "code_inline")
    assert quoted.startswith("npm x x ")
    assert quoted.endswith(" x x…")


def test_a_code_span_is_longer_than_the_fence_in_it() -> None:
    assert spans(code("`")) == [("text", "Text "), ("code_inline", "`")]
    assert code("") == code(" ") == ""


def test_a_block_is_one_whatever_is_in_it() -> None:
    for text in (*HOSTILE, "````\n```", "x\n" * 100):
        tokens = READER.parse("\n".join(["- a:", "", *block(text, indent="  "), "", "- b"]))
        fences = [token for token in tokens if token.type == "fence"]
        assert len(fences) == 1
        assert len([token for token in tokens if token.type == "list_item_open"]) == 2
        shown_lines = [shown(line) for line in text.split("\n")]
        assert fences[0].content.splitlines()[-1] == shown_lines[-1]
        assert len(fences[0].content.splitlines()) == min(len(shown_lines), 31)


def test_a_text_is_cut_where_it_would_fill_a_page() -> None:
    assert len(inert("x" * 5000)) < 700
