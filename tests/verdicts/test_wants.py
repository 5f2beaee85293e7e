from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import Finding, Severity, Table, exact, not_applicable
from imagematrix.probes.stop import Verdict
from imagematrix.verdicts import wants
from imagematrix.verdicts.wants import STOPS, Want
from tests import made
from tests.verdicts.advised import variant, without


def told(want: Want, **figures: object) -> tuple[int, str]:
    answer = want.ask(variant("a", **figures))  # type: ignore[arg-type]
    assert answer is not None
    return answer.short, answer.text


def test_a_shell_that_only_lies_on_disk_is_a_shell() -> None:
    assert told(wants.NO_SHELL, shells=(), on_disk=()) == (0, "has no shell")
    assert told(wants.NO_SHELL, shells=(), on_disk=("/bin/busybox",)) == (1, "has a shell (busybox)")
    assert told(wants.NO_SHELL, shells=("sh",), on_disk=("/bin/sh",)) == (1, "has a shell (sh)")


def test_a_shell_to_work_in_runs_and_is_best_bash() -> None:
    assert told(wants.A_SHELL, shells=("bash", "sh")) == (0, "has a shell to run (bash, sh)")
    assert told(wants.A_SHELL, shells=("sh",)) == (1, "has a shell to run (sh)")
    assert told(wants.A_SHELL, shells=(), on_disk=("/bin/busybox",)) == (2, "has no shell to run")


def test_a_long_list_is_cut() -> None:
    files = [f"/usr/bin/{name}" for name in ("a", "b", "c", "d", "e", "f")]
    assert told(wants.NO_SETUID, setuid=files) == (1, "has setuid or setgid files (a, b, c, d and 2 more)")


@pytest.mark.parametrize(
    ("user", "short"), [("root", 1), ("0", 1), ("0:0", 1), ("root:node", 1), ("node", 0), ("65532:0", 0)]
)
def test_root_is_root_by_name_and_by_number(user: str, short: int) -> None:
    assert told(wants.NOT_ROOT, user=user)[0] == short


def test_a_wrong_answer_under_a_restriction_is_named() -> None:
    assert told(wants.HARDENED) == (0, "of the restrictions passes all 1")
    assert told(wants.HARDENED, read_only="fails") == (1, "of the restrictions fails read only")


def test_ends_are_ranked_as_the_probe_calls_them() -> None:
    assert set(STOPS) == {verdict.value for verdict in Verdict}
    assert told(wants.STOPS_WELL, stops=Verdict.HANDLED.value)[0] == 0
    assert told(wants.STOPS_WELL, stops=Verdict.KILLED.value) == (4, "on SIGTERM: had to be killed")


def test_the_signal_that_was_sent_is_named() -> None:
    asked = exact("stop_signal", "SIGINT", method="image config")
    result = variant("a", stops=Verdict.HANDLED.value)
    answer = wants.STOPS_WELL.ask(replace(result, measurements=(*result.measurements, asked)))
    assert answer is not None
    assert answer.text == "on SIGINT: the app's handler ran to its end"


def test_past_the_end_of_life_is_named() -> None:
    assert told(wants.SUPPORTED) == (0, "has a supported Node and system")
    assert told(wants.SUPPORTED, past_end=True) == (1, "has a Node past the end of life")


def test_an_image_without_an_operating_system_has_none_that_ends() -> None:
    result = variant("a")
    os = not_applicable("os_past_end_of_life", "no os-release")
    bare = replace(result, measurements=tuple(os if m.name == os.name else m for m in result.measurements))
    answer = wants.SUPPORTED.ask(bare)
    assert answer is not None
    assert answer.short == 0


def test_addons_are_judged_by_the_findings() -> None:
    finding = Finding(rule="addon-libc", severity=Severity.HIGH, text="", remedy="", measurement="addons")
    broken = wants.ADDONS_FIT.ask(replace(variant("a"), findings=(finding,)))
    accepted = wants.ADDONS_FIT.ask(replace(variant("a"), findings=(replace(finding, accepted="known"),)))
    other = wants.ADDONS_FIT.ask(replace(variant("a"), findings=(replace(finding, measurement="user"),)))
    assert [answer.short for answer in (broken, accepted, other) if answer] == [1, 0, 0]


def test_secret_files_are_named_and_never_shown() -> None:
    rows = (("/root/.npmrc", 2, "COPY . .", "yes", "npm's credentials"),)
    found = exact(
        "secret_files", Table(columns=("path", "layer", "created_by", "seen", "why"), rows=rows), method=""
    )
    result = variant("a")
    holds = replace(
        result, measurements=tuple(found if m.name == found.name else m for m in result.measurements)
    )
    answer = wants.NO_SECRETS.ask(holds)
    assert answer is not None
    assert (answer.short, answer.text) == (1, "has files that look like secrets (.npmrc)")


@pytest.mark.parametrize(
    ("want", "names"),
    [
        (wants.SUPPORTED, ["node_past_end_of_life"]),
        (wants.NO_SECRETS, ["secret_files"]),
        (wants.NO_SHELL, ["shells", "shells_on_disk"]),
        (wants.A_SHELL, ["shells"]),
        (wants.NO_PACKAGE_MANAGER, ["package_managers"]),
        (wants.NO_SETUID, ["setuid_files"]),
        (wants.NOT_ROOT, ["user"]),
        (wants.HARDENED, ["hardening_read_only"]),
        (wants.STOPS_WELL, ["stop_verdict"]),
        (wants.BUILD_TOOLS, ["build_tools"]),
        (wants.GLIBC, ["libc"]),
        (wants.ADDONS_FIT, ["addons"]),
    ],
)
def test_what_was_not_measured_has_no_answer(want: Want, names: list[str]) -> None:
    result = variant("a")
    assert want.ask(result) is not None
    for name in names:
        result = without(result, name)
    assert want.ask(result) is None
    assert want.ask(replace(made.result(), measurements=())) is None
