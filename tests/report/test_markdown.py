from __future__ import annotations

import re
from dataclasses import replace

from markdown_it import MarkdownIt

from imagematrix.model import BudgetStatus, Report, Result, Status, estimated, exact
from imagematrix.report.markdown import markdown
from tests import made
from tests.report.reports import BROKEN, FINDING, HOSTILE, KEPT, full, planted

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What the page itself has of HTML; all that is planted must be beside it.
OWN_HTML = re.compile(r"<details><summary>[^<>]*(?:<code>[^<>]*</code>)?[^<>]*</summary>|</details>")


def report_of(*results: Result) -> Report:
    return replace(full(), run=made.run(*results))


def rows(text: str) -> list[list[str]]:
    table = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def row_of(text: str, label: str) -> dict[str, str]:
    first, *others = rows(text)
    (row,) = [row for row in others if row[0].startswith(f"`{label}`") and len(row) == len(first)]
    return dict(zip(first, row, strict=True))


def test_the_verdict_comes_first_and_then_the_rest_in_order() -> None:
    text = markdown(full())
    assert text.splitlines()[0] == "## Images of shop: failed"
    marks = (
        "1 passed, 2 failed, 1 skipped in 34.5 s",
        "| variant |",
        "### Budgets",
        "### Findings",
        "### Which",
    )
    places = [text.index(mark) for mark in (*marks, "The set on one host")]
    assert places == sorted(places)


def test_what_failed_is_told_with_its_reason() -> None:
    text = markdown(full())
    assert "- `broken` **failed**: smoke: expected status 200, got 500" in text
    assert "- `lost` skipped: base: no registry" in text


def test_a_reason_with_a_log_is_a_block_of_code() -> None:
    log = "build: `x` failed\n    | ```\n    | </details> @octocat"
    result = replace(made.result(status=Status.FAILED, reason=log), label="odd")
    tokens = READER.parse(markdown(report_of(result, made.result())))
    (block,) = [token for token in tokens if token.type == "fence"]
    assert block.content == f"{log}\n"
    assert [t.type for t in tokens if t.type == "html_block" and "octocat" in t.content] == []
    assert [token.type for token in tokens].count("table_open") == 2


def test_the_table_has_a_row_a_variant() -> None:
    row = row_of(markdown(full()), "alpine")
    assert row == {
        "variant": "`alpine` on `node:24-alpine` (stand-in)",
        "verdict": "passed",
        "unpacked": "62.0 MB",
        "download": "unavailable",
        "start-up": "~183 ms",
        "memory": "-",
        "layers": "2",
        "shells": "sh",
        "libc": "musl 1.2.5",
        "user": "-",
    }


def test_an_estimate_is_marked() -> None:
    result = made.result()
    figures = (estimated("download_bytes", 57_300_000, unit="bytes", method="a sample"),)
    assert (
        row_of(markdown(report_of(replace(result, measurements=figures))), "alpine")["download"] == "~57.3 MB"
    )


def test_stand_ins_are_explained_where_there_are_any() -> None:
    assert "(stand-in): on no registry's image" in markdown(full())
    assert "stand-in" not in markdown(replace(report_of(replace(made.result(), bases=())), advice=()))


def test_budgets_that_are_not_kept_are_told_with_their_causes_and_the_kept_are_folded() -> None:
    text = markdown(full())
    assert "### Budgets: 2 kept, 1 broken\n" in text
    assert "- `vanilla` `shells: none` **broken**: there is sh\n  - from file /bin/sh: 1.0 MB\n" in text
    assert text.index("**broken**") < text.index("<summary>2 kept</summary>")
    kept = report_of(replace(made.result(), budgets=(KEPT,)))
    assert "### Budgets: 1 kept\n" in markdown(kept)


def test_a_budget_that_could_not_be_held_is_told_with_why_once_for_all_variants() -> None:
    open_ = replace(KEPT, status=BudgetStatus.NOT_HELD, reason="nothing to hold it against yet: no run")
    text = markdown(report_of(*(replace(made.result(f"v{n}"), budgets=(KEPT, open_)) for n in range(6))))
    assert "### Budgets: 6 kept, 6 not held\n" in text
    assert (
        "- `v0, v1, v2, v3 and 2 more` `max_download: 60MB` **not held**: "
        "nothing to hold it against yet: no run\n"
    ) in text
    assert text.index("**not held**") < text.index("<details>")


def test_what_an_earlier_run_measured_is_marked_and_the_mark_explained() -> None:
    figures = (
        exact("start_seconds", 0.111, unit="seconds", method="m"),
        exact("memory_idle_bytes", 20_000_000, unit="bytes", method="m"),
    )
    own = replace(made.result("own"), measurements=figures)
    taken = replace(own, label="taken", measurements=tuple(each.taken_over("r1@x") for each in figures))
    lines = markdown(report_of(own, taken)).splitlines()
    assert "| 111 ms | 20.0 MB |" in next(line for line in lines if line.startswith("| `own`"))
    assert "| 111 ms* | 20.0 MB* |" in next(line for line in lines if line.startswith("| `taken`"))
    assert any(line.startswith("\\* measured in run `r1@x`: image, engine") for line in lines)
    assert "measured in run" not in markdown(report_of(own))


def test_of_many_causes_those_are_told_that_the_verdict_has_and_its_count_of_the_others() -> None:
    many = replace(BROKEN, causes=(*(f"file number {n}" for n in range(5)), "and 100 more"))
    text = markdown(report_of(replace(made.result(), budgets=(many,))))
    assert "  - from file number 4\n  - and 100 more\n" in text
    assert "and 1 more" not in text


def test_findings_are_folded_by_variant_with_place_remedy_and_acceptance() -> None:
    text = markdown(full())
    assert "### Findings: 2 high, 1 accepted" in text
    assert "<details><summary><code>alpine</code>: 2</summary>" in text
    assert "- **high** `runs-as-root` `dockerfiles/alpine.Dockerfile:7`: runs as root\n" in text
    assert "  - Remedy: add USER node\n" in text
    assert "  - Accepted: it goes with the next release\n" in text


def test_advice_tells_whom_it_is_for_and_what_it_costs() -> None:
    text = markdown(full())
    assert "- For production and security: **`alpine`**. It is the only one that passed." in text
    folded = text.partition("<code>production and security</code></summary>")[2].partition("</details>")[0]
    assert folded.split("\n")[2:-2] == [
        "- Wanted: It asks for no shell, then for little to download.",
        "- It costs: musl instead of glibc",
        "- Against `vanilla`, which is out: it failed",
        "- Doubt: on a stand-in base",
    ]


def test_a_run_of_nothing_but_figures_has_no_empty_parts() -> None:
    text = markdown(replace(report_of(made.result()), advice=()))
    assert "###" not in text
    assert "<details>" not in text, "one image is no set"


def test_hostile_text_in_every_place_is_inert() -> None:
    for planted_text in HOSTILE:
        tokens = READER.parse(markdown(planted(planted_text)))
        blocks = {token.type for token in tokens}
        assert blocks <= {
            *("heading_open", "heading_close", "inline", "paragraph_open", "paragraph_close"),
            *("table_open", "thead_open", "tr_open", "th_open", "th_close", "tr_close", "thead_close"),
            *("tbody_open", "td_open", "td_close", "tbody_close", "table_close", "html_block"),
            *("bullet_list_open", "list_item_open", "list_item_close", "bullet_list_close"),
            "fence",
        }
        for token in tokens:
            if token.type == "html_block":
                assert OWN_HTML.fullmatch(token.content.strip()), token.content
            for span in token.children or []:
                assert span.type in ("text", "code_inline", "strong_open", "strong_close"), span
        cells = [token.type for token in tokens].count("td_open")
        clean = [token.type for token in READER.parse(markdown(full()))].count("td_open")
        assert cells == clean


def test_the_page_of_any_run_is_under_a_megabyte() -> None:
    long = replace(FINDING, text="@x " * 5000, remedy="é" * 9000, file="x" * 9000)
    over = replace(BROKEN, reason="y " * 9000)
    results = [replace(made.result(f"v{n}"), findings=(long,) * 50, budgets=(over,) * 9) for n in range(20)]
    text = markdown(replace(full(), run=made.run(*results)))
    assert len(text.encode()) < 1_000_000
    assert "and left out: findings. The record has it." in text
    assert text.startswith("## Images of the matrix: passed\n")
    assert "### Budgets: 180 broken\n" in text
