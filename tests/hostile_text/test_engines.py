"""The commands that ask an engine, where what it holds and what its registries say is hostile."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from rich.console import Console

from imagematrix import settings
from imagematrix.commands.outcome import Show
from imagematrix.errors import ImagematrixError
from imagematrix.model import NAMESPACE
from imagematrix.report.console import Look
from imagematrix.report.progress import PlainProgress
from tests.answering import refusal
from tests.hostile.engines import COMMANDS, standing, table
from tests.hostile_text.inert import CONTROLS, controls, styles
from tests.hostile_text.test_commands import SAID, TEXT

# What an engine names things by, and is asked for again.
_KEPT: Final = ("Id", "Architecture", "Layers", "ApiVersion", "Arch", "OSType", "Driver", "Labels")


def hostile(value: Any, key: str = "") -> Any:
    """The same with the text before each that comes of an image, or of the engine."""
    if key in _KEPT:
        return value
    if isinstance(value, dict):
        return {name: hostile(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [hostile(each, key) for each in value]
    if not isinstance(value, str):
        return value
    return f"{NAMESPACE}/{TEXT}{value}" if key == "RepoTags" else f"{TEXT}{value}"  # ours, or it is not shown


ENGINES: Final[dict[str, dict[str, Any]]] = {
    "all that it tells": hostile(table()),
    "all that it refuses": {
        **table(),
        **{route: refusal(TEXT) for route in table() if route.startswith(("GET /images", "DELETE"))},
        "GET /distribution/.+/json": refusal(TEXT, 403),
    },
    "no image": {
        **table(),
        "GET /images/.+/json": refusal(TEXT, 404),
        "GET /distribution/.+/json": refusal(TEXT),
    },
    "a digest": {**table(), "GET /distribution/.+/json": {"Descriptor": {"digest": TEXT}}},
    "an architecture": {
        **table(),
        "GET /images/.+/json": {**table()["GET /images/.+/json"], "Architecture": TEXT},
    },
    "another form": {**table(), "GET /images/.+/json": {"Config": {"Labels": {TEXT: 1}}, TEXT: TEXT}},
}


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[dict[str, Any]]:
    told: dict[str, Any] = {}
    with standing(tmp_path, told):
        yield told


def done(
    folder: Path, name: str, *, as_json: bool = False, width: int = 100, color: bool = False
) -> tuple[str, str]:
    """What a command says on standard output, and on standard error with the message that it ends with."""
    command, flags = COMMANDS[name]
    given = {**flags, "file": str(folder / "variants.yml"), "cache": str(folder / "cache")}
    beside = io.StringIO()
    progress = PlainProgress(Console(file=beside, width=width, markup=False, highlight=False, soft_wrap=True))
    show = Show(look=Look(width=width, color=color), json=as_json, dry=False, progress=lambda: progress)
    try:
        out = command(settings.resolve({}, given, {}), show).text
    except ImagematrixError as error:
        return "", f"{beside.getvalue()}{error}"
    return out, beside.getvalue()


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("engine", ENGINES)
def test_it_is_inert_and_json_is_whole(
    tmp_path: Path, answers: dict[str, Any], engine: str, name: str
) -> None:
    answers |= ENGINES[engine]
    for width, color in ((40, False), (120, True), (10_000, False)):
        out, beside = done(tmp_path, name, width=width, color=color)
        assert out or beside
        assert controls(out) == []
        assert SAID not in out
        assert color or not styles(out)
    out, beside = done(tmp_path, name, as_json=True)
    assert CONTROLS.findall(out) == []
    assert not out or json.loads(out) is not None
    assert out or beside


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "list"])
def test_the_commands_do_show_it(tmp_path: Path, answers: dict[str, Any], name: str) -> None:
    engine = {"bases": "all that it refuses", "doctor": "all that it refuses"}.get(name, "all that it tells")
    answers |= ENGINES[engine]
    out, beside = done(tmp_path, name, width=10_000)
    assert "x1b" in out + beside
