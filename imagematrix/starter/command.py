"""How an app is started, told by package.json.

Best by `node` alone: distroless images have neither npm nor a shell, and as the first process both keep
signals from the app.  Where a script is more than one file that node runs, npm runs it as it is.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.starter.app import Fact, Installer
from imagematrix.starter.node_words import ENV_FILES, node_words
from imagematrix.starter.package import NAME, Package
from imagematrix.starter.programs import Program, programs
from imagematrix.starter.scripts import expanded, mentioned
from imagematrix.starter.shell import Command
from imagematrix.text import one_line

# Scripts that start an app, that for production first.
_SCRIPTS: Final = ("start:prod", "start:production", "start")
# What npm starts without a start script, and what Node starts without a main.
_FILES: Final = ("server.js", "index.js", "index.mjs", "index.cjs", "app.js")
_RESTARTERS: Final = ("nodemon", "node-dev")  # for development: they run node and watch the files
_JAVASCRIPT: Final = (".js", ".mjs", ".cjs")
# Text that ENV of a Dockerfile takes in double quotes as it is.
_SETTABLE: Final = re.compile(r"[ !#%-\[\]-~]*", re.ASCII)
_PLAIN: Final = re.compile(r"[\w.:/@,+=-]+", re.ASCII)  # a word that needs no quotes
_NO_MANAGER: Final = ("pnpm", "yarn", "bun", "deno")  # what the last stage has not, or not surely


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """What the images start, and what has to be there for it."""

    words: tuple[str, ...]  # after `node`; where `script` is set, a guess that the user has to see to
    fact: Fact
    script: str = ""  # of package.json, which npm runs as node alone would not do
    said: str = ""  # the text of the script
    environment: tuple[tuple[str, str], ...] = ()
    built_by: tuple[str, ...] = ()  # commands that the script starts with, for the image's build
    development: str = ""  # a development dependency that it needs; "" for none
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _App:
    folder: Path
    package: Package
    programs: Mapping[str, Program]
    built: str  # the script that builds it, "" for none


@dataclass(frozen=True, kw_only=True, slots=True)
class _Script:
    """A start script that needs no shell: one command at the end, those before it done by the build."""

    name: str
    last: Command
    built_by: tuple[str, ...]

    @property
    def why(self) -> str:
        return f"script {self.name} in {NAME}"


def start(folder: Path, package: Package, installer: Installer, built: str) -> Start:
    """How to start it: by the first script that says it surely, else as npm does, else a guess that says so.

    `built` is the script that the image's build runs, "" for none.
    """
    app = _App(folder=folder, package=package, programs=programs(folder, installer, package), built=built)
    there = [name for name in _SCRIPTS if package.scripts.get(name, "").strip()]
    scripts = [script for name in there if (script := _script(app, name))]
    sure = next((found for script in scripts if (found := _by_node(app, script))), None)
    likely = sure or next((found for script in scripts if (found := _by_program(app, script))), None)
    return likely or (_by_npm(app, there[0]) if there else _guess(app))


def _script(app: _App, name: str) -> _Script | None:
    scripts = app.package.scripts
    commands = expanded(name, scripts, done=app.built)
    if not commands:
        return None
    *before, last = commands
    of_build = expanded(app.built, scripts, done="") if app.built else None
    lines = () if tuple(before) == of_build else tuple(_build_line(app, each) for each in before)
    if not all(lines) or not all(_SETTABLE.fullmatch(value) for _, value in last.environment):
        return None
    return _Script(name=name, last=last, built_by=lines)


def _development(app: _App) -> Mapping[str, str]:
    """Programs of development dependencies, each with its package."""
    return {name: each.package for name, each in app.programs.items() if each.development}


def _build_line(app: _App, command: Command) -> str:
    """A command for the image's build; "" for one that is not of a development dependency: it belongs to the start."""
    if command.words[0] not in _development(app):
        return ""
    words = (*(f"{name}={value}" for name, value in command.environment), "npx", "--no", *command.words)
    return " ".join(words) if all(map(_PLAIN.fullmatch, words)) else ""


def _by_node(app: _App, script: _Script) -> Start | None:
    """`node FILE`; or what a restarter makes of FILE, which is a guess: it may be told other things elsewhere."""
    words, guessed, without = script.last.words, bool(script.built_by), list[str]()
    if words[0] in _RESTARTERS and len(words) > 1 and words[1].endswith(_JAVASCRIPT) and words[1][0] != "-":
        guessed, without = True, [words[0]]
    elif words[0] != "node":
        return None
    told = node_words(words[1:])
    if told is None:
        return None
    without += told.left_out
    why = script.why + (f", without {', '.join(without)}" if without else "")
    warnings = list(_left_to_the_build(script))
    if set(told.left_out) & set(ENV_FILES) and not any(app.folder.glob(".env*")):
        warnings.append(
            "the start script reads an environment file, which no image should have: what it sets belongs into "
            "`env` of the variants"
        )
    if not (app.built or script.built_by or _is_there(app.folder, told.file)):
        warnings.append(f"{one_line(told.file)} is not here, and no script is called build: what makes it?")
    needed = [name for name in map(_package_of, told.modules) if name in app.package.dev_dependencies]
    development = next((name for name in needed if name not in app.package.dependencies), "")
    warnings += [_kept(development)] if development else []
    return Start(
        words=told.words,
        fact=_fact(("node", *told.words), why, guessed=guessed),
        said=app.package.scripts[script.name],
        environment=script.last.environment,
        built_by=script.built_by,
        development=development,
        warnings=tuple(warnings),
    )


def _package_of(module: str) -> str:
    """ "dotenv/config" -> "dotenv", "@swc-node/register/esm" -> "@swc-node/register"."""
    parts = module.split("/")
    return "/".join(parts[: 2 if module.startswith("@") else 1])


def _is_there(folder: Path, file: str) -> bool:
    """As Node looks for a file: https://nodejs.org/api/modules.html#all-together ."""
    names = (file, *(f"{file}{ending}" for ending in _JAVASCRIPT))
    return any((folder / name).exists() for name in names)


def _left_to_the_build(script: _Script) -> Iterator[str]:
    if script.built_by:
        told = one_line(" && ".join(script.built_by))
        yield f"the script {script.name!r} builds before it starts: the Dockerfiles do it once, by `{told}`"


def _by_program(app: _App, script: _Script) -> Start | None:
    """A program of a package, as `next start`, where something tells which file of JavaScript it is."""
    name, *rest = script.last.words
    found = app.programs.get(name)
    if found is None:
        return None
    said = app.package.scripts[script.name]
    if found.development and app.built and app.package.main:
        why = f"main in {NAME}; {script.why} starts {one_line(name)}, a development dependency"
        return _of_words((app.package.main,), why, said=said)
    if not found.file or name in _RESTARTERS:
        return None
    words = (found.file, *rest)
    why = f"{script.why}; {one_line(found.told_by)} says where {one_line(name)} is"
    warnings = [*_left_to_the_build(script), *([_kept(found.package)] if found.development else [])]
    return Start(
        words=words,
        fact=_fact(("node", *words), why, guessed=bool(script.built_by) or not found.sure),
        said=said,
        environment=script.last.environment,
        built_by=script.built_by,
        development=found.package if found.development else "",
        warnings=tuple(warnings),
    )


def _kept(package: str) -> str:
    return (
        f"{one_line(package)} is a development dependency and the start script needs it, so the images keep all of "
        "these: make it a dependency, or start what it compiles"
    )


def _by_npm(app: _App, name: str) -> Start:
    """The script as it is."""
    words = mentioned(name, app.package.scripts)
    tools = sorted(package for program, package in _development(app).items() if program in words)
    npm = ("npm", "start") if name == "start" else ("npm", "run", name)
    warnings = [
        f"the script {name!r} is no single `node FILE`, so `{' '.join(npm)}` runs it: npm and its shell come first "
        "and keep signals from the app; distroless has neither, and is left out until you name the file in its "
        "Dockerfile"
    ]
    warnings += [_kept(tools[0])] if tools else []
    warnings += [
        f"the start script calls {each}, which the last stage of the Dockerfiles does not install"
        for each in _NO_MANAGER
        if each in words
    ]
    return Start(
        words=_guess(app).words,
        fact=_fact(npm, f"script {name} in {NAME}, which is no single `node FILE`"),
        script=name,
        said=app.package.scripts[name],
        development=tools[0] if tools else "",
        warnings=tuple(warnings),
    )


def _guess(app: _App) -> Start:
    """Where no script says it."""
    if app.package.main:
        return _of_words(
            (app.package.main,),
            f"main in {NAME}; no script says how it starts",
            warnings=_not_here(app, app.package.main),
        )
    there = [name for name in _FILES if (app.folder / name).is_file()]
    if there:
        return _of_words((there[0],), "the file is there; no script says how it starts")
    return _of_words(("index.js",), "nothing says how it starts", warnings=_not_here(app, "index.js"))


def _not_here(app: _App, file: str) -> tuple[str, ...]:
    """A warning of a guess that cannot start; of what a build may make, nothing is known."""
    if app.built or (app.folder / file).is_dir() or _is_there(app.folder, file):
        return ()
    root = (
        "this is the root of workspaces: name the app's own folder by --context, or give it a start script here"
        if app.package.workspaces
        else f"give {NAME} a start script, or name the file in the Dockerfiles"
    )
    return (f"{one_line(file)} is not here, so the images cannot start: {root}",)


def _of_words(words: tuple[str, ...], why: str, *, said: str = "", warnings: tuple[str, ...] = ()) -> Start:
    fact = _fact(("node", *words), why, guessed=True)
    return Start(words=words, fact=fact, said=said, warnings=warnings)


def _fact(words: tuple[str, ...], why: str, *, guessed: bool = False) -> Fact:
    return Fact(name="start", value=one_line(shlex.join(words)), why=why, guessed=guessed)
