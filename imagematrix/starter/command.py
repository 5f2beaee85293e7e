"""How an app is started by `node` alone, told by package.json: distroless images have neither npm nor shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.starter.app import Fact
from imagematrix.starter.package import NAME, Package
from imagematrix.text import one_line

# Scripts that start an app, that for production first.
_SCRIPTS: Final = ("start:prod", "start:production", "start")
# What npm starts without a start script, and what Node starts without a main.
_FILES: Final = ("server.js", "index.js", "index.mjs", "index.cjs", "app.js")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=.*")
_SHELL: Final = re.compile(r"[|;<>`$*?(){}&]")  # what only a shell understands
_RESTARTERS: Final = ("nodemon", "node-dev")  # for development: they run node and watch the files
_MAX_HOPS: Final = 5  # from script to script: "start": "npm run serve"


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """The words after `node`, and what was set before them."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    fact: Fact
    warning: str = ""


def start(folder: Path, package: Package) -> Start:
    """How to start it; a guess where package.json does not say it in words that need no shell."""
    for name in _SCRIPTS:
        if script := package.scripts.get(name, ""):
            found = _of_script(name, script, package)
            if found:
                return found
    told = next((name for name in _SCRIPTS if name in package.scripts), "")
    warning = f"{NAME}'s script {told!r} needs a shell; the Dockerfiles start another way" if told else ""
    if package.main:
        fact = _fact((package.main,), f"main in {NAME}", guessed=bool(told))
        return Start(words=(package.main,), environment={}, fact=fact, warning=warning)
    there = [name for name in _FILES if (folder / name).is_file()]
    why = "the file is there" if there else "nothing says how it starts"
    words = (there[0] if there else "index.js",)
    return Start(words=words, environment={}, fact=_fact(words, why, guessed=True), warning=warning)


def _of_script(name: str, script: str, package: Package) -> Start | None:
    why = f"script {name} in {NAME}"
    for _ in range(_MAX_HOPS):
        words, environment = _words(script)
        if words[:1] == ["node"] and len(words) > 1:
            return _of_node(words[1:], environment, why)
        if not words:
            return None
        target = _script_called(words)
        if target and target in package.scripts:
            script = package.scripts[target]
            continue
        return _of_program(words, environment, why, package)
    return None


def _of_node(words: list[str], environment: Mapping[str, str], why: str) -> Start:
    kept = tuple(word for word in words if not word.startswith("--env-file"))
    warning = (
        "the start script reads an environment file, which no image should have: what it sets belongs into "
        "`env` of the variants"
        if len(kept) < len(words)
        else ""
    )
    return Start(words=kept, environment=environment, fact=_fact(kept, why), warning=warning)


def _words(script: str) -> tuple[list[str], dict[str, str]]:
    """The last command of a script and the variables set for it; no words where it takes a shell."""
    try:
        words = shlex.split(script.rpartition("&&")[2])
    except ValueError:
        return [], {}
    environment = {}
    while words and (words[0] in ("cross-env", "exec") or _ASSIGNMENT.fullmatch(words[0])):
        variable, equals, value = words.pop(0).partition("=")
        if equals:
            environment[variable] = value
    return ([] if any(_SHELL.search(word) for word in words) else words), environment


def _script_called(words: list[str]) -> str:
    """The script that `npm run x`, `yarn x` and the like call."""
    if words[0] not in ("npm", "yarn", "pnpm"):
        return ""
    rest = [word for word in words[1:] if word != "run" and not word.startswith("-")]
    return rest[0] if len(rest) == 1 else ""


def _of_program(words: list[str], environment: Mapping[str, str], why: str, package: Package) -> Start | None:
    """A program of a package, as `next start`: node_modules/.bin leads to its JavaScript."""
    program, *rest = words
    if program in ("npm", "npx", "yarn", "pnpm") or "/" in program:
        return None
    if program in _RESTARTERS and rest:
        fact = _fact(tuple(rest), f"{why}, without {program}")
        return Start(words=tuple(rest), environment=environment, fact=fact)
    command = (f"node_modules/.bin/{program}", *rest)
    # Packages are often called as their program is; where not, nobody can tell from here.
    warning = (
        f"{one_line(program)} is a development dependency, which the images leave out: make it a dependency, "
        "or start what it compiles"
        if program in package.dev_dependencies
        else ""
    )
    return Start(words=command, environment=environment, fact=_fact(command, why), warning=warning)


def _fact(words: tuple[str, ...], why: str, *, guessed: bool = False) -> Fact:
    return Fact(name="start", value=one_line(shlex.join(("node", *words))), why=why, guessed=guessed)
