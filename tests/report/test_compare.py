from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from imagematrix.model import Result
from imagematrix.model.difference import AnswerDifference, Comparison
from imagematrix.report import compare_words as words
from imagematrix.report.compare import comparison_view
from imagematrix.report.compare_json import comparison_json
from imagematrix.report.compare_markdown import comparison_markdown
from imagematrix.report.console import ENDLESS, Look
from imagematrix.verdicts.compare import compare, compare_images
from tests import made
from tests.report.compared import NEW_ID, full, planted
from tests.report.reports import HOSTILE
from tests.verdicts.pairs import BASE, answer, dpkg, layer, result

PLAIN = Look(width=160, color=False)


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip() and "─" not in line]


def test_the_sides_come_first_and_then_the_table_and_the_notes() -> None:
    told = lines(comparison_view(full(), look=PLAIN))
    assert told[:5] == [
        "old run 20261124T024000Z-3fa9c1 2026-11-24 02:40:00 UTC, revision aaaaaaaaa",
        f"new run {NEW_ID} 2026-11-24 02:40:00 UTC, revision aaaaaaaaa, tag v2",
        "variant unpacked change download change start-up besides",
        "app 133 MB +71.4 MB +115.2% - - 320 ms slower 2 answers, 1 finding new, 1 finding gone, 2 budgets broken",
        "same 60.0 MB same - - -",
    ]
    assert told[5].startswith("! no image that has not changed was timed in both runs")
    assert told[6].startswith("! stand-in bases")
    assert told[7:10] == ["only in the old: before", "only in the new: after", "no difference: same"]


def test_each_kind_of_difference_is_told_in_full() -> None:
    told = lines(comparison_view(full(), look=PLAIN))
    for line in (
        "app +71.4 MB unpacked (+115.2%)",
        "+ layer `RUN chmod -R a+rx /usr/bin`: 40.0 MB new "
        "(as many bytes as the 1 file of /usr/bin: /usr/bin/node 40.0 MB)",
        "+ app file /app/big.bin: 30.0 MB new",
        "+ package lodash 4.17.21: 1.40 MB new",
        "unpacked 62.0 MB 133 MB +71.4 MB +115.2%",
        "app 5 B 7 B +2 B +40.0%",
        "start-up 220 ms 320 ms slower medians +45%, p 0.0079, 5 and 5 measurements",
        "max_download: 60MB kept broken 12 MB over",
        "shells: none not set broken there is sh",
        "new high waste chmod copied 40 MB",
        "gone high runs-as-root runs as root",
        "shells -bash",
        "user root -> node",
        "layers 1 layer kept, 60.0 MB",
        "rebuilt 2.00 MB 33.4 MB +31.4 MB own COPY . .",
        "new - 40.0 MB +40.0 MB own RUN chmod -R a+rx /usr/bin",
        "npm lodash - 4.17.21 +1.40 MB",
        "dpkg bash 5.2 5.3 same",
        "new - 30.0 MB +30.0 MB app /app/big.bin",
        "? not measured in the new: download (this run did not measure it)",
    ):
        assert line in told, line
    assert any(line.startswith("times and memory: changed is said only where") for line in told)


def test_what_is_less_has_the_other_sign() -> None:
    old = result("x", "a", (BASE, layer("2", 5_000_000, "RUN x")))
    new = result("x", "b", (BASE,))
    told = lines(comparison_view(of(old, new), look=PLAIN))
    assert "x 60.0 MB -5.00 MB -7.7% - - -" in told
    assert "- layer `RUN x`: 5.00 MB gone" in told


def of(old: Result, new: Result) -> Comparison:
    return compare(made.run(old), replace(made.run(new), id=NEW_ID), lambda _: None)


def test_runs_that_are_the_same_say_so_and_no_more() -> None:
    text = comparison_view(of(result("x", "a", (BASE,)), result("x", "a", (BASE,))), look=PLAIN)
    assert lines(text)[-1] == "no difference: x"


def test_runs_without_a_variant_in_common_have_no_table() -> None:
    found = compare(
        made.run(made.result("a")), replace(made.run(made.result("b")), id=NEW_ID), lambda _: None
    )
    told = lines(comparison_view(found, look=PLAIN))
    assert told[-2:] == ["only in the old: a", "only in the new: b"]
    assert not any(line.startswith("variant") for line in told)


@pytest.mark.parametrize("width", [80, 120, 200])
def test_it_fits_the_terminal(width: int) -> None:
    text = comparison_view(full(), look=Look(width=width, color=False))
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text, "nothing is cut off"
    assert "+71.4 MB" in text


def test_what_the_table_has_no_room_for_stands_below_it() -> None:
    besides = "2 answers, 1 finding new, 1 finding gone, 2 budgets broken"
    narrow = lines(comparison_view(full(), look=Look(width=80, color=False)))
    assert f"app: {besides}" in narrow
    assert "besides" not in narrow[2]
    assert f"app: {besides}" not in lines(comparison_view(full(), look=PLAIN))


def test_a_pipe_has_each_cause_on_one_line() -> None:
    told = lines(comparison_view(full(), look=Look(width=ENDLESS, color=False)))
    for cause in full().pairs[0].differences.causes:
        assert f"+ {cause.text}" in told


def test_names_of_measurements_are_words() -> None:
    text = comparison_view(full(), look=PLAIN)
    assert not re.search(r"\w+_(bytes|seconds)\b", text), "no key of a record among words"


def test_budgets_are_counted_by_how_they_have_come_to_stand() -> None:
    [pair, _] = full().pairs
    ends = (
        ("kept", "kept"),
        ("not set", "kept"),
        ("kept", "not set"),
        ("broken", "kept"),
        ("kept", "undecided"),
        ("not set", "broken"),
        ("undecided", "broken"),
        ("broken", "broken"),
        ("undecided", "undecided"),
    )
    budgets = [replace(pair.budgets[0], old=old, new=new) for old, new in ends]
    told = [words.besides(replace(pair, budgets=(each,), findings=(), answers=())) for each in budgets]
    changed = ["1 budget kept again", "1 budget undecided", "1 budget broken", "1 budget broken"]
    assert told == ["", "", "", *changed, "", ""]  # those that stand as before are told below


def test_what_both_did_not_measure_is_not_said_to_be_the_same() -> None:
    old = result("x", "a", (BASE,), (answer("waste_bytes", 1, unit="bytes"),))
    told = lines(comparison_view(of(old, result("x", "a", (BASE,))), look=PLAIN))
    assert told[-1] == "no difference in what both measured: x"


def test_many_files_are_cut_and_the_rest_counted() -> None:
    old = result("x", "a", (BASE,))
    packages = tuple((f"p{n}", "1") for n in range(30))
    found = of(
        replace(old, measurements=(dpkg(("a", "1")),)),
        replace(old, measurements=(dpkg(("a", "1"), *packages),)),
    )
    told = lines(comparison_view(found, look=PLAIN))
    assert "packages 30 new" in told
    assert "and 18 more packages; --json has them all" in told


def test_colour_only_where_it_is_wanted_and_never_alone() -> None:
    coloured = comparison_view(full(), look=replace(PLAIN, color=True))
    assert "\x1b[31m+71.4 MB" in coloured
    assert "\x1b" not in comparison_view(full(), look=PLAIN)


def test_hostile_text_does_nothing_on_a_terminal() -> None:
    for text in HOSTILE:
        shown = comparison_view(planted(text), look=PLAIN)
        assert not set(shown) & set("\x00\x1b\x7f\x9b\u202e")
        shown.encode()


def test_the_json_has_bytes_as_whole_numbers_and_reasons_for_what_is_not_there() -> None:
    told: Any = json.loads(json.dumps(comparison_json(full())))
    [pair, same] = told["pairs"]
    assert told["schema_version"] == 1
    assert (told["old"]["name"], told["only_old"], told["only_new"]) == (
        "20261124T024000Z-3fa9c1",
        ["before"],
        ["after"],
    )
    assert pair["causes"][0] == {
        "text": "layer `RUN chmod -R a+rx /usr/bin`: 40.0 MB new "
        "(as many bytes as the 1 file of /usr/bin: /usr/bin/node 40.0 MB)",
        "bytes": 40_000_000,
    }
    figures = {each["name"]: each for each in pair["figures"]}
    assert figures["unpacked_bytes"]["more"] == 71_400_000
    assert figures["download_bytes"]["unknown"] == "this run did not measure it"
    assert "value" not in figures["download_bytes"]["new"]
    assert pair["files"]["complete"] is True
    assert pair["files"]["rows"][0] == {
        "path": "/app/big.bin",
        "origin": "app",
        "change": "new",
        "old_bytes": 0,
        "new_bytes": 30_000_000,
        "more_bytes": 30_000_000,
    }
    assert [each["more_bytes"] for each in pair["layers"]] == [0, 31_400_000, 40_000_000]
    packages = {each["name"]: each for each in pair["packages"]}
    assert packages["lodash"]["more_bytes"] == 1_400_000
    assert packages["bash"]["unknown"] == "its database is read for names and versions alone"
    assert packages["bash"]["new_versions"] == ["5.3"]
    assert pair["noisy"][0]["verdict"] == "more"
    assert pair["answers"][0]["removed"] == ["bash"]
    assert [each["change"] for each in pair["findings"]] == ["new", "gone"]
    assert [each["new"] for each in pair["budgets"]] == ["broken", "broken"]
    assert pair["not_measured"] == [
        {"names": ["download_bytes"], "missing": "new", "reason": "this run did not measure it"}
    ]
    assert same["files"] == {"unknown": "this run did not measure it"}
    assert same["same_image"] is True


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("passed", "failed: build: x", "passed, now failed"),
        ("failed: build: x", "failed: smoke: y", "failed in both"),
    ],
)
def test_how_a_variant_ended_is_told_once_where_it_did_alike(old: str, new: str, told: str) -> None:
    ended = AnswerDifference(name="status", old=old, new=new, added=(), removed=())
    pair = replace(full().pairs[0], answers=(ended,), findings=(), budgets=())
    assert words.besides(pair) == told


def test_images_that_are_named_by_their_digests_are_told_by_a_few_digits_and_whole_to_machines() -> None:
    old, new = (result(made.digest(each), each, (BASE,)) for each in "ab")
    found = compare_images(old, new)
    told = comparison_view(found, look=PLAIN)
    assert lines(told)[:2] == ["old image sha256:aaaaaaaaaaaa", "new image sha256:bbbbbbbbbbbb"]
    assert "sha256:aaaaaaaaaaaa to sha256:bbbbbbbbbbbb 60.0 MB same" in " ".join(lines(told))
    for shown in (told, comparison_markdown(found)):
        assert "a" * 13 not in shown
    whole = comparison_json(found)
    assert whole["old"]["name"] == made.digest("a")
    assert whole["pairs"][0]["label"] == f"{made.digest('a')} to {made.digest('b')}"
