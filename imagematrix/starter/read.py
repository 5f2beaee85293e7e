"""A folder with a package.json -> `App`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from imagematrix.errors import InputError
from imagematrix.starter import sources
from imagematrix.starter.addons import addons
from imagematrix.starter.app import STAND_IN_NODES, App, Fact, Installer
from imagematrix.starter.command import Start, start
from imagematrix.starter.installers import installer, unread_lock
from imagematrix.starter.node_version import contradiction, node_version
from imagematrix.starter.package import NAME, Package, read_package
from imagematrix.text import first_few, one_line

_PORT: Final = "3000"  # what most examples and several frameworks listen on
# Scripts that npm runs by itself at an installation; they may need any file of the app.
_AT_INSTALL: Final = ("preinstall", "install", "postinstall", "prepare")
_BUILD: Final = ("build", "compile")
# What the package managers read beside package.json and the lock file.
_SETTINGS: Final = (".npmrc", ".yarnrc.yml", ".yarnrc", ".pnpmfile.cjs", "pnpm-workspace.yaml")
_PRIVATE: Final = (".npmrc", ".yarnrc.yml", ".yarnrc")  # they may hold a token
_FOLDERS: Final = (".yarn", "patches")
_SAMPLE: Final = re.compile(r"\.(?:example|sample|template|defaults|schema)$")
_PORT_FLAG: Final = re.compile(r"(?:^|\s)(?:-p|--port)[= ](\d{2,5})(?:\s|$)")


def read_app(folder: Path) -> App:
    """Read the app in a folder.  Raises `InputError` when there is none, or its package.json is broken."""
    if not folder.is_dir():
        raise InputError(
            "there is no such folder",
            where=str(folder),
            next_step="name the app's folder with --context FOLDER",
        )
    package = read_package(folder)
    by = installer(folder, package.manager)
    built = next((name for name in _BUILD if name in package.scripts), "")
    starts = start(folder, package, by, built)
    code = sources.sources(folder, [*starts.words, package.main])
    listens = _port(folder, code, starts)
    asked = sources.path(code)
    native = addons(folder, by, package.dependencies)
    locked = by.lock or _no_lock(folder)
    whole = _whole_because(folder, package)
    node = node_version(folder, package.node)
    path = asked.value if asked else "/"
    return App(
        name=_name(package.name, folder),
        node=node.value,
        installer=by,
        copied_first=() if whole else _copied_first(folder, by),
        whole_because=whole,
        private=tuple(name for name in _PRIVATE if (folder / name).is_file()),
        build_script=built,
        built_by=starts.built_by,
        keeps_development=bool(starts.development),
        addons=native,
        command=starts.words,
        start_script=starts.script,
        port=int(listens.value),
        environment=_environment(starts, listens.value, reads_port=sources.reads_port(code)),
        path=path,
        facts=(
            node,
            Fact(name="install", value=by.name, why=locked, guessed=not by.lock),
            _build(built, starts),
            starts.fact,
            listens,
            Fact(
                name="smoke test",
                value=f"GET {path}",
                why=asked.place if asked else "no path was found in the code",
                guessed=not asked,
            ),
            Fact(
                name="native addons",
                value=one_line(", ".join(native)) or ("none" if by.lock else "not known"),
                why=f"{locked}; such packages usually have one" if native and not by.lock else locked,
                guessed=not by.lock,
            ),
        ),
        warnings=_warnings(folder, package, by, starts, code, node),
    )


def _build(script: str, starts: Start) -> Fact:
    if starts.built_by:
        value = one_line(" && ".join(filter(None, (script, *starts.built_by))))
        return Fact(name="build", value=value, why=starts.fact.why, guessed=True)
    return Fact(name="build", value=script or "none", why=f"scripts in {NAME}")


def _no_lock(folder: Path) -> str:
    unread = unread_lock(folder)
    return f"{unread} is not read, and no other lock file is here" if unread else "no lock file is here"


def _port(folder: Path, code: tuple[sources.Source, ...], starts: Start) -> Fact:
    told = dict(starts.environment).get("PORT", "")
    if told.isdigit() and 0 < int(told) < 65536:
        return Fact(name="port", value=str(int(told)), why=starts.fact.why)
    if flag := _PORT_FLAG.search(starts.said):
        return Fact(name="port", value=flag[1], why=starts.fact.why)
    if spot := sources.port(code):
        own = starts.words[0] if starts.words else ""
        other = _package_of(folder, spot.place.rpartition(":")[0])
        if other != _package_of(folder, own):
            why = f"{spot.place}, which is of {other or 'this folder'}: not of what is started"
            return Fact(name="port", value=spot.value, why=why, guessed=True)
        return Fact(name="port", value=spot.value, why=spot.place)
    return Fact(name="port", value=_PORT, why="no port was found in the code", guessed=True)


def _package_of(folder: Path, file: str) -> str:
    """The innermost folder below that has a package.json of its own and holds the file; "" for the app itself."""
    for above in Path(file).parents:
        if above != Path() and ".." not in above.parts and (folder / above / NAME).is_file():
            return above.as_posix()
    return ""


def _whole_because(folder: Path, package: Package) -> str:
    """Why an installation needs more than a few files; "" when it does not."""
    if package.workspaces or (folder / "pnpm-workspace.yaml").is_file():
        return "workspaces have a package.json each"
    scripts = [name for name in _AT_INSTALL if name in package.scripts]
    if scripts:
        return f"the app's own script {scripts[0]!r} runs at the installation"
    there = [name for name in _FOLDERS if (folder / name).is_dir()]
    return f"the installation reads {there[0]}/" if there else ""


def _copied_first(folder: Path, by: Installer) -> tuple[str, ...]:
    settings = (name for name in _SETTINGS if (folder / name).is_file())
    return (NAME, *((by.lock,) if by.lock else ()), *settings)


def _warnings(
    folder: Path,
    package: Package,
    by: Installer,
    starts: Start,
    code: tuple[sources.Source, ...],
    node: Fact,
) -> tuple[str, ...]:
    found = list(starts.warnings)
    if contrary := contradiction(folder, package.node):
        found.append(contrary)
    if not by.lock:
        unread = unread_lock(folder)
        none = (
            f"{unread} is not read, since npm installs in the images" if unread else "there is no lock file"
        )
        found.append(f"{none}: two builds may install different versions; `npm install` writes one")
    if files := sorted(each.name for each in folder.glob(".env*") if not _SAMPLE.search(each.name)):
        found.append(
            f"{one_line(first_few(files, 3))} stays out of the images: what it sets belongs into `env` of the variants"
        )
    if root := _workspace_root(folder, by):
        found.append(
            f"{one_line(str(root))} has this app as a workspace, and its lock file: run this there, with a start "
            "script that starts this app; here the installation misses the workspaces beside it"
        )
    if (folder / ".npmrc").is_file() and "${" in _head(folder / ".npmrc"):
        found.append(
            ".npmrc takes a token from the environment: give it to the build as a secret of your own"
        )
    if where := sources.loopback(code, fastify="fastify" in package.dependencies):
        found.append(
            f"{where} listens on loopback alone, which nobody reaches in a container: listen on 0.0.0.0"
        )
    if node.value not in STAND_IN_NODES:
        found.append(f"no stand-in holds Node {node.value}: the base images must come from a registry")
    return tuple(found)


def _workspace_root(folder: Path, by: Installer) -> Path | None:
    """The folder above that installs this app as one of its workspaces, where this one has no lock file."""
    if by.lock:
        return None
    for above in folder.absolute().parents:
        if (above / "pnpm-workspace.yaml").is_file():
            return above
        if (above / NAME).is_file():
            try:
                workspaces = read_package(above).workspaces
            except InputError:
                return None
            if workspaces:
                return above
        if (above / ".git").exists():
            return None
    return None


def _head(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(64 * 1024).decode("utf-8", errors="replace")


def _name(told: str, folder: Path) -> str:
    """A name that the matrix file allows: of package.json without its scope, else of the folder."""
    for name in (told.rpartition("/")[2], folder.absolute().name):
        tame = re.sub(r"[^a-z0-9_.-]+", "-", name.lower()).strip("-._")[:64]
        if tame:
            return tame
    return "app"


def _environment(starts: Start, port: str, *, reads_port: bool) -> tuple[tuple[str, str], ...]:
    """What every image sets: what the start script does, where node alone runs it."""
    told = dict(starts.environment)
    port_too = {"PORT": port} if reads_port or "PORT" in told else {}
    return tuple({"NODE_ENV": "production", **told, **port_too}.items())
