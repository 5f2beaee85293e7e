"""What the README shows is true: its matrix files load, its commands exist, its Python runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

import pytest
from invoke.collection import Collection
from invoke.parser.parser import Parser
from invoke.program import Program

from imagematrix import config
from imagematrix.tasks import ns

README: Final = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
MAKEFILE: Final = (Path(__file__).resolve().parents[1] / "Makefile").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands(program: str) -> list[list[str]]:
    lines = (line for block in blocks("console") for line in block.splitlines())
    found = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines if line.startswith("$ ")]
    inline = [shlex.split(text) for text in re.findall(rf"`({program} [^`]+)`", README)]
    return [words for words in [*found, *inline] if words and words[0] == program]


def test_there_is_something_to_test() -> None:
    assert len(blocks("yaml")) >= 1
    assert len(commands("invoke")) >= 10
    assert len(commands("make")) >= 2


@pytest.mark.parametrize("text", blocks("yaml"))
def test_matrix_files_load(tmp_path: Path, text: str) -> None:
    for name in ("Dockerfile", "alpine.Dockerfile"):
        (tmp_path / name).write_text("ARG NODE=24\nFROM node:${NODE}\n")
    (tmp_path / "variants.yml").write_text(text)
    assert config.load_matrix(tmp_path / "variants.yml").variants


@pytest.mark.parametrize("words", commands("invoke"), ids=" ".join)
def test_commands_and_their_flags_exist(words: list[str]) -> None:
    program = Program(namespace=ns)
    told = [word for word in words[1:] if word not in ("--help", "--dry")]  # Invoke's own
    contexts = Parser(initial=program.initial_context, contexts=ns.to_contexts()).parse_argv(told)
    assert [context.name for context in contexts[1:]] == told[:1]


@pytest.mark.parametrize("words", commands("make"), ids=" ".join)
def test_targets_of_make_exist(words: list[str]) -> None:
    assert re.search(rf"^{words[1]}:", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_runs(code: str) -> None:
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102 - our own README
    collection = names["ns"]
    assert isinstance(collection, Collection)
    assert "imagematrix.matrix" in collection.task_names


def test_exit_codes_are_those_of_the_errors() -> None:
    assert (
        "0 all passed · 1 a variant failed, a budget broke, or `recommend` found no image for what was asked "
        "· 2 bad input "
        "· 3 no usable engine or base · 130 interrupted" in README
    )
