"""The major version of Node that an app wants: by .nvmrc, .node-version, or package.json's engines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from imagematrix.starter.app import STAND_IN_NODES, Fact
from imagematrix.starter.package import NAME
from imagematrix.text import one_line

# Long-term lines of Node, newest first: a range is met by the first of these that it allows.
_MAJORS: Final = ("24", "22", "20", "18", "16")
# nvm's names for them (https://nodejs.org/en/about/previous-releases).
_NAMES: Final = {"krypton": "24", "jod": "22", "iron": "20", "hydrogen": "18", "gallium": "16"}
_FILES: Final = (".nvmrc", ".node-version")
_NEWEST: Final = ("node", "lts/*", "stable", "latest", "*", "lts")
_BOUND: Final = re.compile(r"(?P<sign>>=|<=|>|<|\^|~|=)?\s*v?(?P<major>\d+|[xX*])(?P<rest>[\w.*+-]*)")
_MAX_TEXT: Final = 200


def node_version(folder: Path, engines: str) -> Fact:
    """The version to start with; a guess where nothing is said, or nothing that we understand."""
    for name in _FILES:
        told = _first_line(folder / name)
        if told and (major := _of_word(told)):
            return Fact(name="node", value=major, why=one_line(f"{name} says {told}"))
    newest = STAND_IN_NODES[0]
    if not engines:
        return Fact(name="node", value=newest, why=f"nothing says which; {newest} is current", guessed=True)
    said = one_line(f"{NAME} says {engines[:_MAX_TEXT]}")
    if major := _allowed(engines[:_MAX_TEXT]):
        return Fact(name="node", value=major, why=said)
    return Fact(name="node", value=newest, why=f"{said}, which was not understood", guessed=True)


def contradiction(folder: Path, engines: str) -> str:
    """Where a file names a version that package.json does not allow, a sentence of it; else ""."""
    wanted = engines[:_MAX_TEXT]
    for name in _FILES:
        told = _first_line(folder / name)
        if told and (major := _of_word(told)):
            allowed = not _allowed(wanted) or any(_meets(int(major), part) for part in wanted.split("||"))
            return (
                ""
                if allowed
                else one_line(
                    f"{name} says {told}, which engines in {NAME} does not allow ({wanted}): the images take {major}"
                )
            )
    return ""


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline(_MAX_TEXT).strip()
    except OSError:
        return ""


def _of_word(text: str) -> str:
    word = text.lower()
    if word in _NEWEST:
        return STAND_IN_NODES[0]
    if word.startswith("lts/"):
        return _NAMES.get(word.removeprefix("lts/"), "")
    found = re.fullmatch(r"v?(\d{1,2})(\.[\w.-]*)?", word)
    return found[1] if found else ""


def _allowed(wanted: str) -> str:
    """The newest long-term major that a semver range allows: https://github.com/npm/node-semver#ranges .

    Asked of the newest release of a major, which is what its image tag holds: so a lower bound is met by
    its own major, and of an upper bound only "below this major" counts.
    """
    named: list[str] = re.findall(r"\d+", wanted)
    for major in (*_MAJORS, *named[:1]):
        if any(_meets(int(major), part) for part in wanted.split("||")):
            return major
    return ""


def _meets(major: int, part: str) -> bool:
    bounds = list(_BOUND.finditer(re.sub(r"(\S+)\s+-\s+(\S+)", r">=\1 <=\2", part)))
    return bool(bounds) and all(_holds(major, bound) for bound in bounds)


def _holds(major: int, bound: re.Match[str]) -> bool:
    if not bound["major"].isdigit():
        return True
    at = int(bound["major"])
    match bound["sign"]:
        case ">=":
            return major >= at
        case ">":
            return major > at or (major == at and bool(bound["rest"]))
        case "<=":
            return major < at or (major == at and not bound["rest"])
        case "<":
            return major < at
    return major == at
