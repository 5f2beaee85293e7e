from __future__ import annotations

import json
from dataclasses import replace

import pytest

from imagematrix.model import Advice, Against, RunStatus, Status
from imagematrix.report.advice import advice_json, advice_view, none_passed
from imagematrix.report.console import ENDLESS, Look
from tests import made

PLAIN = Look(width=120, color=False)
ADVICE = Advice(
    profile="smallest",
    wants="the smallest download",
    choice="alpine",
    why="alpine has the smallest download (40.0 MB), which rules out vanilla (400 MB)",
    costs=("runs on musl; vanilla: glibc", "has no shell to run; vanilla: a shell to run (bash)"),
    against=(
        Against(label="vanilla", out=False, reason="360 MB more to download (10.0 x)"),
        Against(label="slim", out=True, reason="failed: smoke: no answer"),
    ),
    front=("alpine",),
    objectives=("download_bytes", "start_seconds"),
    doubts=("bases are stand-ins",),
)

SHOWN = """
smallest: alpine
  why      alpine has the smallest download (40.0 MB), which rules out vanilla (400 MB)
  price  - runs on musl; vanilla: glibc
         - has no shell to run; vanilla: a shell to run (bash)
  others - vanilla: 360 MB more to download (10.0 x)
         - slim: out: failed: smoke: no answer
  doubts   bases are stand-ins
  wanted   the smallest download

not beaten at download, start-up together (the Pareto front): alpine
"""


def test_one_advice_in_full() -> None:
    assert advice_view([ADVICE], look=PLAIN) == SHOWN


def test_what_holds_for_several_is_told_once() -> None:
    own = replace(ADVICE, profile="production", doubts=("bases are stand-ins", "its own doubt"))
    text = advice_view([ADVICE, own], look=PLAIN)
    assert text.count("bases are stand-ins") == 1
    assert text.count("Pareto front") == 1
    assert text.index("its own doubt") < text.index("bases are stand-ins")


def test_where_nothing_is_chosen_it_says_none() -> None:
    none = replace(ADVICE, choice="", costs=(), front=(), objectives=(), doubts=(), why="no variant is left")
    text = advice_view([none], look=PLAIN)
    assert "smallest: none" in text
    assert "why      no variant is left" in text
    assert not {"price", "doubts", "Pareto"} & set(text.split())


@pytest.mark.parametrize("width", [80, 120, 200])
def test_lines_fit_and_hang_under_their_section(width: int) -> None:
    long = replace(ADVICE, why="word " * 60, wants="want " * 60)
    lines = advice_view([long], look=Look(width=width, color=False)).splitlines()
    assert max(map(len, lines)) <= min(width, 120)
    assert all(line.startswith(" " * 11) for line in lines if line.strip().startswith(("word", "want ")))


def test_in_a_pipe_no_line_is_broken() -> None:
    long = replace(ADVICE, why="many words " * 60)
    lines = advice_view([long], look=Look(width=ENDLESS, color=False)).splitlines()
    assert any(line.count("many words") == 60 for line in lines)


def test_colour_is_there_when_asked_for_alone() -> None:
    assert "\x1b[" in advice_view([ADVICE], look=replace(PLAIN, color=True))
    assert "\x1b" not in advice_view([ADVICE], look=PLAIN)


def test_hostile_names_do_nothing() -> None:
    odd = "[red]x\x1b[2J\u202e"
    hostile = replace(
        ADVICE,
        choice=odd,
        why=odd,
        costs=(odd,),
        doubts=(odd,),
        front=(odd,),
        against=(Against(label=odd, out=True, reason=odd),),
    )
    text = advice_view([hostile], look=PLAIN)
    assert text.count("[red]x\\x1b[2J\\u202e") == 7
    assert not set("\x1b\u202e") & set(text)


def test_a_run_in_which_none_passed_is_one_sentence_and_the_reasons() -> None:
    failed = made.result(status=Status.FAILED, reason="smoke: no \x1banswer\n    | its log")
    assert none_passed(made.run(failed, status=RunStatus.FAILED)) == (
        "no variant of run 20261124T024000Z-3fa9c1 passed, so none can be chosen\n"
        "  alpine failed: smoke: no \\x1banswer\n"
    )


def test_json_has_the_whole_advice_and_its_run() -> None:
    told = json.loads(json.dumps(advice_json("run1", [ADVICE])))
    assert told["run"] == "run1"
    assert told["advice"][0]["against"][1] == {
        "label": "slim",
        "out": True,
        "reason": "failed: smoke: no answer",
    }
    assert (told["advice"][0]["choice"], told["advice"][0]["front"]) == ("alpine", ["alpine"])
