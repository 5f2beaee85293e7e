from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from imagematrix import archive, settings
from imagematrix.commands.findings import findings
from imagematrix.commands.outcome import Outcome, Show
from imagematrix.errors import InputError
from imagematrix.model import Finding, Severity, Table, estimated, exact
from imagematrix.record import finding_json
from imagematrix.report.console import Look
from tests import made

FINDING = Finding(
    rule="headers", severity=Severity.LOW, text="59 MB", remedy="r", measurement="headers_bytes"
)
Told = Callable[..., Outcome]


def _no_progress() -> NoReturn:
    raise AssertionError("nothing goes on here")


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """`findings` with these flags, over one archived run of two variants."""
    run = made.run(replace(made.result("alpine"), findings=(FINDING,)), made.result("alpine-node22"))
    archive.open_run(tmp_path / "results", run.id).save(run)

    def with_flags(*, json: bool = False, **flags: object) -> Outcome:
        show = Show(look=Look(width=100, color=False), json=json, dry=False, progress=_no_progress)
        given = {"file": str(tmp_path / "variants.yml"), **flags}
        return findings(settings.resolve({}, given, environment={}), show)

    return with_flags


def test_the_latest_run_is_shown_and_findings_fail_nothing(told: Told) -> None:
    outcome = told()
    assert outcome.exit_code == 0
    assert outcome.text.startswith("alpine: 1 low\n")
    assert "\nalpine-node22: nothing\n" in outcome.text


def test_json_is_what_the_record_has(told: Told) -> None:
    assert json.loads(told(json=True, variant=("alpine",)).text) == {
        "run": made.run().id,
        "variants": [{"label": "alpine", "findings": [finding_json(FINDING)]}],
    }


@pytest.mark.parametrize(
    ("patterns", "labels"),
    [
        (("*22",), ["alpine-node22"]),
        (("alpine*",), ["alpine", "alpine-node22"]),
        (("*22", "alpine"), ["alpine", "alpine-node22"]),
    ],
)
def test_variants_are_chosen_by_name_or_glob(
    told: Told, patterns: tuple[str, ...], labels: list[str]
) -> None:
    shown = json.loads(told(json=True, variant=patterns).text)
    assert [each["label"] for each in shown["variants"]] == labels


def test_what_is_not_there_is_refused(told: Told) -> None:
    with pytest.raises(InputError, match="has no variant 'distroless'") as caught:
        told(variant=("distroless",))
    assert "it has alpine, alpine-node22" in str(caught.value)
    with pytest.raises(InputError):
        told(run="20200101T000000Z-000000")


def test_a_quick_run_says_what_it_did_not_look_for(tmp_path: Path, told: Told) -> None:
    assert "later layer" not in told().text
    columns = ("path", "layer", "created_by", "seen", "why")
    quick = replace(
        made.result("quick"),
        measurements=(
            exact("shells", (), method="tried"),
            estimated("secret_files", Table(columns=columns, rows=()), method="names"),
        ),
    )
    run = replace(made.run(quick), id="20261125T024000Z-3fa9c1")
    archive.open_run(tmp_path / "results", run.id).save(run)
    assert told(run=run.id).text.count("secrets that a later layer deletes were not looked for: ") == 1
    assert "later layer" not in told(run=run.id, json=True).text
