from __future__ import annotations

from dataclasses import replace

import pytest

from imagematrix.model import Result, Severity, exact, not_applicable, unavailable
from imagematrix.probes.stop import Verdict
from tests.verdicts.findings.results import base, one, result, told

DOCKERFILE = 'FROM node:24\nRUN true\nCMD ["npm", "start"]\n'


def stopped(process: str, verdict: Verdict, reason: str = "it ended; do this") -> Result:
    return result(
        exact("stop_pid1", process, method="engine"),
        exact("stop_verdict", verdict.value, method=reason),
        dockerfile=DOCKERFILE,
    )


def test_a_wrapper_that_swallows_the_signal_is_high_whatever_it_is_called() -> None:
    found = one(
        stopped(
            "/launch app", Verdict.SWALLOWED, "'/launch app' did not pass SIGTERM on; start the app itself"
        ),
        "pid1-wrapper",
    )
    assert found.severity is Severity.HIGH
    assert found.text == "PID 1 is not the app but `/launch app`: it did not pass SIGTERM on"
    assert (found.measurement, found.file, found.line) == ("stop_verdict", "d/Dockerfile", 3)


@pytest.mark.parametrize(
    "process",
    [
        "npm start",
        "/bin/sh -c node index.js && true",
        "/bin/bash /entry.sh",
        "node /usr/local/bin/npm start",
        "node --max-old-space-size=100 /opt/yarn/bin/yarn.js start",
        "/usr/local/bin/node /usr/local/lib/node_modules/npm/bin/npm-cli.js start",
        "pm2-runtime index.js",
    ],
)
@pytest.mark.parametrize("verdict", [Verdict.DEFAULT, Verdict.HANDLED])
def test_a_wrapper_that_was_seen_is_told_even_where_the_signal_came_through(
    process: str, verdict: Verdict
) -> None:
    found = one(stopped(process, verdict), "pid1-wrapper")
    assert (found.severity, found.measurement) == (Severity.MEDIUM, "stop_pid1")
    assert found.text.endswith(f"of SIGTERM: {verdict.value}")


@pytest.mark.parametrize(
    "process",
    [
        "node index.js",
        "/nodejs/bin/node index.js",
        "tini -- node index.js",
        "node",
        "node sh/index.js",
        " ",
    ],
)
def test_the_app_or_an_init_as_pid_1_is_in_order(process: str) -> None:
    assert told(stopped(process, Verdict.HANDLED), "pid1-wrapper") == []


def test_where_no_container_was_looked_into_the_command_tells_of_package_managers_alone() -> None:
    unseen = unavailable("stop_verdict", "no node"), unavailable("stop_pid1", "no list")
    entry = exact("entrypoint", ("docker-entrypoint.sh",), method="config")
    npm = result(*unseen, entry, exact("command", ("npm", "start"), method="config"))
    assert one(npm, "pid1-wrapper").measurement == "command"
    shell = result(*unseen, entry, exact("command", ("sh", "-c", "exec node x"), method="config"))
    assert told(shell, "pid1-wrapper") == []
    no_server = (
        not_applicable("stop_verdict", "a command"),
        exact("command", ("npm", "test"), method="config"),
    )
    assert told(result(*no_server), "pid1-wrapper") == []


def test_an_app_that_has_to_be_killed_is_told_with_why() -> None:
    found = one(stopped("node index.js", Verdict.KILLED, "no handler; handle it"), "stop-killed")
    assert found.severity is Severity.MEDIUM
    assert found.text == "on SIGTERM it does not end by itself, and has to be killed: no handler"
    assert found.remedy == "handle it"
    assert "--init" not in found.remedy
    assert told(stopped("node index.js", Verdict.DEFAULT), "stop-killed") == []


def test_the_remedy_is_the_one_that_the_probe_has_for_what_it_saw() -> None:
    reason = (
        "the app got SIGTERM, and had not ended 10 s later; end sooner, or give it longer; measured in run 7"
    )
    found = one(stopped("node index.js", Verdict.KILLED, reason), "stop-killed")
    assert found.text.endswith("has to be killed: the app got SIGTERM, and had not ended 10 s later")
    assert found.remedy == "end sooner, or give it longer"


def test_the_signal_that_was_sent_is_named() -> None:
    killed = stopped("node index.js", Verdict.KILLED, "no handler; handle it")
    npm = stopped("npm start", Verdict.HANDLED)
    sent = exact("stop_signal", "SIGINT", method="image config")
    by_sigint = [replace(r, measurements=(*r.measurements, sent)) for r in (killed, npm)]
    assert one(by_sigint[0], "stop-killed").text.startswith("on SIGINT it does not end")
    wrapper = one(by_sigint[1], "pid1-wrapper")
    assert "of SIGINT: " in wrapper.text
    assert wrapper.remedy.endswith("let it handle SIGINT")


def test_a_wrappers_command_line_may_hold_what_parts_a_reason() -> None:
    reason = (
        "'sh -c node a; true' did not pass SIGTERM on to the app and ended with exit code 1; start the app"
    )
    found = one(stopped("sh -c node a; true", Verdict.SWALLOWED, reason), "pid1-wrapper")
    assert found.text == (
        "PID 1 is not the app but `sh -c node a; true`: it did not pass SIGTERM on to the app "
        "and ended with exit code 1"
    )


@pytest.mark.parametrize("user", ["root", "0", "0:1000", "root:node", "00"])
def test_root_is_root_however_it_is_written(user: str) -> None:
    assert one(result(exact("user", user, method="config")), "runs-as-root").severity is Severity.MEDIUM


@pytest.mark.parametrize("user", ["node", "1000:0", "65532", "nonroot", "rootless"])
def test_others_are_not(user: str) -> None:
    assert told(result(exact("user", user, method="config")), "runs-as-root") == []


@pytest.mark.parametrize(
    ("reference", "user"),
    [
        ("node:24-alpine", "node"),
        ("gcr.io/distroless/nodejs24-debian13", "nonroot"),
        ("mirror.example/node@sha256:abc", "node"),
        ("mynode:1", "65532"),
        ("debian:bookworm", "65532"),
        ("", "65532"),
    ],
)
def test_the_remedy_names_a_user_that_the_base_has(reference: str, user: str) -> None:
    known = (exact("user", "root", method="config"), exact("base", reference, method="diff IDs"))
    found = one(result(*known, dockerfile=DOCKERFILE, bases=[base(reference)]), "runs-as-root")
    assert found.remedy == f"write USER {user} above this line"
    assert found.line == 3


def test_the_remedy_goes_by_what_the_dockerfile_has_and_what_was_tried() -> None:
    root = exact("user", "root", method="config")
    fails = exact("hardening_non_root", "fails", method="EACCES")
    passes = exact("hardening_non_root", "passes", method="200")
    set_here = one(result(root, fails, dockerfile="FROM a\nUSER root\nCMD x\n"), "runs-as-root")
    assert set_here.remedy == "change this to USER 65532, and give that user what the app writes to"
    assert (set_here.line, set_here.text) == (2, "it runs as root; as user 65532 it does not answer")
    nothing = one(result(root, passes, dockerfile="FROM a\nRUN b\n"), "runs-as-root")
    assert (nothing.line, nothing.remedy) == (1, "add USER 65532 at the end of this stage")
    assert nothing.text == "it runs as root, and answers as user 65532 too"
    assert one(result(root), "runs-as-root").file == ""


def test_a_health_check_that_cannot_run_is_high_and_stands_on_its_line() -> None:
    known = (
        exact("healthcheck", "curl -f http://localhost", method="config"),
        exact("healthcheck_can_run", False, method="curl is not in the image"),
        exact("stop_pid1", "/nodejs/bin/node index.js", method="engine"),
    )
    found = one(
        result(*known, dockerfile="FROM a\nHEALTHCHECK CMD curl -f x\nCMD y\n"), "healthcheck-cannot-run"
    )
    assert found.severity is Severity.HIGH
    assert (
        found.text == "the health check `curl -f http://localhost` can never pass: curl is not in the image"
    )
    assert '["/nodejs/bin/node", "healthcheck.js"]' in found.remedy
    assert found.line == 2
    runs = exact("healthcheck_can_run", True, method="it is there")
    assert told(result(runs), "healthcheck-cannot-run") == []
    assert told(result(unavailable("healthcheck_can_run", "no walk")), "healthcheck-cannot-run") == []
