"""Hostile texts in a real browser, in a real pseudo-terminal, and from an app that says them itself."""

from __future__ import annotations

import os
import pty
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import sync_playwright

from imagematrix.model import Places
from imagematrix.report.page import page
from tests.hostile_text.archives import NEW, archived
from tests.hostile_text.inert import CONTROLS, controls
from tests.hostile_text.texts import ELSEWHERE, EVERY, TEXTS, TURNED
from tests.hostile_text.wholes import hostile
from tests.integration.apps import tiny
from tests.integration.browser import SWITCHES, chromium
from tests.integration.cli import invoke, words

pytestmark = pytest.mark.integration

TERMINAL: Final = "".join(
    TEXTS[name]
    for name in ("a title", "the clipboard", "a colour", "controls of one byte", "backwards", "a device")
)
# Answers with a title and the clipboard, and floods its log with them.
SAYS: Final = r"""
const said = '\x1b]0;TURNED\x07\x1b]52;c;VFVSTkVE\x07\x1b[2J\u009b31m\u202e'
for (let n = 0; n < 2000; n++) console.error(said + n)
require('http').createServer((q, r) => r.end(said + 'no')).listen(3000)
setTimeout(() => { console.error(said); process.exit(3) }, 1500)
"""


def in_a_terminal(folder: Path, task: str, *flags: str) -> str:
    """What a command writes to a terminal that is its standard output and standard error."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        words(task, *flags),
        cwd=folder,
        env={**os.environ, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    read = bytearray()
    with suppress(OSError):  # EIO: its last writer has ended
        while part := os.read(ours, 1 << 16):
            read += part
    os.close(ours)
    process.wait(60)
    return read.decode("utf-8", "surrogateescape")


def inert(shown: str) -> bool:
    """No control but our own: styles, and the cursor of rich's live lines."""
    bare = shown.replace("\r", "")
    for own in ("\x1b[?25l", "\x1b[?25h", "\x1b[2K", "\x1b[1A"):
        bare = bare.replace(own, "")
    return controls(bare) == [] and "\x1b[35;45m" not in bare


def test_no_script_runs_and_nothing_is_asked_for(places: Places, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(hostile(EVERY)), encoding="utf-8")
    program = chromium(places.cache)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(program.path), env=dict(program.environment), args=list(SWITCHES)
        )
        opened = browser.new_page()
        said: list[str] = []
        asked: list[str] = []
        opened.on("console", lambda message: said.append(message.text))
        opened.on("pageerror", lambda error: said.append(str(error)))
        opened.on("dialog", lambda dialog: said.append(dialog.message))
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(file.as_uri())
        opened.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        opened.wait_for_timeout(300)
        assert said == []
        assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
        assert opened.evaluate(f"typeof window.{TURNED}") == "undefined"
        assert ELSEWHERE in opened.evaluate("document.body.innerText")
        assert opened.evaluate("document.querySelectorAll('img, iframe, object, embed, form').length") == 0
        browser.close()


def test_commands_in_a_terminal_do_nothing_to_it(tmp_path: Path) -> None:
    folder = archived(tiny(tmp_path), TERMINAL)
    commands = {
        "findings": (),
        "compare": (),
        "report": (),
        "recommend": ("--json",),
        "trend": ("--variant", "nothing"),
        "archive": ("--output", "out/"),
    }
    for task, flags in commands.items():
        shown = in_a_terminal(folder, task, *flags)
        assert NEW in shown or "TURNED" in shown, task
        assert inert(shown), task


def test_an_app_that_says_it_is_told_of_without_it(tmp_path: Path) -> None:
    folder = tiny(tmp_path, index=SAYS)
    shown = in_a_terminal(folder, "smoke")
    assert "TURNED" in shown
    assert inert(shown)
    (run,) = (path.parent.name for path in folder.glob("results/*/run.json"))
    for form in ("markdown", "html", "junit", "json"):
        done = invoke(folder, "report", "--run", run, "--format", form, "--output", f"report.{form}")
        assert done.code == 0, done.err
        text = (folder / f"report.{form}").read_text(encoding="utf-8")
        assert "TURNED" in text
        assert CONTROLS.findall(text) == []
    assert invoke(folder, "clean").code == 0
