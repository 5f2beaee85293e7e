"""What is inside an image that need not be there, or should be looked at: programs, rights, releases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from imagematrix.image.files import FileSystem, Kind
from imagematrix.image.health import health
from imagematrix.image.lifetimes import node_end, system_end
from imagematrix.image.managers import METHOD, package_managers
from imagematrix.image.packages import npm_packages, shown
from imagematrix.image.programs import NO_NODE, has_node, is_executable, search_path
from imagematrix.image.subject import Subject
from imagematrix.model import How, ImageConfig, Measurement, exact, measured, not_applicable, unavailable

_SHELLS: Final = frozenset(
    (
        "ash",
        "bash",
        "busybox",
        "csh",
        "dash",
        "fish",
        "ksh",
        "ksh93",
        "mksh",
        "rbash",
        "sh",
        "tcsh",
        "yash",
        "zsh",
    )
)
_BUILD_TOOLS: Final = (
    *("c++", "cc", "clang", "cmake", "g++", "gcc", "ld", "make"),
    *("cargo", "go", "node-gyp", "python", "python3", "rustc"),
)
_SETUID_OR_SETGID: Final = 0o6000
_OS_RELEASE: Final = ("/etc/os-release", "/usr/lib/os-release")  # os-release(5), in its order
_ASSIGNMENT: Final = re.compile(r"^([A-Z0-9_]+)=([\"']?)(.*)\2$")
NODE_LIFETIME: Final = ("node_end_of_life", "node_past_end_of_life")
_NAMES: Final = (
    ("shells_on_disk", ""),
    ("package_managers", ""),
    ("build_tools", ""),
    ("setuid_files", ""),
    ("executables", "files"),
    ("os", ""),
    ("os_end_of_life", ""),
    ("os_past_end_of_life", ""),
    ("dev_dependencies", ""),
)


def inside(subject: Subject, *, today: date | None = None) -> tuple[Measurement, ...]:
    """What the image holds; `today` is what ends of life are held against, by default this very day."""
    day = today or date.today()
    files = subject.files
    if files is None:
        why = subject.files_missing
        found = tuple(unavailable(name, why, unit=unit) for name, unit in _NAMES)
    else:
        found = (
            *_programs(files, subject.image.config),
            *_rights(files),
            *_system(files, day),
            _dev_dependencies(files),
        )
    return (*found, *_node(files, subject.image.config, day), *health(subject))


def _programs(files: FileSystem, config: ImageConfig) -> Iterator[Measurement]:
    shells = [path for path in files.entries if path.rpartition("/")[2] in _SHELLS]
    method = "executable files, and links to such"
    yield _paths("shells_on_disk", files, shells, method=f"{method}, of a shell's name, anywhere")
    managers = sorted(shown(path, limit=len(path)) for path in package_managers(files, config))
    yield exact("package_managers", tuple(managers), method=METHOD)
    tools = [f"{folder}/{word}" for folder in search_path(files, config) for word in _BUILD_TOOLS]
    yield _paths("build_tools", files, tools, method=f"{method}, on the image's PATH")


def _paths(name: str, files: FileSystem, paths: list[str], *, method: str) -> Measurement:
    found = sorted(shown(path, limit=len(path)) for path in paths if is_executable(files.resolve(path)))
    return exact(name, tuple(found), method=method)


def _rights(files: FileSystem) -> Iterator[Measurement]:
    of_files = [entry for entry in files.entries.values() if entry.kind is Kind.FILE]
    special = sorted(shown(e.path, limit=len(e.path)) for e in of_files if e.mode & _SETUID_OR_SETGID)
    yield exact("setuid_files", tuple(special), method="files with the setuid or the setgid bit")
    count = sum(map(is_executable, of_files))
    yield exact("executables", count, unit="files", method="files with any execute bit")


def _system(files: FileSystem, day: date) -> Iterator[Measurement]:
    told = _os_release(files)
    names = ("os", "os_end_of_life", "os_past_end_of_life")
    if not told:
        yield from (not_applicable(name, "the image has no os-release that can be read") for name in names)
        return
    title = told.get("PRETTY_NAME") or told.get("NAME") or "Linux"  # os-release(5): the defaults
    yield exact("os", shown(title), method="os-release")
    release = shown(f"{told.get('ID', 'linux')} {told.get('VERSION_ID', '')}".strip())
    end = system_end(told.get("ID", "linux"), told.get("VERSION_ID", ""))
    yield from _lifetime("os", release, end, day)


def _node(files: FileSystem | None, config: ImageConfig, day: date) -> Iterator[Measurement]:
    said = [item.partition("=")[2] for item in config.env if item.startswith("NODE_VERSION=")]
    version = (files.node_version if files else "") or "".join(said[-1:])
    if files is not None and not files.node_version and not has_node(files):
        yield from (not_applicable(name, NO_NODE) for name in NODE_LIFETIME)
    elif version:
        walked = files is not None and bool(files.node_version)
        yield from node_lifetime(version, day, how=How.EXACT if walked else How.ESTIMATED)
    else:
        why = "what version of Node the image has, if any, is told neither by a walk nor by NODE_VERSION"
        yield from (unavailable(name, why) for name in NODE_LIFETIME)


def node_lifetime(version: str, day: date, *, how: How = How.EXACT) -> Iterator[Measurement]:
    """NODE_LIFETIME of this version of Node ("24.19.0"): when its support ends, and whether it has by `day`.

    `how` is how well the version is known: NODE_VERSION of a config may be that of another node.
    """
    yield from _lifetime("node", f"Node {shown(version)}", node_end(version), day, how=how)


def _lifetime(
    name: str, what: str, end: date | None, day: date, *, how: How = How.EXACT
) -> Iterator[Measurement]:
    names = (f"{name}_end_of_life", f"{name}_past_end_of_life")
    if end is None:
        yield from (unavailable(each, f"no end of life is known of {what}") for each in names)
        return
    by = "" if how is How.EXACT else "; what it is, NODE_VERSION of the image's config tells alone"
    last_day = f"the last day of {what}, as its project has announced it{by}"
    yield measured(how, names[0], end.isoformat(), method=last_day)
    yield measured(how, names[1], day > end, method=f"held against {day.isoformat()}{by}")


def _os_release(files: FileSystem) -> dict[str, str]:
    for path in _OS_RELEASE:
        entry = files.resolve(path)
        text = files.texts.get(entry.path) if entry is not None else None
        if text is not None:
            lines = text.decode("utf-8", errors="replace").splitlines()
            return {match[1]: match[3] for line in lines if (match := _ASSIGNMENT.match(line.strip()))}
    return {}


def _dev_dependencies(files: FileSystem) -> Measurement:
    """Packages that only development needs, of every node_modules that says so."""
    told = [package for package in npm_packages(files) if package.dev is not None]
    name = "dev_dependencies"
    if not told:
        return not_applicable(name, "no node_modules in the image tells what is for development")
    found = sorted({f"{p.name}@{p.version}" if p.version else p.name for p in told if p.dev})
    return exact(name, tuple(found), method="npm's lock in node_modules, or the app's package.json")
