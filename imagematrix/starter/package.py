"""package.json, read with care: it is someone else's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.errors import InputError

NAME: Final = "package.json"
_MAX_BYTES: Final = 1024 * 1024
_FIX: Final = "correct that file; `npm pkg get` tells whether npm can read it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """The parts of package.json that say how an app is installed, built and started."""

    name: str  # "" where it has none, as all texts here
    main: str
    manager: str  # packageManager: "pnpm@9.1.0"
    node: str  # engines.node: a range
    scripts: Mapping[str, str]
    dependencies: frozenset[str]  # optional ones too
    dev_dependencies: frozenset[str]
    workspaces: bool


def read_package(folder: Path) -> Package:
    """Read the package.json of a folder.  Raises `InputError` with its place."""
    path = folder / NAME
    value = _parsed(_text(path), str(path))
    if not isinstance(value, dict):
        raise InputError("this is no JSON object, which a package.json is", where=str(path), next_step=_FIX)
    return Package(
        name=_word(value, "name"),
        main=_word(value, "main"),
        manager=_word(value, "packageManager"),
        node=_words(value, "engines", path).get("node", ""),
        scripts=_words(value, "scripts", path),
        dependencies=frozenset(
            {**_words(value, "dependencies", path), **_words(value, "optionalDependencies", path)}
        ),
        dev_dependencies=frozenset(_words(value, "devDependencies", path)),
        workspaces=bool(value.get("workspaces")),
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            f"there is no {NAME} here",
            where=str(path.parent),
            next_step="run this in the folder of a Node app, or name that folder with --context FOLDER",
        ) from None
    except OSError as error:
        raise InputError(
            f"it cannot be read: {error.strerror}", where=str(path), next_step="see who may read it"
        ) from error
    if len(raw) > _MAX_BYTES:
        raise InputError(
            "it is larger than 1 MiB, so it is hardly a package.json",
            where=str(path),
            next_step="name the app's folder with --context FOLDER",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("it is not UTF-8 text", where=str(path), next_step="save it as UTF-8") from None


def _parsed(text: str, name: str) -> object:
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"this is not valid JSON: {error.msg}",
            where=f"{name}:{error.lineno}:{error.colno}",
            next_step=_FIX,
        ) from None
    except RecursionError:
        raise InputError("it is nested too deeply", where=name, next_step=_FIX) from None
    return value


def _word(value: Mapping[str, object], key: str) -> str:
    """A text, or "" for what is none: npm itself does not mind, and neither does a starter."""
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _words(value: Mapping[str, object], key: str, path: Path) -> dict[str, str]:
    found = value.get(key) or {}
    if not isinstance(found, dict):
        raise InputError(f"{key!r} is no mapping of names to texts", where=str(path), next_step=_FIX)
    return {name: text for name, text in found.items() if isinstance(text, str)}
