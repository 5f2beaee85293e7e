"""Which command runs buildx, the client of BuildKit: the user's own, or one fetched by apt."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from imagematrix.engine import tools
from imagematrix.engine.endpoint import client_settings, config_folder
from imagematrix.errors import EngineError, FetchError
from imagematrix.fetch import apt

OLDEST: Final = (0, 12)  # the first with --progress=rawjson
# https://github.com/docker/cli/tree/master/cli-plugins/manager: where the docker client looks
_SYSTEM_FOLDERS: Final = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
    "/Applications/Docker.app/Contents/Resources/cli-plugins",
)


def environment(cache: Path) -> tuple[tuple[str, str], ...]:
    """What makes buildx build on the engine itself, whatever builder the user has selected elsewhere."""
    return (("BUILDX_BUILDER", "default"), ("BUILDX_CONFIG", str(cache / "buildx")))


def find(environ: Mapping[str, str], cache: Path, *, notify: Callable[[str], None]) -> tuple[str, ...]:
    """The command words that run a buildx which is new enough; ours is fetched where the user has none.

    Raises EngineError where there is none and apt cannot bring one.
    """
    command, found = installed(environ)
    if command:
        return command
    too_old = f" (found: {'; '.join(found)})" if found else ""
    reason = "" if tools.ready(tools.CLIENT, cache) else apt.usable()
    if not reason:
        try:
            return (str(tools.ensure(tools.CLIENT, cache, notify=notify) / tools.BUILDX),)
        except FetchError as error:
            reason = error.what
    raise EngineError(
        f"no docker buildx >= {OLDEST[0]}.{OLDEST[1]} is here{too_old}, and none can be fetched: {reason}",
        next_step="install the docker-buildx-plugin (docs.docker.com/go/buildx), then run this again",
    )


def installed(environ: Mapping[str, str]) -> tuple[tuple[str, ...], list[str]]:
    """The user's own buildx, () where none is new enough; and what was found on the way, for people."""
    found: list[str] = []
    for command in _candidates(environ):
        version = _version(command)
        if version >= OLDEST:
            return command, [*found, f"{' '.join(command)} {version[0]}.{version[1]}"]
        if version:
            found.append(f"{' '.join(command)} {version[0]}.{version[1]}")
    return (), found


def _candidates(environ: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    # A plugin is a whole program; run by itself it starts faster and cannot be hidden by an alias.
    extra = client_settings(environ).get("cliPluginsExtraDirs")
    folders = [config_folder(environ) / "cli-plugins", *map(Path, extra if isinstance(extra, list) else ())]
    name = "docker-buildx.exe" if os.name == "nt" else "docker-buildx"
    for folder in (*folders, *map(Path, _SYSTEM_FOLDERS)):
        if (folder / name).is_file():
            yield (str(folder / name),)
    path = environ.get("PATH")
    if (program := shutil.which("docker-buildx", path=path)) is not None:
        yield (program,)
    if (client := shutil.which("docker", path=path)) is not None:
        yield (client, "buildx")


def _version(command: tuple[str, ...]) -> tuple[int, ...]:
    """(0, 13) of "github.com/docker/buildx v0.13.1 …"; () where the command is no buildx."""
    try:
        done = subprocess.run([*command, "version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    match = re.search(r"docker/buildx v?(\d+)\.(\d+)", done.stdout)
    return (int(match[1]), int(match[2])) if match and done.returncode == 0 else ()
