from __future__ import annotations

import io

from rich.console import Console

from imagematrix.model import Step, StepEvent
from imagematrix.report.progress import LiveProgress, PlainProgress, progress


def test_in_a_pipe_one_line_tells_that_a_step_has_ended() -> None:
    out = io.StringIO()
    with progress(Console(file=out, width=40, soft_wrap=True)) as tell:
        assert isinstance(tell, PlainProgress)
        tell(StepEvent(subject="alpine", step=Step.BUILD, state="started"))
        tell(StepEvent(subject="alpine", step=Step.BUILD, state="note", detail="[2/3] RUN npm ci"))
        tell(StepEvent(subject="alpine", step=Step.BUILD, state="done", detail="cached", seconds=0.25))
        tell(StepEvent(subject="vanilla", step=Step.SMOKE, state="failed", detail="exited\n    | more"))
        tell(StepEvent(subject="alpine", step=Step.BUILD, state="notice", detail="it says nothing"))
        tell.notice("a notice that is longer than the width of forty columns stays one line")
    assert out.getvalue().splitlines() == [
        "alpine                               build    ok        250 ms  cached",
        "vanilla                              smoke    failed            exited",
        "alpine                               build                      it says nothing",
        "a notice that is longer than the width of forty columns stays one line",
    ]


def test_on_a_terminal_each_subject_has_a_live_line() -> None:
    out = io.StringIO()
    console = Console(
        file=out, width=100, force_terminal=True, force_interactive=True, _environ={"TERM": "xterm"}
    )
    with progress(console) as tell:
        assert isinstance(tell, LiveProgress)
        tell(StepEvent(subject="alpine", step=Step.BUILD, state="note", detail="[2/3] RUN npm ci"))
        tell(StepEvent(subject="alpine", step=Step.BUILD, state="notice", detail="it says nothing"))
        tell(StepEvent(subject="vanilla", step=Step.SMOKE, state="done", detail="answered 200", seconds=0.5))
    assert "alpine: it says nothing" in out.getvalue()
    drawn = out.getvalue()
    assert "alpine" in drawn
    assert "[2/3] RUN npm ci" in drawn
    assert "answered 200" in drawn


def test_a_dumb_terminal_gets_plain_lines() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})
    assert isinstance(progress(console), PlainProgress)


def test_what_a_build_prints_does_nothing_to_a_terminal() -> None:
    out = io.StringIO()
    event = StepEvent(subject="a", step=Step.BUILD, state="failed", detail="x\x1b[2Jy\u202e\n  | more")
    with progress(Console(file=out, width=200)) as tell:
        tell(event)
    console = Console(
        file=out, width=100, force_terminal=True, force_interactive=True, _environ={"TERM": "xterm"}
    )
    with progress(console) as tell:
        tell(event)
    assert "\x1b[2J" not in out.getvalue()
    assert r"x\x1b[2Jy\u202e" in out.getvalue()
