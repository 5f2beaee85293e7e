from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from imagematrix.image.health import health
from imagematrix.image.rights import Amiss
from imagematrix.image.scripts import script
from imagematrix.model import How, Measurement
from tests.image.made_files import by_name, config, file, image, link, program, subject, system

FILES = system(
    program("/bin/sh"),
    program("/bin/bash"),
    program("/usr/bin/on-path"),
    program("/usr/bin/python3.11"),
    program("/usr/bin/perl"),
    program("/usr/local/bin/node"),
    file("/app/check.js"),
    file("/app/check.sh"),
    file("/app/health/index.js"),
    link("/linked.js", "app/check.js"),
    link("/dangling.js", "gone.js"),
)
CONFIG = config(workdir="/app")


def told(*words: str, plain: Sequence[bool] | None = None, moves: bool = False) -> Amiss:
    return script(FILES, CONFIG, words, plain or [True] * len(words), moves=moves)


@pytest.mark.parametrize(
    "words",
    [
        ("node", "check.js"),
        ("node", "./check.js"),
        ("node", "/app/check.js"),
        ("/usr/local/bin/node", "check"),  # as require() finds it
        ("node", "/linked.js"),
        ("node", "--no-warnings", "--max-old-space-size=64", "check.js", "/missing.js"),
        ("node", "-r", "/missing.js", "check.js"),  # what it loads first is no script
        ("node", "--unheard-of", "check.js"),
        ("node", "--", "check.js"),
        ("node", "-e", "/missing.js"),
        ("node", "--eval=a\nb"),
        ("node", "-p", "1"),
        ("node", "-"),
        ("node",),
        ("sh", "check.sh"),
        ("bash", "-eu", "-o", "pipefail", "/app/check.sh"),
        ("python3.11", "-m", "http.client"),
        ("python3", "-uc", "print(1)"),
        ("perl", "-we", "exit 0"),
        ("wget", "/missing.js"),  # no interpreter
    ],
)
def test_a_script_that_is_there_or_none_is_nothing_amiss(words: tuple[str, ...]) -> None:
    assert told(*words) == Amiss()


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("node", "/missing.js"), "/missing.js"),
        (("node", "missing.js"), "/app/missing.js"),
        (("node", "../a/./missing.js"), "/a/missing.js"),
        (("/usr/local/bin/node", "/missing.js"), "/missing.js"),
        (("node", "/dangling.js"), "/dangling.js"),
        (("node", "/app/check.mjs"), "/app/check.mjs"),
        (("node", "--no-warnings", "-r", "/app/check.js", "/missing.js"), "/missing.js"),
        (("node", "--", "-missing.js"), "/app/-missing.js"),
        (("sh", "/missing.sh"), "/missing.sh"),
        (("sh", "check"), "/app/check"),  # no shell puts an ending after it
        (("bash", "-eu", "-o", "pipefail", "missing.sh"), "/app/missing.sh"),
        (("python3", "-u", "-W", "ignore", "/missing.py"), "/missing.py"),
        (("perl", "-w", "/missing.pl"), "/missing.pl"),
        (("node", "/\x1b[2J"), "/\\x1b[2J"),
    ],
)
def test_a_script_that_is_not_there_is_named_by_its_path(words: tuple[str, ...], missing: str) -> None:
    assert told(*words) == Amiss(why_not=f"{missing} is not in the image")


@pytest.mark.parametrize(
    ("words", "doubt"),
    [
        (("node", "--unheard-of", "/missing.js"), "which of its words is the script of `node`"),
        (("perl", "-T", "/missing.pl"), "which of its words is the script of `perl`"),
        (("node", "/app/health"), "what `node` starts in the folder `/app/health`"),
        (("node", "/run/missing.js"), "/run/missing.js is not in the image, but may be put there"),
        (("sh", "/dev/stdin"), "/dev/stdin is not in the image, but may be put there"),
        (("sh", "on-path"), "whether `sh` looks for `on-path` on the PATH"),
        (("/bin/sh", "-ec", "node /missing.js"), "what `/bin/sh` starts in turn"),
        (("sh", "-s"), "what `sh` starts in turn"),
    ],
)
def test_where_it_cannot_be_told_nothing_is_claimed(words: tuple[str, ...], doubt: str) -> None:
    assert told(*words).doubt.startswith(doubt)
    assert not told(*words).why_not


def test_what_a_shell_puts_into_words_and_where_it_goes_is_not_known_before() -> None:
    assert "known only when it runs" in told("node", "$APP", plain=[True, False]).doubt
    assert "known only when it runs" in told("node", "$FLAGS", "x", plain=[True, False, True]).doubt
    assert told("node", "check.js", "$PORT", plain=[True, True, False]) == Amiss()
    assert "known only when it runs" in told("node", "missing.js", moves=True).doubt
    assert told("node", "/missing.js", moves=True).why_not == "/missing.js is not in the image"


@pytest.mark.parametrize("name", ["node", "perl", "python3", "sh"])
@pytest.mark.parametrize("part", ["c", "o", "e", "s", "-", "=", "no-", " ", "\n"])
def test_no_word_takes_long(name: str, part: str) -> None:
    begun = time.process_time()
    for start in ("-", "+", "--", "--no-", "--eval", "--trace-"):
        told(name, start + part * 200_000 + "!")
        told(name, *[start + part] * 1_000)
    assert time.process_time() - begun < 5


def can_run(*healthcheck: str) -> Measurement:
    of = image(runs_as=config(healthcheck=healthcheck, workdir="/app"))
    return by_name(health(subject(FILES, of=of)))["healthcheck_can_run"]


@pytest.mark.parametrize(
    "healthcheck",
    [
        ("CMD", "node", "/missing.js"),
        ("CMD", "sh", "-c", "node /missing.js"),
        ("CMD-SHELL", "node /missing.js || exit 1"),
        ("CMD-SHELL", "cd /tmp && exec node /missing.js"),
        ("CMD-SHELL", "node '/missing.js' | sh check.sh && node /missing.js"),
    ],
)
def test_a_health_check_whose_script_is_missing_cannot_run(healthcheck: tuple[str, ...]) -> None:
    found = can_run(*healthcheck)
    assert (found.how, found.value) == (How.EXACT, False)
    assert found.reason == "/missing.js is not in the image"


def test_a_health_check_in_exec_form_that_starts_what_is_not_looked_into_is_not_said_to_run() -> None:
    for words in (("sh", "-ec", "node /missing.js"), ("node", "/app/health")):
        found = can_run("CMD", *words)
        assert found.how is How.UNAVAILABLE
        assert "is not looked into" in found.reason
    assert can_run("CMD", "node", "check.js").value is True
