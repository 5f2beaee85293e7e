"""Budgets that ask for an answer: what keeps them, what breaks them, what leaves them open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.config.budgets import ANSWERS
from imagematrix.image.secrets import NAME as SECRETS
from imagematrix.model import (
    Budget,
    BudgetStatus,
    Finding,
    Measurement,
    Must,
    Result,
    Severity,
    Table,
    exact,
    not_applicable,
    unavailable,
)
from imagematrix.probes.stop import Verdict
from imagematrix.verdicts.budget_answers import CHECKS, answered
from tests import made

KEPT, BROKEN, UNDECIDED = BudgetStatus.KEPT, BudgetStatus.BROKEN, BudgetStatus.UNDECIDED


def told(name: str, *measurements: Measurement, result: Result | None = None) -> tuple[BudgetStatus, str]:
    status, reason, _ = answer(name, *measurements, result=result)
    return status, reason


def answer(
    name: str, *measurements: Measurement, result: Result | None = None
) -> tuple[BudgetStatus, str, tuple[str, ...]]:
    asked = Budget(name=name, text="", measurement=ANSWERS[name], limit=Must(word=""))
    return answered(asked, replace(result or made.result(), measurements=measurements))


def test_every_answer_that_a_matrix_may_ask_for_is_checked() -> None:
    assert set(CHECKS) == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_not_known_is_undecided(name: str) -> None:
    status, reason = told(name)
    assert status is UNDECIDED
    assert reason.endswith(" is not known: this run did not measure it")


def words(name: str, *found: str) -> Measurement:
    return exact(name, found, method="looked for")


@pytest.mark.parametrize("name", ["package_managers", "build_tools", "setuid_files", "dev_dependencies"])
def test_none_means_that_none_is_there(name: str) -> None:
    assert told(name, words(name)) == (KEPT, "none is in it")
    assert told(name, not_applicable(name, "no node_modules")) == (KEPT, "no node_modules")
    assert answer(name, words(name, "/a", "/b")) == (BROKEN, "2 found: /a, /b", ())
    many = tuple(f"/{letter}" for letter in "abcdefg")
    assert answer(name, words(name, *many)) == (BROKEN, "7 found", (*many[:5], "and 2 more"))
    assert answer(name, words(name, *many[:4])) == (BROKEN, "4 found", many[:4])


def test_a_shell_that_starts_is_one() -> None:
    assert answer(
        "shells", words("shells", "bash", "sh"), words("shells_on_disk", "/bin/bash", "/bin/sh")
    ) == (
        BROKEN,
        "bash, sh can be started in it",
        ("/bin/bash", "/bin/sh"),
    )


def test_a_shell_that_merely_lies_there_is_one_too() -> None:
    on_disk = words("shells_on_disk", "/opt/busybox")
    assert told("shells", words("shells"), on_disk) == (BROKEN, "1 found: /opt/busybox")
    assert told("shells", on_disk)[0] is BROKEN  # nothing can be started in an image that is no server


def test_no_shell() -> None:
    assert told("shells", words("shells"), words("shells_on_disk")) == (KEPT, "none is in it")
    status, reason = told("shells", words("shells"), unavailable("shells_on_disk", "no walk"))
    assert (status, reason) == (KEPT, "none can be started; whether one lies on disk is not known")


@pytest.mark.parametrize(
    ("user", "status"),
    [
        ("root", BROKEN),
        ("0", BROKEN),
        ("00", BROKEN),
        ("0:1000", BROKEN),
        ("root:node", BROKEN),
        ("node", KEPT),
        ("65532", KEPT),
        ("1000:0", KEPT),
        ("rooty", KEPT),
    ],
)
def test_root_by_whatever_name(user: str, status: BudgetStatus) -> None:
    found, reason = told("user", exact("user", user, method="config"))
    assert found is status
    assert reason.startswith(f"its user is {user}")


@pytest.mark.parametrize("verdict", Verdict)
def test_only_a_handler_that_ran_to_its_end_is_graceful(verdict: Verdict) -> None:
    status, reason = told("stops", exact("stop_verdict", verdict.value, method="seen"))
    assert (status is KEPT) == (verdict is Verdict.HANDLED)
    assert reason == f"{verdict.value}: seen"


@pytest.mark.parametrize("name", ["stops", "read_only"])
def test_an_image_that_is_no_server_is_not_asked(name: str) -> None:
    no_server = not_applicable("first_response_seconds", "a command, no server", unit="seconds")
    assert told(name, no_server) == (KEPT, "a command, no server")


@pytest.mark.parametrize(("word", "status"), [("passes", KEPT), ("fails", BROKEN)])
def test_a_read_only_root_file_system(word: str, status: BudgetStatus) -> None:
    assert told("read_only", exact("hardening_read_only", word, method="with …: no answer")) == (
        status,
        f"{word} with …: no answer",
    )


def test_a_health_check_is_to_be_there_and_to_run() -> None:
    name = "healthcheck_can_run"
    assert told("health_check", exact(name, True, method="curl is there")) == (KEPT, "curl is there")
    assert told("health_check", exact(name, False, method="curl is not")) == (BROKEN, "curl is not")
    assert told("health_check", not_applicable(name, "sets none")) == (BROKEN, "sets none")


def finding(rule: str) -> Finding:
    return Finding(rule=rule, severity=Severity.HIGH, text=f"{rule}!", remedy="", measurement="addons")


def test_addons_are_judged_by_their_findings() -> None:
    rows = exact("addons", Table(columns=("path",), rows=(("/x.node",),)), method="ELF headers")
    assert told("addons", rows) == (KEPT, "ELF headers")
    assert told("addons", not_applicable("addons", "none there")) == (KEPT, "none there")
    amiss = replace(made.result(), findings=(finding("addon-libc"), finding("root-user")))
    assert answer("addons", rows, result=amiss) == (BROKEN, "1 of them cannot", ("addon-libc!",))


def test_an_end_of_life_that_has_come() -> None:
    version = exact("node_version", "18.20.0", method="")
    end = exact("node_end_of_life", "2025-04-30", method="")
    past = exact("node_past_end_of_life", True, method="held against today")
    assert told("node", version, end, past) == (BROKEN, "the end of life of 18.20.0 has come (2025-04-30)")
    assert told("node", replace(past, value=False)) == (KEPT, "the end of life of what it has has not come")
    assert told("os", not_applicable("os_past_end_of_life", "no os-release")) == (KEPT, "no os-release")


def test_a_secret_is_told_with_its_layer() -> None:
    columns = ("path", "layer", "created_by", "seen", "why")
    rows = (
        ("/app/.env", 2, "COPY /app /", "yes", "its name"),
        ("/root/.npmrc", 0, "", "yes", "its name"),
        ("/a", 9, "", "no", "its name"),
    )
    found = exact("secret_files", Table(columns=columns, rows=rows), method="by name")
    assert answer("secrets", found) == (
        BROKEN,
        "3 found: /app/.env, /root/.npmrc, /a",
        ("file /app/.env of layer `COPY /app /`", "file /root/.npmrc", "file /a"),
    )
    assert told("secrets", exact("secret_files", Table(columns=columns, rows=()), method="")) == (
        KEPT,
        "none is in it",
    )
    assert ANSWERS["secrets"] == SECRETS
