from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from imagematrix import archive, settings
from imagematrix.commands import compare as command
from imagematrix.commands.outcome import Outcome, Show
from imagematrix.errors import InputError
from imagematrix.model import Result, RunStatus
from imagematrix.report.console import Look
from imagematrix.settings import Settings
from tests import made
from tests.archive.made_runs import measured
from tests.commands.noticed import Noticed
from tests.verdicts.pairs import grown

OLDEST, OLD, NEW = "20261122T000000Z-000001", "20261123T000000Z-000002", "20261124T000000Z-000003"
Do = Callable[..., Outcome]


@pytest.fixture
def noticed() -> Noticed:
    return Noticed()


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Three runs of one variant; the last is 71.4 MB larger than the two before, and has a second variant."""
    old, new, old_files, new_files = grown()
    old, new = measured(replace(old, listing=old_files)), measured(replace(new, listing=new_files))
    other = replace(made.result("other"), name="kind", label="kind-node22")
    also = replace(made.result("other"), name="kind", label="kind-node24")
    for run_id, of in (
        (OLDEST, (old,)),
        (OLD, (old,)),
        (NEW, (new, replace(old, label="small"), other, also)),
    ):
        archive.open_run(tmp_path / "results", run_id).save(replace(made.run(*of), id=run_id))
    return tmp_path / "results"


@pytest.fixture
def do(results: Path, noticed: Noticed) -> Do:
    def run(*, json: bool = False, dry: bool = False, **flags: object) -> Outcome:
        resolved = settings.resolve({}, {"file": str(results.parent / "variants.yml"), **flags}, {})
        look = Look(width=100, color=False)
        return command.compare(resolved, Show(look=look, json=json, dry=dry, progress=lambda: noticed))

    return run


def told(outcome: Outcome) -> Any:
    assert outcome.exit_code == 0
    return json.loads(outcome.text)


def test_the_latest_run_is_compared_with_the_one_before_down_to_the_file(do: Do) -> None:
    found = told(do(json=True))
    assert (found["old"]["name"], found["new"]["name"]) == (OLD, NEW)
    [pair] = found["pairs"]
    assert pair["files"]["complete"] is True
    assert {"text": "app file /app/big.bin: 30.0 MB new", "bytes": 30_000_000} in pair["causes"]
    assert found["only_new"] == ["small", "kind-node22", "kind-node24"]


def test_the_one_before_is_that_before_the_new_one(do: Do) -> None:
    found = told(do(json=True, new=OLD))
    assert (found["old"]["name"], found["new"]["name"]) == (OLDEST, OLD)


def test_both_runs_may_be_named(do: Do) -> None:
    found = told(do(json=True, old="latest", new="latest~2"))
    assert (found["old"]["name"], found["new"]["name"]) == (NEW, OLDEST)
    assert found["pairs"][0]["figures"][0]["more"] == -71_400_000


def test_the_first_run_has_none_before_it(do: Do) -> None:
    with pytest.raises(InputError, match=f"no run before {OLDEST} has ended and measured") as error:
        do(new=OLDEST)
    assert error.value.exit_code == 2


def test_an_older_run_that_is_damaged_is_passed_over_and_told_of(
    do: Do, results: Path, noticed: Noticed
) -> None:
    (results / OLD / "run.json").write_text("{")
    found = told(do(json=True))
    assert (found["old"]["name"], found["new"]["name"]) == (OLDEST, NEW)
    (line,) = noticed.lines
    assert line.startswith(f"run {OLD} is passed over: not a record")
    with pytest.raises(InputError, match="not a record"):
        do(old=OLD)


def test_runs_that_measured_nothing_are_no_default_and_say_so_where_they_are_named(
    do: Do, results: Path, noticed: Noticed
) -> None:
    """`invoke build` leaves one, and with it all findings would be gone."""
    built, begun = "20261125T000000Z-000004", "20261126T000000Z-000005"
    bare = replace(made.result("app"), measurements=())
    archive.open_run(results, built).save(replace(made.run(bare), id=built))
    archive.open_run(results, begun).save(replace(made.run(status=RunStatus.INTERRUPTED), id=begun))
    assert told(do(json=True))["new"]["name"] == NEW
    assert noticed.lines == []
    do(old=built, new=begun)
    assert [line.partition(":")[0] for line in noticed.lines] == [f"run {begun}", f"run {built}"]
    assert "has not ended" in noticed.lines[0]
    assert "measured nothing" in noticed.lines[1]


@pytest.mark.parametrize(
    ("name", "pairs", "only_new"),
    [("app", ["app"], ["small"]), ("kind", [], ["kind-node22", "kind-node24"]), ("sm*", [], ["small"])],
)
def test_one_variant_of_two_runs(do: Do, name: str, pairs: list[str], only_new: list[str]) -> None:
    found = told(do(json=True, variant=[name], old=OLD))
    assert (found["old"]["name"], found["new"]["name"]) == (OLD, NEW)
    assert ([pair["label"] for pair in found["pairs"]], found["only_new"]) == (pairs, only_new)


def test_two_variants_of_a_run_by_label_or_name(do: Do) -> None:
    found = told(do(json=True, variant=["small", "app"]))
    assert [pair["label"] for pair in found["pairs"]] == ["small to app"]
    assert found["pairs"][0]["figures"][0]["more"] == 71_400_000


@pytest.mark.parametrize(
    ("name", "message"),
    [("nothing", "no variant 'nothing'"), ("kind", "2 rows of variant 'kind'")],
)
def test_a_variant_that_is_none_or_several_is_bad_input(do: Do, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        do(variant=["app", name])
    assert "app, small, kind-node22, kind-node24" in str(error.value)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"variant": ["app", "small", "kind"]}, "3 given, and no more than two are compared"),
        ({"variant": ["nothing"]}, "no variant 'nothing' in runs"),
        ({"image": ["a"]}, "1 given, and two are compared"),
        ({"image": ["a", "b"], "variant": ["app", "small"]}, "--variant was given too"),
        ({"image": ["a", "b"], "old": OLD}, "--old was given too"),
        ({"variant": ["app", "small"], "old": OLD}, "--old names another"),
        ({"format": "pdf"}, "no such format: 'pdf'"),
        ({"format": "markdown", "json": True}, "--json is the format json"),
    ],
)
def test_what_cannot_be_compared_is_bad_input(do: Do, flags: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        do(**flags)


def test_formats(do: Do) -> None:
    assert do().text.startswith(f"old  run {OLD}")
    assert do(format="terminal").text == do().text
    assert do(format="markdown").text.startswith("## Images: what changed")
    assert told(do(format="json")) == told(do(json=True)) == told(do(format="json", json=True))


def test_two_images_are_measured_now_and_their_files_compared(
    do: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, old_files, new_files = grown()

    def measured(given: Settings, _: object) -> list[Result]:
        assert given.images == ("a:1", "b:2")
        return [replace(old, label="a:1", listing=old_files), replace(new, label="b:2", listing=new_files)]

    monkeypatch.setattr(command, "of_engine", measured)
    found = told(do(json=True, image=["a:1", "b:2"]))
    assert (found["old"]["what"], found["new"]["name"]) == ("image", "b:2")
    assert found["pairs"][0]["files"]["rows"][0]["path"] == "/app/big.bin"


def test_a_dry_run_measures_nothing(do: Do) -> None:
    assert do(dry=True, image=["a:1", "b:2"]).text == "would measure a:1, b:2; nothing is touched\n"
    assert told(do(dry=True, json=True, image=["a:1", "b:2"])) == {"would_measure": ["a:1", "b:2"]}
