"""How the end of a command is judged; that it is run at all is in tests/integration/test_command.py."""

from __future__ import annotations

import pytest

from imagematrix.errors import StepError
from imagematrix.model import BodyRule, CommandAnswer, CommandSmoke, How
from imagematrix.probes.command import MAX_OUTPUT_BYTES, judge, measured


def expected(rule: BodyRule | None = None, *, exit_code: int = 0) -> CommandSmoke:
    return CommandSmoke(
        command=("say", "a b"),
        exit_code=exit_code,
        output=rule or BodyRule(kind="any"),
        timeout_seconds=1,
    )


@pytest.mark.parametrize(
    ("exit_code", "output", "rule"),
    [
        (0, b"", BodyRule(kind="any")),
        (3, b"\xff", BodyRule(kind="any")),
        (0, b"yes\n", BodyRule(kind="equals", text="yes")),
        (0, b"yes\r\n\n", BodyRule(kind="equals", text="yes\n")),
        (0, b"", BodyRule(kind="equals", text="")),
        (0, b"oh yes!", BodyRule(kind="contains", text="yes")),
    ],
)
def test_what_passes(exit_code: int, output: bytes, rule: BodyRule) -> None:
    judge(exit_code, output, expected(rule, exit_code=exit_code))


@pytest.mark.parametrize(
    ("exit_code", "output", "rule", "told"),
    [
        (1, b"one\ntwo\n", None, "`say 'a b'`: expected exit code 0, got 1\n    | one\n    | two"),
        (1, b"", None, "`say 'a b'`: expected exit code 0, got 1; it wrote nothing"),
        (
            0,
            b"no",
            BodyRule(kind="equals", text="yes"),
            "`say 'a b'`: expected the output 'yes'\n    | no",
        ),
        (0, b" yes", BodyRule(kind="equals", text="yes"), "expected the output 'yes'"),
        (0, b"no", BodyRule(kind="contains", text="yes"), "expected an output with 'yes' in it\n    | no"),
        (0, b"y" * (MAX_OUTPUT_BYTES + 1), None, "writes more than 1048576 bytes"),
    ],
)
def test_what_fails(exit_code: int, output: bytes, rule: BodyRule | None, told: str) -> None:
    with pytest.raises(StepError) as caught:
        judge(exit_code, output, expected(rule))
    assert caught.value.step == "smoke"
    assert told in caught.value.reason


def test_a_long_output_is_cut_in_a_message() -> None:
    with pytest.raises(StepError) as caught:
        judge(1, b"x" * 5000, expected())
    assert len(caught.value.reason) < 400


def test_what_is_measured() -> None:
    code, seconds, first = measured(CommandAnswer(exit_code=3, seconds=0.25))
    assert (code.name, code.value, code.unit, code.how) == ("command_exit_code", 3, "exit code", How.EXACT)
    assert (seconds.name, seconds.value, seconds.unit, seconds.how) == (
        "command_seconds",
        0.25,
        "seconds",
        How.EXACT,
    )
    assert (first.name, first.how) == ("first_response_seconds", How.NOT_APPLICABLE)
