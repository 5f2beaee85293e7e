from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator

import pytest

from imagematrix.image.files import FileSystem
from imagematrix.image.health import health
from imagematrix.model import How, Measurement
from tests.image.made_files import by_name, config, file, image, link, program, subject, system

SLIM = system(
    program("/usr/bin/dash"),
    link("/bin", "usr/bin"),
    link("/usr/bin/sh", "dash"),
    program("/usr/bin/grep"),
    program("/usr/bin/timeout"),
    program("/usr/local/bin/node"),
    program("/app/check.sh"),
    *(file(f"/app/{name}") for name in ("a", "check.js", "x", "y")),
)
DISTROLESS = system(program("/nodejs/bin/node"), file("/app/index.js"), file("/app/check.js"))


def found_in(files: FileSystem, *healthcheck: str) -> dict[str, Measurement]:
    of = image(runs_as=config(healthcheck=healthcheck, workdir="/app"))
    return by_name(health(subject(files, of=of)))


def line(text: str) -> Measurement:
    return found_in(SLIM, "CMD-SHELL", text)["healthcheck_can_run"]


@pytest.mark.parametrize("healthcheck", [(), ("NONE",)])
def test_no_health_check_is_an_answer(healthcheck: tuple[str, ...]) -> None:
    found = found_in(SLIM, *healthcheck)
    assert found["healthcheck"].how is found["healthcheck_can_run"].how is How.NOT_APPLICABLE


def test_the_health_check_is_told_as_it_would_be_typed() -> None:
    assert found_in(SLIM, "CMD", "node", "a b.js")["healthcheck"].value == "node 'a b.js'"
    assert found_in(SLIM, "CMD-SHELL", "node x || exit 1")["healthcheck"].value == "node x || exit 1"


@pytest.mark.parametrize(
    ("files", "words", "missing"),
    [
        (SLIM, ("node", "check.js"), ""),
        (SLIM, ("curl", "-f", "http://localhost"), "curl"),
        (SLIM, ("curl", "||", "node"), "curl"),  # no shell reads it
        (SLIM, ("./check.sh",), ""),
        (SLIM, ("/usr/local/bin/node",), ""),
        (SLIM, ("[", "-f", "x", "]"), "["),  # nor has it built anything in
        (SLIM, ("sh", "check.sh"), ""),
        (DISTROLESS, ("node", "check.js"), "node"),
        (DISTROLESS, ("/nodejs/bin/node", "check.js"), ""),
        (DISTROLESS, ("/app/index.js",), "/app/index.js"),  # there, but nobody may run it
    ],
)
def test_a_command_without_a_shell_can_run_where_its_program_is(
    files: FileSystem, words: tuple[str, ...], missing: str
) -> None:
    can_run = found_in(files, "CMD", *words)["healthcheck_can_run"]
    assert (can_run.how, can_run.value) == (How.EXACT, not missing)
    assert can_run.reason.startswith(f"{missing} is not" if missing else "the program")


def test_a_line_needs_a_shell() -> None:
    can_run = found_in(DISTROLESS, "CMD-SHELL", "/nodejs/bin/node check.js")["healthcheck_can_run"]
    assert (can_run.value, can_run.reason) == (False, "/bin/sh is not in the image")


@pytest.mark.parametrize(
    "text",
    [
        "node check.js || exit 1",
        "node a | grep -q ok > /dev/null 2>&1",
        "[ -f /ready ] && test -f /x",
        "exec node check.js",
        "A=1 node check.js; exit $?",
        "echo 'curl; wget'; printf %s \"|| curl\" # or curl",
        "node -e \"require('http').get('http://localhost:$PORT', r => process.exit(r.statusCode === 200 ? 0 : 1))\"",
        "cd /tmp && /app/check.sh",
        "./check.sh",
        "sh check.sh",
        "</dev/tcp/localhost/3000",
    ],
)
def test_a_line_can_run_where_every_program_that_it_names_is_there(text: str) -> None:
    can_run = line(text)
    assert (can_run.how, can_run.value) == (How.EXACT, True), can_run.reason


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("curl -f http://localhost/ || exit 1", "curl"),
        ("A=1 wget;exit 1", "wget"),
        ("wget -q x || curl x", "wget"),
        ("node x && curl y", "curl"),
        ("node x | jq -e .ok", "jq"),
        ("curl -f http://$(hostname)/ || exit 1", "curl"),
        ("command -v curl && curl x", "curl"),
        ("exec curl -f x", "curl"),
        ("cd /tmp && curl -f x", "curl"),
        ("! node x && curl y", "curl"),
    ],
)
def test_a_line_that_cannot_succeed_without_what_is_missing_cannot_run(text: str, missing: str) -> None:
    can_run = line(text)
    assert (can_run.how, can_run.value) == (How.EXACT, False)
    assert can_run.reason == f"{missing} is not in the image"
    as_exec = found_in(SLIM, "CMD", "sh", "-c", text)["healthcheck_can_run"]
    assert as_exec == can_run


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("exit 0; curl x", "curl is not in the image"),
        ("node x || curl y", "curl is not in the image"),
        ("wget x || node y", "wget is not in the image"),
        ("curl x || true", "curl is not in the image"),
        ("curl x; exit 0", "curl is not in the image"),
        ("curl x; echo done", "curl is not in the image"),
        ("curl x | grep -v down", "curl is not in the image"),
        ("! curl x", "curl is not in the image"),
        ("curl x || exit 256", "curl is not in the image"),
        ('"$PROBE" x', "what `$PROBE` starts is known only when it runs"),
        ("$PROBE || curl x", "what `$PROBE` starts is known only when it runs"),
        ("eval curl x", "what `eval` starts is known only when it runs"),
        ("trap 'exit 0' EXIT; curl x", "what `trap` starts is known only when it runs"),
        ("node $(cat file)", "what its `$(…)` starts is not looked into"),
        ("timeout 3 curl x", "what `timeout` starts in turn is not looked into"),
        ("sh -c 'curl x'", "what `sh` starts in turn is not looked into"),
        ("cd /opt && node check.js", "where `check.js` lies is known only when it runs"),
        ("node $APP/check.js", "which script `node` is given is known only when it runs"),
        ("exec $PROBE", "what `$PROBE` starts is known only when it runs"),
        ("node /missing.js || true", "/missing.js is not in the image"),
        ("cd bin && ./check.sh", "where `./check.sh` lies is known only when it runs"),
        ("export PATH=/opt:$PATH && curl x", "it sets a PATH of its own"),
        ("PATH=/opt curl x", "it sets a PATH of its own"),
        ("if curl x; then exit 0; fi", "what a shell makes of `if curl x` is not looked into"),
        ("(curl x)", "what a shell makes of `(curl x)` is not looked into"),
        ("cat <<\x1b[31m", "what a shell makes of `<<\\x1b[31m` is not looked into"),
    ],
)
def test_of_a_line_that_may_succeed_all_the_same_nothing_is_said(text: str, why: str) -> None:
    can_run = line(text)
    assert can_run.how is How.UNAVAILABLE
    assert can_run.reason.startswith(why)


def lines() -> Iterator[str]:
    commands = ("there", "missing", "exit 0", "exit 1", "true", "false")
    for first, operator, second in itertools.product(commands, (" ; ", " && ", " || ", " | "), commands):
        for negation in ("", "! "):
            yield f"{negation}{first}{operator}{second}"
            if operator != " | ":
                yield f"{first}{operator}{negation}{second}"
    for words in itertools.product(commands[:4], repeat=3):
        for one, two in itertools.product((" ; ", " && ", " || ", " | "), repeat=2):
            yield f"{words[0]}{one}{words[1]}{two}{words[2]}"


def test_a_real_shell_never_succeeds_where_a_line_is_said_not_to_and_may_where_it_is_not() -> None:
    """`there` is a program that may succeed or fail: each of its places is tried as either."""
    each = [text for text in dict.fromkeys(lines()) if "missing" in text]
    places = [list(itertools.product(("works", "fails"), repeat=text.count("there"))) for text in each]
    tried = [
        text.replace("there", "%s") % ways
        for text, all_ways in zip(each, places, strict=True)
        for ways in all_ways
    ]
    script = "works() { return 0; }; fails() { return 1; }\n" + "\n".join(
        f"({text}); echo $?" for text in tried
    )
    told = subprocess.run(
        ["/bin/sh"], input=script, capture_output=True, text=True, check=False
    ).stdout.split()
    ended = iter(told)
    succeeds = ["0" in [next(ended) for _ in all_ways] for all_ways in places]
    files = system(program("/bin/sh"), program("/bin/there"))
    said = [found_in(files, "CMD-SHELL", text)["healthcheck_can_run"] for text in each]
    assert len(told) == len(tried)
    assert {text for text, can, ok in zip(each, said, succeeds, strict=True) if ok is can.measured} == set()
    assert {can.value for can in said if can.measured} == {False}
