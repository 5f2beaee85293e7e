"""Native addons under node_modules, held against the image that is to load them; nothing is started.

A package often carries files for many platforms and takes the one that fits, so files that do not fit mean
nothing by themselves.  What is judged is a *family*: all files of one package and version in one project,
its platform packages ("@img/sharp-linux-x64" and "@img/sharp-linuxmusl-x64") counted as one.  A family is
broken only when none of its candidates fits the image.  Its candidates are its `.node` files; where it has
none, its shared objects; and where some lie in build/Release, those alone, since node-gyp-build and bindings
look there first.  Of a broken family the candidate that comes nearest is named, with what it lacks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from imagematrix.image.built_for import built_for, requires_glibc
from imagematrix.image.files import Broken, Elf, FileSystem
from imagematrix.image.loader import Loader, loader
from imagematrix.image.subject import Subject
from imagematrix.model import Finding, Measurement, Severity, Table, exact, not_applicable, unavailable

ADDONS: Final = "addons"
_COLUMNS: Final = (
    "path",
    "package",
    "version",
    "libc",
    "requires_glibc",
    "machine",
    "machine_fits",
    "needed",
    "missing",
    "broken",
)
_MODULES: Final = "/node_modules/"
# "@img/sharp-linuxmusl-x64" is a platform's part of "@img/sharp".
_PLATFORM: Final = re.compile(r"[-/](?:linux|linuxmusl|android|darwin|freebsd|win32)(?:-[a-z0-9_]+)*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Addon:
    path: str
    package: str  # "" where it lies in no package's folder
    version: str  # as the package's package.json has it; "" where that cannot be read
    elf: Elf

    @property
    def named(self) -> str:
        return " ".join(filter(None, (self.path, "of" if self.package else "", self.package, self.version)))


def addons(subject: Subject) -> tuple[Measurement, ...]:
    """`addons`: one row a native addon or shared object under node_modules, as its ELF headers tell.

    `requires_glibc` is the newest version of glibc that it requires, "" where none; `missing` are the needed
    libraries that lie neither in the image's library folders nor where an RPATH leads, its own or that of a
    file that may be loaded before.  Needed and missing are separated by blanks.  `broken` is why it is nothing
    that Linux can load, "" where it is.
    """
    if subject.files is None:
        return (unavailable(ADDONS, subject.files_missing),)
    found = _found(subject.files)
    if not found:
        return (not_applicable(ADDONS, "no native addon or shared object lies under node_modules"),)
    given = _loader(subject, subject.files, ())
    rows = tuple(
        (
            addon.path,
            addon.package,
            addon.version,
            built_for(addon.elf),
            requires_glibc(addon.elf),
            addon.elf.machine or "other",
            given.machine_fits(addon.elf),
            " ".join(addon.elf.needed),
            " ".join(given.missing(addon.path, addon.elf)),
            addon.elf.broken or "",
        )
        for addon in found
    )
    method = f"ELF headers of the files under node_modules; {subject.files.method}"
    return (exact(ADDONS, Table(columns=_COLUMNS, rows=rows), method=method),)


def addon_paths(subject: Subject) -> tuple[str, ...]:
    """The addons worth loading: the `.node` candidates of each family that are for the image's machine."""
    if subject.files is None:
        return ()
    given = _loader(subject, subject.files, ())
    # One that is cut off is tried too: what the loader says of it goes with the finding.
    each = (addon for family in _families(_found(subject.files)) for addon in _candidates(family))
    return tuple(a.path for a in each if a.path.endswith(".node") and given.machine_fits(a.elf))


def addon_findings(subject: Subject, measurements: Sequence[Measurement]) -> tuple[Finding, ...]:
    """One finding a broken family of addons; see the top of this file for when a family is broken.

    `measurements` are the image's others, as far as there are any: `libc` and `libc_version` (else dpkg's
    word is taken), `base` for the remedy, and `addons_loaded`, which is what happened: an addon that did
    load is not said to lack anything, and one that did not is named even though its headers are in order.
    """
    if subject.files is None:
        return ()
    given = _loader(subject, subject.files, measurements)
    loaded = _loaded(measurements)
    base = _text(measurements, "base")
    found = (_judge(_candidates(family), given, loaded, base) for family in _families(_found(subject.files)))
    return tuple(finding for finding in found if finding is not None)


def _judge(
    candidates: Sequence[_Addon], given: Loader, loaded: Mapping[str, str], base: str
) -> Finding | None:
    """The finding on one family, if it is broken."""
    problems = [(addon, _problem(addon, given, base)) for addon in candidates]
    runs = any(loaded.get(addon.path) == "" for addon in candidates)
    fitting = [addon for addon, problem in problems if problem is None]
    if fitting:
        tried = all(addon.path in loaded for addon in fitting)
        return _load_finding(fitting[0], loaded[fitting[0].path]) if tried and not runs else None
    broken = [(addon, *problem) for addon, problem in problems if problem is not None]
    nearest, rank, finding = max(broken, key=lambda each: each[1])
    if runs:
        # The library or version is there after all; but on the other libc it is luck.
        return _by_luck(finding) if rank == _LIBC else None
    if nearest.path in loaded:
        return replace(finding, text=f"{finding.text}; loading it says: {loaded[nearest.path]}")
    return finding


_FILE, _MACHINE, _LIBC, _VERSION, _LIBRARY = range(5)  # how near a candidate comes before it fails


def _problem(addon: _Addon, given: Loader, base: str) -> tuple[int, Finding] | None:
    """What keeps an addon from loading there, the first thing only, and how near it came."""
    if addon.elf.broken is not None:
        return _FILE, _file_finding(addon, addon.elf.broken)
    if not given.machine_fits(addon.elf):
        machine = addon.elf.machine or "another machine"
        return _MACHINE, _finding(
            "addon-machine",
            f"{addon.named} was built for {machine} and this image is for {given.machine}",
            "install for the image's own platform, inside the build; keep node_modules out of its context",
        )
    if not given.libc_fits(addon.elf):
        stage = f": FROM {base} AS build" if base and "distroless" not in base else ""
        return _LIBC, _finding(
            "addon-libc",
            f"{addon.named} was built for {built_for(addon.elf)} and this image runs on {' and '.join(given.libcs)}",
            f"install and build in a stage on the same libc as the final image{stage}",
        )
    if not given.glibc_new_enough(addon.elf):
        required, has = requires_glibc(addon.elf), given.glibc_version
        return _VERSION, _finding(
            "addon-glibc-version",
            f"{addon.named} requires GLIBC_{required} and this image has glibc {has}",
            "build in a stage on the same release of the distribution as the final image, or on an older one",
        )
    if missing := given.missing(addon.path, addon.elf):
        carried = given.reach.carried.issuperset(missing)
        return _LIBRARY, _finding(
            "addon-library",
            f"{addon.named} needs {', '.join(missing)}, which "
            + ("lies where the loader does not look for it" if carried else "this image does not have"),
            "link the addon with an RPATH of $ORIGIN that leads to it, or name its folder in LD_LIBRARY_PATH"
            if carried
            else "install the package that holds it in the final stage too",
            # Folders that only a loader's own configuration names are not looked into.
            severity=Severity.MEDIUM,
        )
    return None


def _finding(rule: str, text: str, remedy: str, *, severity: Severity = Severity.HIGH) -> Finding:
    return Finding(rule=rule, severity=severity, text=text, remedy=remedy, measurement=ADDONS)


def _file_finding(addon: _Addon, broken: Broken) -> Finding:
    text = f"{addon.named} {broken.value}, and cannot be loaded"
    if broken in (Broken.MACOS, Broken.WINDOWS):
        # A package may do without its addon there, by WebAssembly or by JavaScript.
        remedy = (
            "install for the image's own platform, inside the build; keep node_modules out of its context"
        )
        return _finding("addon-file", text, remedy, severity=Severity.MEDIUM)
    remedy = (
        "install the package anew, inside the build; a download that broke off or Git LFS may have left this"
    )
    return _finding("addon-file", text, remedy)


def _load_finding(addon: _Addon, error: str) -> Finding:
    return Finding(
        rule="addon-load",
        severity=Severity.MEDIUM,
        text=f"{addon.named} does not load in this image: {error}",
        remedy="install it in a stage on the final image's own base, with the same version of Node",
        measurement="addons_loaded",
    )


def _by_luck(finding: Finding) -> Finding:
    return _finding(
        finding.rule,
        f"{finding.text}; it does load, but a function that is missing is found out only when it is called",
        finding.remedy,
        severity=Severity.MEDIUM,
    )


def _found(files: FileSystem) -> list[_Addon]:
    packages: dict[str, _Package] = {}  # by package.json: a package may have very many addons
    found = (
        _addon(files, path, elf, packages) for path, elf in sorted(files.elves.items()) if _MODULES in path
    )
    return [addon for addon in found if addon is not None]


class _Package(NamedTuple):
    """What a package.json says."""

    version: str
    for_linux: bool


def _addon(files: FileSystem, path: str, elf: Elf, packages: dict[str, _Package]) -> _Addon | None:
    """None where a file is no addon by its own or its package's word: a linker's script, a part of fsevents."""
    if elf.broken not in (None, Broken.CUT_OFF) and not path.endswith(".node"):
        return None
    head, _, inside = path.rpartition(_MODULES)
    words = inside.split("/")
    package = "/".join(words[: 2 if inside.startswith("@") else 1])
    if package == inside:
        return _Addon(path=path, package="", version="", elf=elf)
    about = f"{head}{_MODULES}{package}/package.json"
    if about not in packages:
        packages[about] = _package(files.texts.get(about, b""))
    # A platform's part of a package is judged with the others of that package.
    if not packages[about].for_linux and not _PLATFORM.search(package):
        return None
    return _Addon(path=path, package=package, version=packages[about].version, elf=elf)


def _package(package_json: bytes) -> _Package:
    try:
        told = json.loads(package_json)
    except (ValueError, RecursionError):
        return _Package("", for_linux=True)
    version, systems = (told.get("version"), told.get("os")) if isinstance(told, dict) else ("", None)
    named = [systems] if isinstance(systems, str) else systems if isinstance(systems, list) else []
    for_linux = "!linux" not in named and (
        "linux" in named or not any(isinstance(name, str) and not name.startswith("!") for name in named)
    )
    return _Package(version if isinstance(version, str) else "", for_linux)


def _families(found: Sequence[_Addon]) -> list[list[_Addon]]:
    families: dict[tuple[str, str, str], list[_Addon]] = {}
    for addon in found:
        project = addon.path.partition(_MODULES)[0]
        name = _PLATFORM.sub("", addon.package) or addon.path
        families.setdefault((project, name, addon.version), []).append(addon)
    return list(families.values())


def _candidates(family: Sequence[_Addon]) -> Sequence[_Addon]:
    addons = [addon for addon in family if addon.path.endswith(".node")] or family
    return [addon for addon in addons if "/build/Release/" in addon.path] or addons


def _loader(subject: Subject, files: FileSystem, measurements: Sequence[Measurement]) -> Loader:
    config = subject.image.config
    asked = _text(measurements, "libc_version") if _text(measurements, "libc") == "glibc" else ""
    return loader(files, architecture=config.architecture, env=config.env, glibc_version=asked)


def _loaded(measurements: Sequence[Measurement]) -> dict[str, str]:
    """Of each addon that was loaded in a container: "" where it did load, else why not."""
    table = next((m.value for m in measurements if m.name == "addons_loaded" and m.measured), None)
    if not isinstance(table, Table):
        return {}
    return {str(path): "" if loads else str(error) for path, loads, error in table.rows}


def _text(measurements: Sequence[Measurement], name: str) -> str:
    return next((str(m.value) for m in measurements if m.name == name and m.measured), "")
