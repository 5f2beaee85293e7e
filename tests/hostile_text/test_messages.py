"""Progress, notices and messages: what is said beside the result."""

from __future__ import annotations

import io

import pytest
from invoke.exceptions import Exit
from rich.console import Console

from imagematrix.errors import InputError
from imagematrix.model import Step, StepEvent
from imagematrix.report.progress import LiveProgress, PlainProgress
from imagematrix.tasks.boundary import _boundary
from tests.hostile_text.inert import CONTROLS, controls
from tests.hostile_text.texts import TEXTS

SAYABLE = {name: text.encode("utf-8", "ignore").decode() for name, text in TEXTS.items()}
each_text = pytest.mark.parametrize("text", SAYABLE.values(), ids=SAYABLE)


@each_text
def test_a_plain_line_is_one_line(text: str) -> None:
    out = io.StringIO()
    with PlainProgress(
        Console(file=out, width=100, soft_wrap=True, markup=False, highlight=False)
    ) as progress:
        for step in (Step.BASE, Step.BUILD):
            progress(StepEvent(subject=f"a{text}", step=step, state="done", detail=f"b{text}", seconds=1))
        progress(StepEvent(subject=f"a{text}", step=Step.BASE, state="note", detail=f"b{text}"))
        progress.notice(f"c{text}")
    assert CONTROLS.findall(out.getvalue()) == []
    assert out.getvalue().count("\n") == 4


@each_text
def test_a_live_line_is_moved_by_us_alone(text: str) -> None:
    def drawn(text: str) -> str:
        out = io.StringIO()
        console = Console(
            file=out, width=100, force_terminal=True, force_interactive=True, _environ={"TERM": "xterm"}
        )
        with LiveProgress(console) as progress:
            progress(
                StepEvent(subject=f"a{text}", step=Step.BUILD, state="done", detail=f"b{text}", seconds=1)
            )
            progress.notice(f"c{text}")
        return out.getvalue()

    # rich hides the cursor, and moves it back over the lines that it draws anew.
    assert set(controls(drawn(text))) <= {"'\\x1b'", "'\\r'"}
    assert drawn(text).count("\x1b]") == 0
    own = {"\x1b[?25l", "\x1b[?25h", "\x1b[2K", "\x1b[1A"}
    bare = drawn(text).replace("\r", "")
    for each in own:
        bare = bare.replace(each, "")
    assert controls(bare) == []
    assert "\x1b[35;45m" not in bare


@each_text
def test_a_message_is_its_lines_alone(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exit), _boundary():
        raise InputError(f"a{text}", where=f"b{text}", next_step=f"c{text}")
    err = capsys.readouterr().err
    assert controls(err) == []
    assert "\x1b" not in err
