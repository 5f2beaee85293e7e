"""`budgets`, `accept` and `baseline`: read as they are meant, refused where they mean nothing."""

from __future__ import annotations

import re

import pytest

from imagematrix import expectations
from imagematrix.config import load_matrix
from imagematrix.config.budgets import ANSWERS, FIGURES
from imagematrix.config.schema import follow, schema
from imagematrix.errors import InputError
from imagematrix.model import Acceptance, AtMost, AtMostMore, AtMostTimes, Budget, Limit, Must
from imagematrix.probes import hardening, memory, start, stop

from .conftest import MATRIX, Project, line

PROPERTIES = schema()["definitions"]["budgets"]["properties"]


def budgets_of(project: Project, text: str) -> dict[str, tuple[Budget, ...]]:
    return {row.label: row.budgets for row in project.load(text).variants}


def common(*entries: str) -> str:
    """MATRIX with these common budgets, from line 24 on."""
    return MATRIX + "budgets:\n" + "".join(f"  {entry}\n" for entry in entries)


@pytest.mark.parametrize(
    ("name", "written", "limit"),
    [
        ("max_download", "60MB", AtMost(limit=60_000_000)),
        ("max_download", "60 MB", AtMost(limit=60_000_000)),
        ("max_download", "<= 60MB", AtMost(limit=60_000_000)),
        ("max_unpacked", "1.2 GB", AtMost(limit=1_200_000_000)),
        ("max_waste", "500kB", AtMost(limit=500_000)),
        ("max_waste", "0", AtMost(limit=0)),
        ("max_node_modules", "<= 0B", AtMost(limit=0)),
        ("max_own", "912", AtMost(limit=912)),
        ("max_own", "912B", AtMost(limit=912)),
        ("max_own", "1.1TB", AtMost(limit=1_100_000_000_000)),
        ("max_layers", "12", AtMost(limit=12)),
        ("max_start", "500ms", AtMost(limit=0.5)),
        ("max_start", "2s", AtMost(limit=2.0)),
        ("max_stop", "1.5 s", AtMost(limit=1.5)),
        ("max_unpacked", "<= 0.2 x vanilla", AtMostTimes(factor=0.2, variant="vanilla")),
        ("max_start", "2x vanilla", AtMostTimes(factor=2.0, variant="vanilla")),
        ("max_waste", '"+1%"', AtMostMore(percent=1.0, more=0)),
        ("max_waste", "+0.5 %", AtMostMore(percent=0.5, more=0)),
        ("max_waste", '"+5MB"', AtMostMore(percent=0.0, more=5_000_000)),
        # YAML reads these as numbers; what is written counts.
        ("max_waste", "+5", AtMostMore(percent=0.0, more=5)),
        ("max_layers", "+0", AtMostMore(percent=0.0, more=0)),
        ("max_start", "+100ms", AtMostMore(percent=0.0, more=0.1)),
        ("shells", "none", Must(word="none")),
        ("user", "non-root", Must(word="non-root")),
    ],
)
def test_every_way_to_write_a_limit(project: Project, name: str, written: str, limit: Limit) -> None:
    (budget,) = budgets_of(project, common(f"{name}: {written}"))["alpine-node22"]
    measurement = FIGURES.get(name) or ANSWERS[name]
    expected = Budget(name=name, text=written.strip('"'), measurement=measurement, limit=limit)
    assert budget == expected
    assert type(budget.limit) is type(limit)


def test_bytes_are_whole_numbers_whatever_a_float_makes_of_them(project: Project) -> None:
    (budget,) = budgets_of(project, common("max_own: 4.35kB"))["alpine-node22"]
    assert budget.limit == AtMost(limit=4350)  # 4.35 * 1000 is 4350.0 or 4349.999…
    assert isinstance(budget.limit, AtMost)
    assert isinstance(budget.limit.limit, int)


def test_a_variant_s_own_go_over_the_common_ones_key_by_key(project: Project) -> None:
    text = line(18, "    budgets: {max_own: 3MB, shells: none}") + "budgets: {max_waste: 1MB, max_own: 2MB}\n"
    found = budgets_of(project, text)
    assert [(budget.name, budget.text) for budget in found["vanilla-node24"]] == [
        ("max_waste", "1MB"),
        ("max_own", "3MB"),
        ("shells", "none"),
    ]
    assert [(b.name, b.text) for b in found["alpine-node24"]] == [("max_waste", "1MB"), ("max_own", "2MB")]


def test_without_any_there_are_none(project: Project) -> None:
    matrix = project.load()
    assert matrix.baseline == ""
    assert all(row.budgets == () and row.accept == () for row in matrix.variants)


def test_a_common_budget_by_a_variant_is_none_for_that_variant(project: Project) -> None:
    found = budgets_of(project, common("max_own: <= 1 x vanilla"))
    assert {label: bool(own) for label, own in found.items()} == {
        "vanilla-node22": False,
        "vanilla-node24": False,
        "alpine-node22": True,
        "alpine-node24": True,
    }


@pytest.mark.parametrize(
    ("entry", "column", "what"),
    [
        ("max_downlod: 60MB", 3, "unknown key 'max_downlod': did you mean 'max_download'?"),
        ("shell: none", 3, "unknown key 'shell': did you mean 'shells'?"),
        ("max_download: 60 Mb", 17, "'60 Mb' cannot be used here: a limit of bytes is 60MB"),
        ("max_download: 500ms", 17, "'500ms' cannot be used here: a limit of bytes is 60MB"),
        ("max_download: 60MiB", 17, "'60MiB' cannot be used here"),
        ("max_download: 1.5B", 17, "'1.5B' cannot be used here"),
        ("max_download: 1.5", 17, "'1.5' cannot be used here"),
        ("max_download: -5", 17, "'-5' cannot be used here"),
        ("max_download: 0x10", 17, "'0x10' cannot be used here"),
        ("max_download: 1_000", 17, "'1_000' cannot be used here"),
        ("max_download: < 0", 17, "'< 0' cannot be used here"),
        ("max_own: <= -1 x vanilla", 12, "'<= -1 x vanilla' cannot be used here"),
        ("max_own: 0 x vanilla", 12, "'0 x vanilla' cannot be used here: 0 x vanilla is always 0"),
        ("max_own: <= 0.00 x vanilla", 12, "0 x vanilla is always 0"),
        ("max_download: 0", 17, "'0' cannot be used here: it can never be kept"),
        ("max_unpacked: <= 0MB", 17, "'<= 0MB' cannot be used here: it can never be kept"),
        ("max_layers: 0", 15, "it can never be kept"),
        ("max_start: 0ms", 14, "it can never be kept"),
        ("max_stop: 0.0s", 13, "it can never be kept"),
        ("max_memory: 0", 15, "it can never be kept"),
        ("max_download: <= +1%", 17, "'<= +1%' cannot be used here"),
        ("max_download: 20%", 17, "'20%' cannot be used here"),
        ("max_download: 0.2 x", 17, "'0.2 x' cannot be used here"),
        ('max_download: ""', 17, "'' cannot be used here"),
        (f"max_download: +{'9' * 400}%", 17, "'+999999"),
        ("max_start: 60MB", 14, "'60MB' cannot be used here: a limit of time is 500ms or 2s"),
        ("max_start: 2", 14, "'2' cannot be used here: a limit of time is 500ms or 2s"),
        ("max_start: 0.5", 14, "'0.5' cannot be used here: a limit of time is 500ms or 2s"),
        ("max_start: 1:30", 14, "'1:30' cannot be used here"),  # YAML 1.1 reads 90
        ('max_stop: "+10%"', 13, "'+10%' cannot be used here: a limit of the time that stopping takes"),
        ("max_layers: 12MB", 15, "'12MB' cannot be used here: a limit of a count is 12"),
        ("max_layers: [12]", 15, "'budgets.max_layers' must be text or a number, not a list"),
        ("max_layers:", 14, "'budgets.max_layers' has no value"),
        ("max_layers: yes", 15, "yes is read as true or false here: it must be text or a number"),
        ("shells: some", 11, "'budgets.shells' must be 'none', not \"some\""),
        ("shells: []", 11, "'budgets.shells' must be 'none', not a list"),
        ("user: root", 9, "'budgets.user' must be 'non-root', not \"root\""),
        ("max_own: <= 0.2 x vanila", 12, "unknown variant 'vanila': did you mean 'vanilla'?"),
    ],
)
def test_what_is_no_budget_is_refused_at_its_place(
    project: Project, entry: str, column: int, what: str
) -> None:
    where, message, next_step = project.refusal(common(entry))
    assert where == f"variants.yml:24:{column}"
    assert what in message
    assert next_step


def test_a_variant_is_not_held_against_itself(project: Project) -> None:
    where, message, next_step = project.refusal(line(18, "    budgets: {max_own: 2 x vanilla}"))
    assert (where, message) == ("variants.yml:18:24", "'vanilla' is held against itself here")
    assert next_step == "known variants: alpine"


def test_the_row_to_be_held_against_must_be_there(project: Project) -> None:
    text = common("max_own: 2 x vanilla") + 'exclude: [{variant: vanilla, node: "22"}]\n'
    where, message, _ = project.refusal(text)
    assert where == "variants.yml:24:12"
    assert message == "alpine-node22 is held against vanilla here, which has no row with node=22"


def test_acceptances_are_laid_over_the_common_ones_rule_by_rule(project: Project) -> None:
    text = line(18, "    accept: [{rule: a, reason: own}, {rule: c, reason: more}]")
    matrix = project.load(text + "accept: [{rule: a, reason: all}, {rule: b, reason: b too}]\n")
    assert [row.accept for row in matrix.variants[1:3]] == [
        (
            Acceptance(rule="a", reason="own"),
            Acceptance(rule="b", reason="b too"),
            Acceptance(rule="c", reason="more"),
        ),
        (Acceptance(rule="a", reason="all"), Acceptance(rule="b", reason="b too")),
    ]


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (MATRIX + "accept: [{rule: addon}]\n", "23:10", "'accept[0]' lacks the key 'reason'"),
        (MATRIX + "accept: [{rule: addon, reason: ''}]\n", "23:32", "'accept[0].reason' must not be empty"),
        (MATRIX + "accept: [{rule: a, reason: b, why: c}]\n", "23:31", "unknown key 'why'"),
        (MATRIX + "accept: addon\n", "23:9", "'accept' must be a list, not the text 'addon'"),
        (
            MATRIX + "accept: [{rule: a, reason: b}, {rule: a, reason: c}]\n",
            "23:39",
            "the rule 'a' is accepted here twice",
        ),
    ],
)
def test_an_acceptance_names_a_rule_and_a_reason(project: Project, text: str, place: str, what: str) -> None:
    where, message, _ = project.refusal(text)
    assert (where, message.partition(":")[0]) == (f"variants.yml:{place}", what.partition(":")[0])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (MATRIX + "accept: [{rule: addon-lib, reason: b}]\n", "23:17"),
        (line(18, "    accept: [{rule: addon-lib, reason: b}]"), "18:21"),
    ],
)
def test_a_rule_that_there_is_not_is_refused(project: Project, text: str, place: str) -> None:
    assert project.load(text)
    with pytest.raises(InputError) as caught:
        load_matrix(project.file, acceptable=("addon-libc", "root-user"))
    assert caught.value.what == "unknown rule 'addon-lib': did you mean 'addon-libc'?"
    assert caught.value.where == f"{project.file}:{place}"
    assert caught.value.next_step == "known rules: addon-libc, root-user"


def test_the_baseline_is_a_text(project: Project) -> None:
    assert project.load(MATRIX + "baseline: previous\n").baseline == "previous"
    where, message, next_step = project.refusal(MATRIX + "baseline: 1234567\n")
    assert where == "variants.yml:23:11"
    assert "1234567 is read as a number here" in message
    assert next_step == 'put it in quotes: "1234567"'


def test_every_budget_of_the_schema_is_held_against_something_that_is_measured() -> None:
    assert set(PROPERTIES) == {*FIGURES, *ANSWERS}
    measured = {*expectations.NAMES, *start.NAMES, *stop.NAMES, *memory.NAMES, *hardening.NAMES}
    elsewhere = {"addons_loaded", "secret_files"}  # tables, which no matrix can expect
    assert {*FIGURES.values(), *ANSWERS.values()} <= measured | elsewhere


@pytest.mark.parametrize("name", FIGURES)
def test_what_an_editor_suggests_can_be_used(project: Project, name: str) -> None:
    part = follow(PROPERTIES[name])
    assert part["examples"]
    for example in part["examples"]:
        assert re.search(part["pattern"], example)
        assert budgets_of(project, common(f'{name}: "{example}"'))["alpine-node24"]


@pytest.mark.parametrize("name", ANSWERS)
def test_the_one_word_that_an_answer_may_be(project: Project, name: str) -> None:
    (word,) = PROPERTIES[name]["enum"]
    (budget,) = budgets_of(project, common(f"{name}: {word}"))["alpine-node24"]
    assert budget.limit == Must(word=word)
