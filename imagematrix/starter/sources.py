"""What an app's own JavaScript tells: the port that it listens on, and a path that it answers.

By patterns, not by a parser: what is found is told with its line, for the user to look at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagematrix.text import one_line

_ENDINGS: Final = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
# Other people's code, what a build made, and tests, which have ports of their own.
_NOT_ITS_CODE: Final = frozenset(
    (
        *("node_modules", "dist", "build", "out", "coverage", "public", "static", "vendor", "results"),
        *("test", "tests", "__tests__", "e2e", "spec", "cypress", "examples", "scripts", "docs"),
    )
)
_MAX_FILES: Final = 500
_MAX_BYTES: Final = 512 * 1024  # of one file; larger ones are bundles

_COMMENT: Final = re.compile(r"^[ \t]*(?://|/\*|\*).*$", re.MULTILINE)
_READS_PORT: Final = re.compile(
    r"""process\.env(?:\.PORT\b|\[['"]PORT['"]\])|\{[^{}]*\bPORT\b[^{}]*\}\s*=\s*process\.env"""
)
# How a port is written, the most certain first.
_PORTS: Final = (
    re.compile(r"""env(?:\.PORT\b|\[['"]PORT['"]\])[^;\n]{0,40}?(?:\|\||\?\?|:)\s*['"`]?(\d{2,5})\b"""),
    re.compile(r"""\.listen\(\s*['"]?(\d{2,5})\b"""),
    re.compile(r"""\.listen\(\s*\{[^}]*?\bport:\s*['"]?(\d{2,5})\b"""),
    re.compile(
        r"""(?:\b(?:const|let|var)\s+|[{,]\s*)(?:port|PORT|[A-Za-z]\w*(?:Port|_PORT|_port))\s*=\s*['"]?(\d{2,5})\b"""
    ),
    re.compile(r"""\bport:\s*['"]?(\d{2,5})\b""", re.IGNORECASE),
)
# Databases and mail have ports as well; these are never an app's own.
_OTHERS_PORTS: Final = frozenset({22, 25, 465, 587, 1433, 3306, 5432, 5672, 6379, 9042, 9092, 11211, 27017})
# Paths that are there to be asked; a router's own are left out, for they may be mounted anywhere.
_HEALTH: Final = re.compile(
    r"""\b(?!router\b)\w+\.(?:get|all|use)\(\s*['"`]"""
    r"""(/(?:api/)?(?:_?health(?:z|check|/live|/ready)?|livez?|readyz?|status|ping))['"`]"""
)
_ROOT: Final = re.compile(r"""\b(?!router\b)\w+\.(?:get|all)\(\s*['"`](/)['"`]""")
_LOOPBACK: Final = re.compile(
    r"""\.listen\([^;]{0,200}?['"](?:localhost|127\.0\.0\.1|::1)['"]|host:\s*['"](?:localhost|127\.0\.0\.1)['"]"""
)
_HOST: Final = re.compile(r"\bhost\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One file, its comments that fill a line left out."""

    name: str  # from the app's folder
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """Something that stands in a source."""

    value: str
    place: str  # "server.js:3"


def sources(folder: Path, first: Sequence[str]) -> tuple[Source, ...]:
    """The app's own code: the files named in `first`, then all others, up to a bound."""
    # What is started may have no ending, or be named without it: `node bin/www`, `node server`.
    named = [
        name.removeprefix("./") + ending
        for name in first
        for ending in ("", ".js")
        if ".." not in Path(name).parts
        and not Path(name).is_absolute()
        and (folder / f"{name}{ending}").is_file()
    ]
    names = dict.fromkeys(named)
    for name in _walked(folder):
        if len(names) >= _MAX_FILES:
            break
        names.setdefault(name)
    read = ((name, _text(folder / name)) for name in names if name in named or name.endswith(_ENDINGS))
    return tuple(Source(name=one_line(name), text=_COMMENT.sub("", text)) for name, text in read if text)


def port(code: Sequence[Source]) -> Spot | None:
    """The port by the most certain way of writing one."""
    for pattern in _PORTS:
        for source in code:
            for found in pattern.finditer(source.text):
                if 0 < int(found[1]) < 65536 and int(found[1]) not in _OTHERS_PORTS:
                    return Spot(value=str(int(found[1])), place=_place(source, found.start(1)))
    return None


def reads_port(code: Sequence[Source]) -> bool:
    """Whether it takes its port from the environment."""
    return any(_READS_PORT.search(source.text) for source in code)


def path(code: Sequence[Source]) -> Spot | None:
    """A path to ask: one that is made for it, else the root where that is answered."""
    for pattern in (_HEALTH, _ROOT):
        for source in code:
            if found := pattern.search(source.text):
                return Spot(value=found[1], place=_place(source, found.start(1)))
    return None


def loopback(code: Sequence[Source], *, fastify: bool) -> str:
    """Where it listens on loopback alone, and so cannot be reached in a container; "" where it does not.

    Fastify does so unless a host is given: https://fastify.dev/docs/latest/Reference/Server/#listen .
    """
    for source in code:
        if found := _LOOPBACK.search(source.text):
            return _place(source, found.start())
    if fastify and not any(_HOST.search(source.text) for source in code):
        for source in code:
            if found := re.search(r"\.listen\(", source.text):
                return _place(source, found.start())
    return ""


def _walked(folder: Path) -> Iterator[str]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _NOT_ITS_CODE and not f.startswith("."))
        for name in sorted(files):
            if name.endswith(_ENDINGS) and not re.search(r"\.(?:test|spec|config|d|min)\.", name):
                yield str((Path(where) / name).relative_to(folder))


def _text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _place(source: Source, at: int) -> str:
    return f"{source.name}:{source.text.count(chr(10), 0, at) + 1}"
