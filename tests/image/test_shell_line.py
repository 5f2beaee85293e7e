from __future__ import annotations

import time
from contextlib import suppress

import pytest

from imagematrix.image.shell_line import UnreadError, read


def told(line: str) -> list[tuple[str, ...]]:
    """For each command its words, after what stands before it."""
    return [
        (pipeline.after if number == 0 else "|", *command.words)
        for pipeline in read(line)
        for number, command in enumerate(pipeline.commands)
    ]


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("", []),
        ("curl -f x", [(";", "curl", "-f", "x")]),
        ("exit 0; curl x", [(";", "exit", "0"), (";", "curl", "x")]),
        ("a || b && c", [(";", "a"), ("||", "b"), ("&&", "c")]),
        ("a|b | c;d;", [(";", "a"), ("|", "b"), ("|", "c"), (";", "d")]),
        ("a && # so\n\n b \\\n c\nd", [(";", "a"), ("&&", "b", "c"), (";", "d")]),
        ("a#b 'c d' \"e f\" g\\ h i'j'k", [(";", "a#b", "c d", "e f", "g h", "ijk")]),
        ("a 'x && y' \"; | $Z\" \\; \\|", [(";", "a", "x && y", "; | $Z", ";", "|")]),
        (r"""a "\"\\\$\x" '\x' \"""", [(";", "a", r'"\$\x', r"\x", '"')]),
        ("A=1 B='2 3' a C=4", [(";", "a", "C=4")]),
        ("A=1; > /tmp/x", [(";",), (";",)]),
        ("</dev/tcp/localhost/3000", [(";",)]),
        ("a >/dev/null 2>&1 <b >> c", [(";", "a")]),
        ("a 1 2>x 3", [(";", "a", "1", "3")]),
        ("a ${B:-1 2} $C $", [(";", "a", "${B:-1 2}", "$C", "$")]),
    ],
)
def test_lists_of_simple_commands_are_taken_apart(line: str, commands: list[tuple[str, ...]]) -> None:
    assert told(line) == commands


@pytest.mark.parametrize(("line", "negated"), [("! a | b", True), ("a", False), ("a ! b", False)])
def test_a_pipeline_may_be_negated(line: str, negated: bool) -> None:
    (pipeline,) = read(line)
    assert pipeline.negated is negated


@pytest.mark.parametrize(
    ("line", "plain", "substitutes"),
    [
        ("a $B", True, False),
        ("'$a' b", True, False),
        (r"\$a b", True, False),
        ("[ a ]", True, False),
        ("$A", False, False),
        ("x/${A}/y", False, False),
        ('"$A" b', False, False),
        ("~/a", False, False),
        ("/opt/*/a", False, False),
        ("a $(b)", True, True),
        ('a "x$(b "c d")"', True, True),
        ("a '$(b)'", True, False),
        ("A=$(b)", True, True),
        ("a > $(b)", True, True),
        ("$(a) b", False, True),
    ],
)
def test_what_the_shell_puts_into_words_is_seen(line: str, plain: bool, substitutes: bool) -> None:
    (pipeline,) = read(line)
    (command,) = pipeline.commands
    assert (all(command.plain[:1]), command.substitutes) == (plain, substitutes)


def test_of_each_word_it_is_seen_what_the_shell_puts_into_it() -> None:
    (pipeline,) = read("A=$B node '$a' \"$C\" d ~/e f*")
    (command,) = pipeline.commands
    assert command.plain == (True, True, False, True, False, False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("if a; then b; fi", "`if a`"),
        ("for i in 1 2; do a; done", "`for i in 1 2`"),
        ("{ a; }", "`{ a`"),
        ("a && (b || c)", "`(b || c)`"),
        ("f() { a; }; f", "`() { a; }; f`"),
        ("a &", "`&`"),
        ("a |& b", "`|& b`"),
        ("a `b`", "``b``"),
        ("a $((1 + 2))", "`$((1 + 2))`"),
        ("a <<E\nb\nE", "`<<E\nb\nE`"),
        ("[[ a == b ]]", "`[[ a == b ]]`"),
        ("a 'b", "`'b`"),
        ('a "b', '`"b`'),
        ("a | ! b", "`! b`"),
        ("a &&", "last `&&`"),
        ("a;;b", "missing"),
        ("| a", "missing"),
        ("a || && b", "missing"),
    ],
)
def test_what_is_more_than_that_is_said_to_be(line: str, said: str) -> None:
    with pytest.raises(UnreadError) as caught:
        read(line)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "part", ["a", "a ", "$(", '"$(', "${", "'", '"', "<", "1", "\\", "a;", "$(a)", '"a"', "a|"]
)
def test_no_line_takes_long(part: str) -> None:
    begun = time.process_time()
    with suppress(UnreadError):
        read(part * 20_000)
    assert time.process_time() - begun < 5
