"""Package managers in an image: programs on its PATH, and what lies where they are kept and is on no PATH."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagematrix.image.files import FileSystem
from imagematrix.image.own import NODE_MODULES
from imagematrix.image.programs import is_executable, search_path
from imagematrix.model import ImageConfig

METHOD: Final = (
    "executable files, and links to such, on the image's PATH, or elsewhere in a folder bin, sbin or of their own "
    "name; and npm, pnpm, yarn and corepack among the packages that are installed globally"
)
_PROGRAMS: Final = (
    *("apk", "apt", "apt-get", "aptitude", "dnf", "dpkg", "microdnf", "pacman", "rpm", "yum", "zypper"),
    *("bun", "corepack", "npm", "npx", "pnpm", "pnpx", "yarn", "yarnpkg"),
    *("gem", "pip", "pip3"),
)
_NAMES: Final = frozenset(_PROGRAMS)
_FOLDERS: Final = ("bin", "sbin")
# Packages of npm that are package managers, by a file that each has: where npm, yarn and pnpm install globally,
# where Debian has its own, and where corepack keeps what it has fetched.  An app's dependencies lie elsewhere.
_MARKS: Final = ("/package.json", "/.corepack")
_GLOBAL: Final = re.compile(
    r"(?P<package>(?P<above>/(?:[^/]+/)*?(?:lib|global(?:/\d+)?))/node_modules/(?:corepack|npm|pnpm|yarn))/package\.json"
)
_KEPT: Final = re.compile(
    r"(/usr/share/nodejs/(?:corepack|npm|pnpm|yarn))/package\.json"
    r"|(/(?:[^/]+/)*node/corepack/(?:v\d+/)?(?:npm|pnpm|yarn))/[^/]+/package\.json"
    r"|(/(?:[^/]+/)*(?:npm|pnpm|yarn))/[^/]+/\.corepack"
)


def package_managers(files: FileSystem, config: ImageConfig) -> tuple[str, ...]:
    """The paths of all that are there, each once: of a link on the PATH and what it leads to, the link."""
    on_path = {
        path
        for folder in search_path(files, config)
        for name in _PROGRAMS
        if is_executable(files.resolve(path := f"{folder}/{name}"))
    }
    led = _led(files, on_path)
    programs = on_path | {path for path in _elsewhere(files) if not _led(files, {path}) <= led}
    led = _led(files, programs)
    packages = {each for each in _packages(files, config) if not any(to.startswith(f"{each}/") for to in led)}
    return tuple(sorted(programs | packages))


def _elsewhere(files: FileSystem) -> Iterator[str]:
    for path in files.entries:
        folder, _, name = path.rpartition("/")
        kept = name in _NAMES and folder.rpartition("/")[2] in (*_FOLDERS, name) and NODE_MODULES not in path
        if kept and is_executable(files.resolve(path)):
            yield path


def _packages(files: FileSystem, config: ImageConfig) -> Iterator[str]:
    """Folders of packages; none of an app's own, which has its package.json or its work beside node_modules."""
    for path in files.entries:
        if not path.endswith(_MARKS):
            continue
        deep = path.count(NODE_MODULES)
        if deep == 0 and (kept := _KEPT.fullmatch(path)):
            yield kept[kept.lastindex or 0]
        elif deep == 1 and (match := _GLOBAL.fullmatch(path)) and not _is_app(files, config, match["above"]):
            yield match["package"]


def _is_app(files: FileSystem, config: ImageConfig, folder: str) -> bool:
    return f"{folder}/package.json" in files.entries or config.workdir.rstrip("/") == folder


def _led(files: FileSystem, paths: set[str]) -> set[str]:
    """What these lead to when links are followed."""
    return {entry.path for path in paths if (entry := files.resolve(path))}
