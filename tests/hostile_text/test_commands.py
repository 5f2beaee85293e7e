"""The commands over an archive whose records are hostile: what they say, and what they refuse with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from imagematrix.archive import sound
from tests.hostile_text.archives import COMMANDS, archived, done, read_again
from tests.hostile_text.inert import CONTROLS, controls, styles
from tests.hostile_text.texts import ARCHIVABLE, TEXTS
from tests.hostile_text.turning import carrying

SAID: Final = "\x1b[35;45m"  # a style that is not ours
# Long texts are cut: what does most to a terminal comes first.
TEXT: Final = "".join(
    (
        SAID,
        *(TEXTS[name] for name in ("a title", "the clipboard", "controls of one byte", "backwards", "lines")),
    )
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archived(tmp_path_factory.mktemp("hostile"), TEXT)


def test_the_record_is_sound_and_hostile_in_as_many_fields_as_a_run_has(folder: Path) -> None:
    run = read_again(folder)
    sound.check(run)
    assert len(carrying(run, "TURNED")) >= 45


@pytest.mark.parametrize("width", [40, 120, 10_000])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_terminal_is_told_our_own_styles_alone(folder: Path, name: str, width: int) -> None:
    for color in (False, True):
        out, beside = done(folder, name, width=width, color=color)
        assert out or beside
        assert controls(out) == []
        assert SAID not in out
        assert color or not styles(out)
        assert "set aside" not in beside


@pytest.mark.parametrize("name", [name for name in COMMANDS if "no such" not in name])
def test_the_commands_do_show_it(folder: Path, name: str) -> None:
    out, _ = done(folder, name, width=10_000)
    assert "x1b" in out


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "compare in Markdown"])
def test_json_has_no_control_and_is_whole(folder: Path, name: str) -> None:
    out, _ = done(folder, name, as_json=True)
    assert CONTROLS.findall(out) == []
    assert "no such" in name or json.loads(out)


def test_every_text_that_a_record_can_have_is_read(tmp_path: Path) -> None:
    folder = archived(tmp_path, ARCHIVABLE)
    sound.check(read_again(folder))
    for name in COMMANDS:
        out, beside = done(folder, name)
        assert controls(out) == []
        assert out or beside
