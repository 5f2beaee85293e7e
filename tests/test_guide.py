"""What docs/guide.md and docs/commands.md say is true of this version."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Final

import pytest
from invoke.collection import Collection
from invoke.parser.parser import Parser
from invoke.program import Program

from imagematrix import config
from imagematrix.commands.init import init
from imagematrix.commands.outcome import Show
from imagematrix.report.console import Look
from imagematrix.report.formats import FORMATS
from imagematrix.report.progress import progress, stderr_console
from imagematrix.settings import resolve
from imagematrix.tasks import ns, reference
from imagematrix.verdicts.findings import RULES
from tests.starter.apps import app

REPOSITORY: Final = Path(__file__).resolve().parents[1]
GUIDE: Final = (REPOSITORY / "docs" / "guide.md").read_text(encoding="utf-8")
COMMANDS: Final = (REPOSITORY / "docs" / "commands.md").read_text(encoding="utf-8")
PAGES: Final = {"guide": GUIDE, "commands": COMMANDS} | {
    name: (REPOSITORY / "examples" / name / "README.md").read_text(encoding="utf-8")
    for name in ("other-repo", "ci")
}
# The app that the guide follows.
PACKAGE: Final = {
    "name": "shop",
    "scripts": {"start": "node server.js"},
    "dependencies": {"express": "^4.18.0"},
    "engines": {"node": ">=18"},
}
SERVER: Final = """\
const express = require('express')
const app = express()
const port = process.env.PORT || 8123
app.get('/healthz', (q, r) => r.json({ok: true}))
app.listen(port)
"""


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    told = [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]
    inline = [text for page in PAGES.values() for text in re.findall(r"`(invoke [a-z][^`]*)`", page)]
    return [
        words for line in (*told, *inline) if (words := shlex.split(line, comments=True))[:1] == ["invoke"]
    ]


def test_there_is_something_to_test() -> None:
    assert len(commands()) >= 20
    assert len(blocks("yaml")) >= 2


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_commands_and_their_flags_exist(words: list[str]) -> None:
    # The commands as they are at the top, and under the name that the guide gives them.
    collection = Collection("tasks", *ns.tasks.values(), images=ns, engine=ns.collections["engine"])
    initial = Program(namespace=collection).initial_context
    contexts = Parser(initial=initial, contexts=collection.to_contexts()).parse_argv(words[1:])
    assert [context.name for context in contexts[1:]] == words[1:2]


def test_the_formats_in_the_guide_are_formats() -> None:
    named = re.findall(r"--format ([\w,]+)", GUIDE)
    assert named
    assert {name for names in named for name in names.split(",")} <= set(FORMATS)


def test_the_reference_is_current() -> None:
    assert reference.renewed(COMMANDS) == COMMANDS
    changed = COMMANDS.replace("| `--variant` |", "| `--vairant` |")
    assert reference.renewed(changed) == COMMANDS


def test_the_reference_has_every_command() -> None:
    assert re.findall(r"^### `(.*)`$", COMMANDS, re.MULTILINE) == list(ns.task_names)


def test_the_settings_are_the_settings() -> None:
    told = re.findall(r"^\| `(\w+)` \|", COMMANDS.partition(reference.BEGIN)[0], re.MULTILINE)
    assert told == list(ns.configuration()["imagematrix"])


@pytest.mark.parametrize("text", blocks("yaml"))
def test_matrix_files_load(tmp_path: Path, text: str) -> None:
    app(tmp_path, package={}, Dockerfile="FROM scratch\n")
    matrix = {
        "schema_version": 1,
        "app": {"name": "shop", "context": ".", "port": 80},
        "variants": {"one": {"dockerfile": "Dockerfile"}},
    }
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in matrix.items())
    (tmp_path / "variants.yml").write_text(lines + text)
    variant = config.load_matrix(tmp_path / "variants.yml", acceptable=RULES).variants[0]
    assert variant.budgets or variant.accept


@pytest.mark.parametrize("code", blocks("python"))
def test_python_runs(code: str) -> None:
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102 - our own guide
    collection = names["ns"]
    assert isinstance(collection, Collection)
    assert "images.matrix" in collection.task_names


def test_init_prints_what_the_guide_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = app(tmp_path / "shop", package=PACKAGE, server__js=SERVER)
    (folder / "package-lock.json").write_text('{"packages": {}}')
    monkeypatch.chdir(folder)
    show = Show(
        look=Look(width=160, color=False),
        json=False,
        dry=False,
        progress=lambda: progress(stderr_console(color=False)),
    )
    printed = init(resolve({}, {}, environment={"HOME": "/nowhere"}), show).text
    shown = next(block for block in blocks("text") if block.startswith("wrote: "))
    lines = [line for line in shown.splitlines() if line]
    assert lines == [line for line in printed.partition("next:")[0].splitlines() if line]


def test_extras_exist() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = set(re.findall(r"imagematrix\[(\w+)\]", GUIDE))
    assert named
    assert named <= set(project["optional-dependencies"])


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    folder = REPOSITORY / ("docs" if name in ("guide", "commands") else f"examples/{name}")
    for target in re.findall(r"\]\(([^)#]+)\)", PAGES[name]):
        assert (folder / target).exists(), target
