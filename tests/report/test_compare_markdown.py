from __future__ import annotations

import re
from dataclasses import replace

from markdown_it import MarkdownIt

from imagematrix.report.compare_markdown import comparison_markdown
from tests.report.compared import NEW_ID, full, planted
from tests.report.reports import HOSTILE

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OWN_HTML = re.compile(r"<details><summary><code>[^<>]*</code>[^<>]*</summary>|</details>")


def test_the_table_comes_first_and_details_are_folded() -> None:
    text = comparison_markdown(full())
    assert text.splitlines()[0] == "## Images: what changed, run against run"
    assert text.splitlines()[2].startswith("| variant |")
    assert (
        "| `app` | 133 MB | **+71.4 MB** (+115.2%) | - | - | 320 ms, **slower** "
        "| 2 answers, 1 finding new, 1 finding gone, 2 budgets broken |"
    ) in text
    assert "| `same` | 60.0 MB | same | - | - | - | no difference |" in text
    assert f"- new: run `{NEW_ID}`" in text
    assert "- only in the old: before" in text
    assert text.index("- **+** app file /app/big.bin: 30.0 MB new") < text.index("<details>")
    assert text.index("**broken**: 12 MB over") < text.index("<details>")
    assert text.count("<details>") == text.count("</details>") == 1


def test_everything_that_differs_is_in_the_fold() -> None:
    fold = comparison_markdown(full()).partition("<details>")[2]
    for line in (
        "| unpacked | 62.0 MB | 133 MB | +71.4 MB | +115.2% |",
        "| start-up | 220 ms | 320 ms | slower | medians +45%, p 0.0079, 5 and 5 measurements |",
        "| app | 5 B | 7 B | +2 B |",
        "| new | - | 40.0 MB | +40.0 MB | own | `RUN chmod -R a+rx /usr/bin` |",
        "| npm | `lodash` | - | `4.17.21` | +1.40 MB |",
        "| dpkg | `bash` | `5.2` | `5.3` | same |",
        "| new | - | 30.0 MB | +30.0 MB | app | `/app/big.bin` |",
        "| user | `root` | `node` |",
        "- finding new: **high** `waste` chmod copied 40 MB",
    ):
        assert line in fold, line


def test_signs_make_no_list_of_their_own() -> None:
    depth = 0
    for token in READER.parse(comparison_markdown(full())):
        depth += (token.type == "bullet_list_open") - (token.type == "bullet_list_close")
        assert depth <= 1


def test_hostile_text_in_every_place_is_inert() -> None:
    clean = [token.type for token in READER.parse(comparison_markdown(full()))].count("td_open")
    for text in HOSTILE:
        tokens = READER.parse(comparison_markdown(planted(text)))
        for token in tokens:
            assert token.type not in ("fence", "code_block", "blockquote_open", "hr", "ordered_list_open")
            if token.type == "html_block":
                assert OWN_HTML.fullmatch(token.content.strip()), token.content
            for span in token.children or []:
                own = span.type == "html_inline" and span.content in ("<sub>", "</sub>")
                assert own or span.type in ("text", "code_inline", "strong_open", "strong_close", "softbreak")
        assert [token.type for token in tokens].count("td_open") == clean


def test_what_does_not_fit_a_comment_is_left_out_and_that_is_said() -> None:
    found = full()
    many = replace(found, pairs=tuple(replace(found.pairs[0], label=f"v{n}") for n in range(200)))
    text = comparison_markdown(many)
    assert len(text) < 65_536
    assert "Too long for this page, and left out: the details of " in text
    assert "`v199`" in text
