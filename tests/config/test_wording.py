"""Sentences stay short and on one line, whatever the user wrote."""

from __future__ import annotations

from imagematrix.config.wording import listing, quoted, unknown


def test_quoted() -> None:
    assert quoted("it's\n") == '"it\'s\\n"'
    assert quoted("x" * 80) == f"'{'x' * 80}'"
    assert quoted("x" * 81) == f"'{'x' * 80}…'"


def test_unknown_names_the_nearest_of_the_known() -> None:
    known = ["dockerfile", "target", "bases"]
    assert unknown("key", "dockerfle", known) == "unknown key 'dockerfle': did you mean 'dockerfile'?"
    assert unknown("key", "BASES", known) == "unknown key 'BASES': did you mean 'bases'?"
    assert unknown("key", "smoke", known) == "unknown key 'smoke'"
    assert unknown("key", "x", []) == "unknown key 'x'"


def test_listing() -> None:
    assert listing("axes", ["node", "os"]) == "known axes: node, os"
    assert listing("axes", []) == "there are no axes to choose from here"
    assert listing("rows", map(str, range(42))).endswith("38, 39 and 2 more")
