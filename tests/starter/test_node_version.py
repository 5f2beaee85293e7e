"""Which Node: files first, then engines, then a guess that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagematrix.bases.pins import node_pin
from imagematrix.starter.app import STAND_IN_NODES
from imagematrix.starter.node_version import node_version
from tests.starter.apps import place


@pytest.mark.parametrize(
    ("engines", "major"),
    [
        (">=18", "24"),
        (">=18 <23", "22"),
        (">= 18.0.0 < 21", "20"),
        ("^20.9.0", "20"),
        ("~22.1", "22"),
        ("20.x", "20"),
        ("22", "22"),
        ("v18.2.0", "18"),
        ("^18 || ^20", "20"),
        ("18 - 20", "20"),
        ("<=22", "22"),
        ("<22.3", "20"),
        (">20", "24"),
        ("*", "24"),
        ("14.x", "14"),
        ("26", "26"),
    ],
)
def test_engines(tmp_path: Path, engines: str, major: str) -> None:
    fact = node_version(tmp_path, engines)
    assert fact.value == major
    assert not fact.guessed
    assert engines in fact.why


@pytest.mark.parametrize(
    ("name", "text", "major"),
    [
        (".nvmrc", "v20.11.1\n", "20"),
        (".nvmrc", "22", "22"),
        (".nvmrc", "lts/jod\n", "22"),
        (".nvmrc", "lts/*\n", "24"),
        (".node-version", "20.1.0\n", "20"),
    ],
)
def test_files_win_over_engines(tmp_path: Path, name: str, text: str, major: str) -> None:
    place(tmp_path, name, text)
    fact = node_version(tmp_path, ">=16 <17")
    assert (fact.value, fact.guessed) == (major, False)
    assert name in fact.why


@pytest.mark.parametrize("engines", ["", "whatever", ">=99"])
def test_a_guess_says_so(tmp_path: Path, engines: str) -> None:
    fact = node_version(tmp_path, engines)
    if engines == ">=99":  # nothing of today meets it: it is taken at its word
        assert (fact.value, fact.guessed) == ("99", False)
    else:
        assert (fact.value, fact.guessed) == ("24", True)


def test_a_file_that_says_nothing_usable_is_passed_over(tmp_path: Path) -> None:
    place(tmp_path, ".nvmrc", "\x1b[31miojs\n")
    assert node_version(tmp_path, "22").value == "22"


@pytest.mark.parametrize("version", STAND_IN_NODES)
def test_every_recipe_has_the_nodes_that_stand_ins_are_written_for(version: str) -> None:
    assert node_pin(version, "glibc", "amd64").version.startswith(version)
    assert node_pin(version, "musl", "amd64").version.startswith(version)
